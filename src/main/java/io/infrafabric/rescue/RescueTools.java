package io.infrafabric.rescue;

import static io.infrafabric.door.tool.Field.text;
import static io.infrafabric.door.tool.Field.value;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.door.tool.Field.Kind;
import io.infrafabric.door.tool.Thing;
import io.infrafabric.door.tool.Told;
import io.infrafabric.door.tool.Tool;
import io.infrafabric.door.tool.ToolCall;
import io.infrafabric.door.tool.ToolJson;
import io.infrafabric.door.tool.Toolbox;
import io.infrafabric.input.Check;
import io.infrafabric.rescue.RescueBodies.MessageBody;
import io.infrafabric.rescue.RescueBodies.RaiseBody;
import io.infrafabric.rescue.RescueBodies.ResolveBody;
import io.infrafabric.rescue.RescueBodies.SessionBody;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jboss.resteasy.reactive.RestResponse;

/** Help for agents, by tools: ask for it, and answer others. */
@IfBuildProperty(name = "s2.build.rescue.door", stringValue = "true", enableIfMissing = true)
@Singleton
public class RescueTools implements Toolbox {
    private final BlockerResource blockers;
    private final ToolJson json;

    RescueTools(BlockerResource blockers, ToolJson json) {
        this.blockers = blockers;
        this.json = json;
    }

    @Override
    public List<Tool> tools() {
        return List.of(
                new Tool(
                        "ask_for_help",
                        "Say that you are stuck; sessions that can help are asked.",
                        List.of(
                                text("description").must(),
                                text("task"),
                                value("domains", Kind.TEXTS),
                                value("tools", Kind.TEXTS),
                                text("severity").oneOf("low", "medium", "high", "critical")),
                        this::ask),
                new Tool(
                        "answer_help",
                        "Answer a blocker: help, write to it, or end your own.",
                        List.of(
                                text("blocker").must(),
                                text("answer").must().oneOf("accept", "decline", "message", "resolve", "withdraw"),
                                text("text")),
                        this::answer));
    }

    @Override
    public List<Thing> things() {
        return List.of(new Thing("blocker", 3, this::look));
    }

    private Uni<Told> ask(ToolCall call) {
        RaiseBody body = new RaiseBody(
                null,
                call.text("task"),
                call.text("description"),
                call.texts("domains"),
                call.texts("tools"),
                call.text("severity"));
        return blockers.raise(body).map(answer -> {
            JsonNode blocker = json.of(answer);
            String asked = asked(blocker);
            return new Told(
                    "Blocker " + blocker.path("id").asText() + " is "
                            + blocker.path("state").asText() + ". "
                            + (asked.isEmpty() ? "No session can help; a human was asked." : "Asked: " + asked + ".")
                            + " Answers come to your inbox; go on with other work.",
                    blocker);
        });
    }

    private static String asked(JsonNode blocker) {
        return StreamSupport.stream(blocker.path("rescuers").spliterator(), false)
                .map(rescuer -> rescuer.path("session").asText() + " ("
                        + rescuer.path("state").asText() + ")")
                .collect(Collectors.joining(", "));
    }

    private Uni<Told> answer(ToolCall call) {
        String id = call.text("blocker");
        Uni<RestResponse<String>> answered = switch (call.text("answer")) {
            case "accept" -> blockers.accept(id, new SessionBody(null));
            case "decline" -> blockers.decline(id, new SessionBody(null));
            case "resolve" -> blockers.resolve(id, new ResolveBody(null, null));
            case "withdraw" -> blockers.withdraw(id, new SessionBody(null));
            default -> blockers.say(id, new MessageBody(null, Check.given("text", call.text("text")), null, null));
        };
        return answered.map(json::of).map(blocker -> new Told(standing(blocker), blocker));
    }

    private Uni<Told> look(String id) {
        return blockers.get(id).map(json::of).map(blocker -> new Told(standing(blocker), blocker));
    }

    private static String standing(JsonNode blocker) {
        return "Blocker " + blocker.path("id").asText() + " of "
                + blocker.path("session").asText() + " is "
                + blocker.path("state").asText() + ". It says: "
                + blocker.path("description") + ". Asked: " + asked(blocker) + ".";
    }
}
