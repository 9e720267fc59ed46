package io.infrafabric.gateway.source;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** What callers send and get about sources. */
public final class SourceBodies {
    private SourceBodies() {}

    /** {@code PUT /gateway/sources/{name}}. */
    @Schema(name = "SourceBody")
    public record SourceBody(
            @Schema(description = "standard, github, slack, stripe or cloudevents", examples = "github")
            String kind,

            @Schema(
                    description = "env:S2_KEY_…, file:PATH, or the secret; several count at once",
                    examples = "[\"env:S2_KEY_GITHUB\"]")
            List<String> secrets,

            @Schema(description = "whpk_ and base64: ed25519 keys of Standard Webhooks (v1a)")
            List<String> publicKeys,

            @Schema(description = "The swarm whose tasks it is about", examples = "phase0")
            String swarm,

            @Schema(description = "Seconds that a timestamp may be old", examples = "259200")
            Long tolerance,

            @Schema(implementation = Object.class, description = "A list of rules; the preset for github if absent")
            JsonNode rules,

            @Schema(description = "env:S2_KEY_… or file:PATH, for a resync", examples = "env:S2_KEY_GITHUB_API")
            String apiToken) {}

    /**
     * A source as it is shown.
     *
     * @param secrets references; a secret that is kept is "(kept)"
     */
    @RegisterForReflection
    @Schema(name = "Source")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record SourceView(
            String name,
            SourceKind kind,
            String swarm,
            String url,
            List<String> secrets,
            List<String> publicKeys,
            Long tolerance,
            @Schema(implementation = Object.class) JsonNode rules,
            String apiToken,
            long version,
            String changedBy,
            Instant changedAt) {}

    /**
     * A delivery was stored, or was known.
     *
     * @param id where it is in the list of deliveries
     * @param repeated whether it had come before
     * @param challenge what Slack asked for; nothing was stored then
     */
    @RegisterForReflection
    @Schema(name = "TakenDelivery")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Taken(String id, Boolean repeated, String challenge) {}

    /** {@code POST /gateway/sources/{name}/test}. */
    @Schema(name = "RehearsalBody")
    public record RehearsalBody(
            @Schema(description = "The event's name; GitHub sends it in X-GitHub-Event", examples = "issues")
            String event,

            @Schema(implementation = Object.class, description = "The body of a delivery")
            JsonNode body) {}

    /** What would happen, rule by rule. */
    @RegisterForReflection
    @Schema(name = "Rehearsal")
    public record Rehearsal(List<Rehearsed> rules) {}

    /**
     * A rule, and what it would come to.
     *
     * @param matches whether it matches
     * @param action what is to be done; {@code null} unless it matches
     */
    @RegisterForReflection
    @Schema(name = "RehearsedRule")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Rehearsed(
            String rule,
            boolean matches,
            @Schema(implementation = Object.class) JsonNode action,
            Received.Effect effect,
            String text) {}
}
