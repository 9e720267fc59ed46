package io.infrafabric.rescue;

import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** The bodies of calls, and their checks. A failed check names the field. */
final class RescueBodies {
    static final int DESCRIPTION = 4000;
    static final int TEXT = 4000;
    private static final int LINK = 2000;

    private RescueBodies() {}

    /** {@code POST /rescue/blockers}. */
    record RaiseBody(
            String session,

            @Schema(description = "What it was working on; without domains and tools, what that task needs")
            String taskId,

            @Schema(examples = "The SIP proxy refuses the handshake")
            String description,

            @Schema(examples = "[\"sip\"]") List<String> domains,
            @Schema(examples = "[\"python\"]") List<String> tools,

            @Schema(description = "low, medium, high or critical; medium if absent", examples = "high")
            String severity) {}

    /** {@code POST /rescue/matches}. */
    record MatchBody(
            @Schema(description = "The caller's own if absent")
            String swarm,

            @Schema(description = "Who needs help, left out of the answer")
            String session,

            @Schema(examples = "[\"sip\"]") List<String> domains,
            @Schema(examples = "[\"python\"]") List<String> tools) {}

    /** {@code POST /rescue/blockers/{id}/accept}, {@code decline}, {@code withdraw}. */
    record SessionBody(String session) {}

    /** {@code POST /rescue/blockers/{id}/messages}. */
    record MessageBody(
            String session,

            @Schema(examples = "Set the realm in the config")
            String text,

            List<String> links,

            @Schema(description = "Of a rescuer: what its help has cost so far, US dollars", examples = "0.75")
            BigDecimal cost) {}

    /** {@code POST /rescue/blockers/{id}/resolve}. */
    @Schema(name = "BlockerResolveBody")
    record ResolveBody(String session, List<Outcome> outcomes) {}

    /** Whether a rescuer has helped. */
    @Schema(name = "RescueOutcome")
    record Outcome(String session, Boolean helped) {}

    /** Needed domains or tools; empty if absent. */
    static List<String> needs(String field, List<String> values) {
        return values == null ? List.of() : Check.capabilities(field, values);
    }

    static Severity severity(String value) {
        Severity severity = Check.oneOf("severity", value, Severity.class);
        return severity == null ? Severity.MEDIUM : severity;
    }

    static List<String> links(List<String> values, int most) {
        return values == null ? List.of() : Check.texts("links", values, most, LINK);
    }

    static BigDecimal cost(BigDecimal value, BigDecimal most) {
        BigDecimal cost = Check.money("cost", value);
        if (cost != null && cost.compareTo(most) > 0) {
            throw Problem.badInput("cost", "at most " + most.toPlainString() + " US dollars");
        }
        return cost;
    }

    static Map<String, Boolean> outcomes(List<Outcome> outcomes) {
        Map<String, Boolean> helped = new LinkedHashMap<>();
        for (Outcome outcome : outcomes == null ? List.<Outcome>of() : Check.atMost("outcomes", outcomes, 100)) {
            helped.put(
                    Check.givenId("outcomes.session", outcome.session()),
                    Check.given("outcomes.helped", outcome.helped()));
        }
        return helped;
    }
}
