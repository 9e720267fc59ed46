package io.infrafabric.escalation;

import io.infrafabric.event.BudgetEvent.BreakerClosed;
import io.infrafabric.event.BudgetEvent.BreakerReason;
import io.infrafabric.event.EscalationEvent.CauseEnded;
import java.time.Instant;
import java.util.List;

/**
 * A cause that has gone away, and the cases that nobody has to decide any more because of it: the rule.
 *
 * @param subject what they are about, or show as evidence
 * @param reasons why they were opened: any of these
 * @param why what happened, in words
 * @param before only those that were asked before; {@code null} for all
 * @param until what was asked before, and comes later, makes no case any more; {@code null} for whatever is asked
 */
record Cause(String function, String subject, List<String> reasons, String why, Instant before, Instant until) {

    /**
     * A breaker is closed again: by itself on a new day, by a raised limit or an operator's reset (which ends both reasons),
     * or because the session did well. Its events come in order, so what was asked before is about an earlier opening.
     */
    static Cause of(BreakerClosed closed) {
        List<BreakerReason> over = switch (closed.why()) {
            case NEW_DAY, LIMIT_RAISED -> List.of(BreakerReason.BUDGET);
            case RECOVERED -> List.of(BreakerReason.FAILURES);
            case RESET -> List.of(BreakerReason.values());
        };
        String by = closed.by() == null ? "" : " by " + closed.by();
        return new Cause(
                "budget",
                closed.subject(),
                over.stream().map(Cause::reason).toList(),
                "The breaker has closed: " + closed.why() + by + ".",
                null,
                closed.at() == null ? Instant.EPOCH : closed.at());
    }

    /** A function says so in its own words. */
    static Cause of(CauseEnded gone) {
        return new Cause(
                gone.function(), gone.subject(), List.of(gone.reason()), gone.why(), gone.before(), gone.before());
    }

    /** The reason of a case about a breaker that opened. */
    static String reason(BreakerReason reason) {
        return "BREAKER_" + reason;
    }
}
