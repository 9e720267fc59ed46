package io.infrafabric.deadlock;

import static io.infrafabric.door.tool.Field.text;
import static io.infrafabric.door.tool.Field.value;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.deadlock.DeadlockBodies.PutBody;
import io.infrafabric.door.tool.Field.Kind;
import io.infrafabric.door.tool.Told;
import io.infrafabric.door.tool.Tool;
import io.infrafabric.door.tool.ToolCall;
import io.infrafabric.door.tool.ToolJson;
import io.infrafabric.door.tool.Toolbox;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** Waits for agents, by a tool. */
@IfBuildProperty(name = "s2.build.deadlock.door", stringValue = "true", enableIfMissing = true)
@Singleton
public class DeadlockTools implements Toolbox {
    private final DeadlockResource waits;
    private final ToolJson json;

    DeadlockTools(DeadlockResource waits, ToolJson json) {
        this.waits = waits;
        this.json = json;
    }

    @Override
    public List<Tool> tools() {
        return List.of(new Tool(
                "report_wait",
                "Say what you wait for: sessions, or task:, decision: or blocker: ids. Empty: nothing any more.",
                List.of(value("on", Kind.TEXTS).must(), text("task"), text("reason")),
                this::report));
    }

    private Uni<Told> report(ToolCall call) {
        PutBody body = new PutBody(call.texts("on"), null, call.text("reason"), call.text("task"), null, null);
        return waits.put(call.caller().subject(), null, body).map(json::of).map(view -> new Told(said(view), view));
    }

    private static String said(JsonNode view) {
        String on = texts(view.path("waitingOn"), edge -> edge.path("on").asText());
        String cycle = texts(view.path("cycle"), JsonNode::asText);
        String preempted = view.path("preempted").asText();
        return (on.isEmpty() ? "You wait for nothing." : "You wait for " + on + ".")
                + (cycle.isEmpty() ? "" : " That closed a circle: " + cycle + ".")
                + (preempted.isEmpty() ? "" : " " + preempted + " was made to give up its tasks to break it.");
    }

    private static String texts(JsonNode list, Function<JsonNode, String> each) {
        return StreamSupport.stream(list.spliterator(), false).map(each).collect(Collectors.joining(", "));
    }
}
