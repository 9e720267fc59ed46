package io.infrafabric.coordinator.claim;

import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.task.Task.Dispatch;
import io.infrafabric.coordinator.task.Task.Requirements;
import java.math.BigDecimal;

/**
 * Queued tasks of one swarm and priority that no rule can tell apart, so that a claim looks at one of them and knows of all:
 * the same requirements and needs, concurrency keys and fairness key, and a price of the same class. A swarm has few lanes
 * beside its many tasks.
 *
 * @param number tells lanes apart ({@code coordinator_lane} in the database); 0 has no lane, since anybody may have its tasks
 * @param head the place of its oldest task in the order of submission
 * @param requirements of each of its tasks
 * @param dispatch of its oldest task: the others differ in their price, within its class
 */
public record Lane(
        String swarm, Priority priority, long number, long head, Requirements requirements, Dispatch dispatch) {
    /** Classes of prices end at the powers of two of this, in US dollars. */
    private static final BigDecimal SMALLEST = new BigDecimal("0.000001");

    private static final BigDecimal TWO = BigDecimal.valueOf(2);

    /** Which of its tasks somebody can pay. */
    enum Payable {
        ALL,
        /** Those up to what is left: their prices differ. */
        SOME,
        NONE
    }

    /**
     * What a session can pay of it.
     *
     * @param left what the session has left, in US dollars; {@code null} for no limit
     */
    Payable payable(BigDecimal left) {
        if (left == null || dispatch.needsNoMoney()) {
            return Payable.ALL;
        }
        BigDecimal least = SMALLEST;
        BigDecimal next = least.multiply(TWO);
        while (next.compareTo(dispatch.estimatedCost()) <= 0) {
            least = next;
            next = least.multiply(TWO);
        }
        if (left.compareTo(least) < 0) {
            return Payable.NONE;
        }
        return left.compareTo(next) < 0 ? Payable.SOME : Payable.ALL;
    }

    /** Whether its tasks are for one session alone. */
    boolean isOwn() {
        return dispatch.assignee() != null;
    }

    /** Whether some rule beyond need and money decides: keys that bound how many run. */
    boolean isKeyed() {
        return !dispatch.concurrency().isEmpty();
    }

    /** Whether its tasks take turns with others. */
    boolean isFair() {
        return dispatch.fairBy() != null;
    }
}
