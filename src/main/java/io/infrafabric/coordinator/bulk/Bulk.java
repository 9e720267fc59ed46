package io.infrafabric.coordinator.bulk;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.infrafabric.coordinator.task.Priority;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * An order for many tasks, and how far it has got.
 *
 * @param matched how many tasks matched at the start
 * @param done how many of them were changed
 * @param passedOver how many of them no longer matched when it was their turn
 * @param refusedCount how many of them it was refused for
 * @param refused the first of these; {@code null} where they were not asked for
 * @param endedAt {@code null} while it runs
 * @param stopped {@code null} unless somebody stopped it
 * @param turn where it is
 */
public record Bulk(
        String id,
        BulkFilter filter,
        @JsonProperty("do") BulkOrder.What what,
        With with,
        State state,
        int matched,
        int done,
        int passedOver,
        int refusedCount,

        @JsonInclude(JsonInclude.Include.NON_NULL) List<Refusal> refused,

        String startedBy,
        String reason,
        Instant startedAt,
        Instant endedAt,
        @JsonUnwrapped Stopped stopped,
        @JsonIgnore Turn turn) {

    /** Whether it goes on. */
    @Schema(name = "BulkState")
    public enum State {
        RUNNING,
        DONE,
        STOPPED
    }

    /** What tasks get. */
    @Schema(name = "BulkWith")
    public record With(Priority priority, String assignee) {}

    /** Why nothing was done with a task: what a call for it alone would have been answered. */
    @Schema(name = "BulkRefusal")
    public record Refusal(String task, String code, String why) {}

    /** Who stopped it, and why; {@code null} if no reason was given. */
    public record Stopped(String stoppedBy, String stopReason) {}

    /**
     * The batch that is next.
     *
     * @param batches how many there are
     */
    public record Turn(int next, int batches) {}

    /** Whether batch {@code n} may be carried out now. */
    boolean isTurnOf(int n) {
        return state == State.RUNNING && turn.next() == n;
    }

    /** Whether it ends what waits for a task that ended. */
    boolean isCascade() {
        return filter.waitsFor() != null;
    }

    BulkOrder order() {
        return new BulkOrder(filter, what, priority(), assignee(), reason, startedBy);
    }

    String assignee() {
        return with == null ? null : with.assignee();
    }

    private Priority priority() {
        return with == null ? null : with.priority();
    }

    /** The same with these refusals. */
    Bulk with(List<Refusal> refusals) {
        return new Bulk(
                id,
                filter,
                what,
                with,
                state,
                matched,
                done,
                passedOver,
                refusedCount,
                refusals,
                startedBy,
                reason,
                startedAt,
                endedAt,
                stopped,
                turn);
    }
}
