package io.infrafabric.escalation;

import io.infrafabric.event.BudgetEvent.BreakerClosed;
import io.infrafabric.event.BudgetEvent.BreakerReason;
import io.infrafabric.event.EscalationEvent.CauseEnded;
import java.time.Instant;
import java.util.List;

/**
 * The rule for a cause that has gone away, and for the cases that need no decision because of it.
 *
 * @param subject what they are about, or show as evidence
 * @param reasons their reason is one of these
 * @param why what happened, in words
 * @param before only cases asked before this time; {@code null} for all
 * @param until questions asked before this time make no case even if they arrive later; {@code null} means all
 * questions
 */
record Cause(String function, String subject, List<String> reasons, String why, Instant before, Instant until) {

    /**
     * A breaker is closed again: by itself on a new day, by a raised limit or an operator's reset (which ends both
     * reasons), or because the session did well. Its events come in order, so earlier questions concern earlier
     * openings.
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

    /** A function reports it in its own words. */
    static Cause of(CauseEnded gone) {
        return new Cause(
                gone.function(), gone.subject(), List.of(gone.reason()), gone.why(), gone.before(), gone.before());
    }

    /** The reason of a case about a breaker that opened. */
    static String reason(BreakerReason reason) {
        return "BREAKER_" + reason;
    }
}
