package io.infrafabric.coordinator;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.infrafabric.coordinator.bulk.BulkFilter;
import io.infrafabric.coordinator.bulk.BulkOrder;
import io.infrafabric.coordinator.bulk.BulkOrder.What;
import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** {@code POST /coordinator/tasks/bulk}, and the checks that make an order of it. A check that fails names the field. */
record BulkBody(
        FilterBody filter,

        @Schema(description = "CANCEL, RETRY, REPRIORITISE, ASSIGN or RELEASE", examples = "CANCEL") @JsonProperty("do")
        String what,

        @Schema(description = "priority for REPRIORITISE, assignee for ASSIGN; nothing for others")
        WithBody with,

        @Schema(examples = "The release is cancelled.") String reason,

        @Schema(description = "Only say how many match, and change nothing (false)")
        Boolean dryRun) {
    private static final int MOST_WORDS = 20;
    private static final int SUBMITTER = 160;
    private static final Duration LONGEST_AGE = Duration.ofDays(36_500);
    private static final String AGE = "a moment as in 2026-12-01T06:00:00Z, or an age as in PT24H or P7D";

    /** Which tasks; what is absent does not limit. */
    @Schema(name = "BulkFilterBody")
    record FilterBody(
            @Schema(description = "A swarm's operator may leave it out", examples = "phase0")
            String swarm,

            @Schema(examples = "QUEUED") String state,

            @Schema(description = "Names, a colon and values: tasks have all", examples = "[\"team:parsers\"]")
            List<String> label,

            @Schema(description = "Names that tasks require, all of them", examples = "[\"docker\"]")
            List<String> requires,

            @Schema(examples = "session-5-cli") String submittedBy,

            @Schema(description = "Submitted before this moment, or longer ago than this", examples = "PT24H")
            String olderThan) {

        BulkFilter check(String callersSwarm, Instant now) {
            List<String> names = Check.atMost("filter.requires", requires, MOST_WORDS);
            return new BulkFilter(
                    swarm == null ? callersSwarm : Check.id("filter.swarm", swarm),
                    Check.oneOf("filter.state", state, Task.State.class),
                    LabelFilter.of("filter.label", label),
                    CoordinatorBodies.sorted(Check.capabilities("filter.requires", names)),
                    Check.text("filter.submittedBy", submittedBy, SUBMITTER),
                    moment(now),
                    null);
        }

        private Instant moment(Instant now) {
            if (olderThan == null || !olderThan.startsWith("P")) {
                return Check.instant("filter.olderThan", olderThan);
            }
            try {
                Duration age = Duration.parse(olderThan);
                if (!age.isNegative() && age.compareTo(LONGEST_AGE) <= 0) {
                    return now.minus(age);
                }
            } catch (DateTimeException | ArithmeticException _) {
                // Refused below.
            }
            throw Problem.badInput("filter.olderThan", AGE);
        }
    }

    /** What tasks get. */
    @Schema(name = "BulkWithBody")
    record WithBody(
            @Schema(examples = "P1") String priority,
            @Schema(examples = "session-5-cli") String assignee) {}

    boolean isDry() {
        return CoordinatorBodies.or(dryRun, false);
    }

    /**
     * The order.
     *
     * @param callersSwarm the swarm that the caller is limited to, {@code null} for none
     * @param now the database's time
     */
    BulkOrder check(String callersSwarm, String by, Instant now) {
        What wanted = Check.oneOf("do", Check.given("do", what), What.class);
        BulkFilter checked = Check.given("filter", filter).check(callersSwarm, now);
        Priority priority = with == null ? null : Check.oneOf("with.priority", with.priority(), Priority.class);
        String assignee = with == null ? null : Check.id("with.assignee", with.assignee());
        mustFit("with.priority", priority, wanted, What.REPRIORITISE);
        mustFit("with.assignee", assignee, wanted, What.ASSIGN);
        return new BulkOrder(checked, wanted, priority, assignee, CoordinatorBodies.reason(reason), by);
    }

    private static void mustFit(String field, Object given, What wanted, What only) {
        if (wanted == only) {
            Check.given(field, given);
        } else if (given != null) {
            throw Problem.badInput(field, "nothing: it is for " + only + " alone");
        }
    }
}
