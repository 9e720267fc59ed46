package io.infrafabric.relation;

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
import io.infrafabric.relation.StatedClaimResource.ClaimBody;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Locale;

/** Claims for agents, by a tool. */
@IfBuildProperty(name = "s2.build.relation.door", stringValue = "true", enableIfMissing = true)
@Singleton
public class RelationTools implements Toolbox {
    private final StatedClaimResource claims;
    private final ToolJson json;

    RelationTools(StatedClaimResource claims, ToolJson json) {
        this.claims = claims;
        this.json = json;
    }

    @Override
    public List<Tool> tools() {
        return List.of(new Tool(
                "state_claim",
                "State a finding that others can rest on, or revise yours.",
                List.of(
                        text("id").must(),
                        text("statement"),
                        value("confidence", Kind.NUMBER),
                        value("evidence", Kind.TEXTS).says("URLs"),
                        value("falsifiers", Kind.TEXTS)),
                this::state));
    }

    @Override
    public List<Thing> things() {
        return List.of(new Thing("claim", 2, id -> claims.get(id, null, null).map(this::told)));
    }

    private Uni<Told> state(ToolCall call) {
        List<String> urls = call.texts("evidence");
        ClaimBody body = new ClaimBody(
                null,
                null,
                call.text("statement"),
                call.has("confidence")
                        ? Double.valueOf(call.number("confidence").doubleValue())
                        : null,
                null,
                urls == null
                        ? null
                        : urls.stream()
                                .map(url -> new Evidence("document", url, null, null))
                                .toList(),
                call.texts("falsifiers"));
        return claims.put(call.text("id"), body).map(json::of).map(RelationTools::standing);
    }

    private Told told(Claim claim) {
        return standing(json.of((Object) claim));
    }

    private static Told standing(JsonNode claim) {
        return new Told(
                "Claim " + claim.path("id").asText() + " (version "
                        + claim.path("version").asText() + ") by "
                        + claim.path("by").asText() + " is "
                        + claim.path("standing").asText().toLowerCase(Locale.ROOT)
                        + (claim.path("disputed").asBoolean() ? " and disputed" : "") + ": " + claim.path("statement")
                        + ".",
                claim);
    }
}
