package io.infrafabric.consensus;

import static io.infrafabric.door.tool.Field.text;
import static io.infrafabric.door.tool.Field.value;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.consensus.ConsensusBodies.VoteBody;
import io.infrafabric.door.tool.Field.Kind;
import io.infrafabric.door.tool.Thing;
import io.infrafabric.door.tool.Told;
import io.infrafabric.door.tool.Tool;
import io.infrafabric.door.tool.ToolCall;
import io.infrafabric.door.tool.ToolJson;
import io.infrafabric.door.tool.Toolbox;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** Votes for agents, by a tool. */
@IfBuildProperty(name = "s2.build.consensus.door", stringValue = "true", enableIfMissing = true)
@Singleton
public class ConsensusTools implements Toolbox {
    private final DecisionResource decisions;
    private final ToolJson json;

    ConsensusTools(DecisionResource decisions, ToolJson json) {
        this.decisions = decisions;
        this.json = json;
    }

    @Override
    public List<Tool> tools() {
        return List.of(new Tool(
                "vote",
                "Vote on a decision.",
                List.of(
                        text("decision").must(),
                        text("vote").must().oneOf("approve", "reject", "abstain"),
                        text("rationale").must(),
                        value("confidence", Kind.NUMBER),
                        text("alternative"),
                        value("evidence", Kind.TEXTS)),
                this::vote));
    }

    @Override
    public List<Thing> things() {
        return List.of(new Thing("decision", 1, this::look));
    }

    private Uni<Told> vote(ToolCall call) {
        VoteBody body = new VoteBody(
                null,
                call.text("vote"),
                call.text("rationale"),
                call.number("confidence"),
                call.text("alternative"),
                call.texts("evidence"),
                null);
        return decisions.vote(call.text("decision"), body).map(answer -> {
            JsonNode taken = json.of(answer);
            return new Told(
                    "Your vote on " + taken.path("decision").asText() + " counts: "
                            + taken.path("vote").asText() + ". The decision is "
                            + taken.path("state").asText() + ".",
                    taken);
        });
    }

    private Uni<Told> look(String id) {
        return decisions.get(id).map(json::of).map(decision -> new Told(standing(decision), decision));
    }

    private static String standing(JsonNode decision) {
        JsonNode tally = decision.path("tally");
        String objections = StreamSupport.stream(decision.path("votes").spliterator(), false)
                .filter(vote -> vote.path("vote").asText().equalsIgnoreCase("reject"))
                .map(vote -> vote.path("session").asText() + ": " + vote.path("rationale"))
                .collect(Collectors.joining("; "));
        return "Decision " + decision.path("id").asText() + " is "
                + decision.path("state").asText() + ": "
                + decision.path("summary")
                + (tally.isMissingNode()
                        ? ""
                        : ". Votes: " + tally.path("approve").asText() + " approve, "
                                + tally.path("reject").asText() + " reject, "
                                + tally.path("abstain").asText() + " abstain")
                + (objections.isEmpty() ? "." : ". Dissent: " + objections + ".");
    }
}
