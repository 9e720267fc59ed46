package io.infrafabric.escalation;

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
import io.infrafabric.escalation.CaseResource.AskBody;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.util.List;

/** Humans for agents, by tools: ask one, and see what became of the question. */
@IfBuildProperty(name = "s2.build.escalation.door", stringValue = "true", enableIfMissing = true)
@Singleton
public class EscalationTools implements Toolbox {
    private final CaseResource cases;
    private final ToolJson json;

    EscalationTools(CaseResource cases, ToolJson json) {
        this.cases = cases;
        this.json = json;
    }

    @Override
    public List<Tool> tools() {
        return List.of(new Tool(
                "ask_human",
                "Ask a human, and go on with other work: the answer comes to your inbox, or onNoAnswer at the deadline.",
                List.of(
                        text("question").must(),
                        value("options", Kind.TEXTS),
                        text("task"),
                        text("severity"),
                        text("deadline").says("a time, or PT30M"),
                        text("onNoAnswer")),
                this::ask));
    }

    @Override
    public List<Thing> things() {
        return List.of(new Thing("case", 4, id -> cases.get(id).map(json::of).map(EscalationTools::standing)));
    }

    private Uni<Told> ask(ToolCall call) {
        AskBody body = new AskBody(
                call.text("question"),
                call.texts("options"),
                call.text("task"),
                call.text("severity"),
                call.text("deadline"),
                call.text("onNoAnswer"));
        return cases.ask(body).map(json::of).map(EscalationTools::asked);
    }

    private static Told asked(JsonNode made) {
        return new Told(
                "A human is asked (case " + made.path("id").asText()
                        + "). Go on with other work; the answer comes to your" + " inbox. At " + seconds(made)
                        + " it is " + made.path("onNoAnswer") + ", if nobody answers.",
                made);
    }

    private static Told standing(JsonNode made) {
        String option = made.path("option").asText();
        return new Told(
                "Case " + made.path("id").asText() + " is "
                        + made.path("state").asText() + ". You asked: " + made.path("asked")
                        + (made.hasNonNull("option")
                                ? ". The answer of " + made.path("resolvedBy").asText() + ": "
                                        + (option.equals(Options.OTHER) ? made.path("note") : made.path("option")) + "."
                                : ". At " + seconds(made) + " it is " + made.path("onNoAnswer")
                                        + ", if nobody answers."),
                made);
    }

    private static String seconds(JsonNode made) {
        return made.path("deadline").asText().replaceFirst("\\.\\d+Z$", "Z");
    }
}
