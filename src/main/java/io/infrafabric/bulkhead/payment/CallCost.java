package io.infrafabric.bulkhead.payment;

import io.infrafabric.budget.price.Priced;
import io.infrafabric.bulkhead.payment.CallEnd.Outcome;
import io.infrafabric.bulkhead.usage.Usage;
import java.math.BigDecimal;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * What a call has cost.
 *
 * @param dollars booked for it
 * @param usage what that was for
 */
record CallCost(BigDecimal dollars, From from, Usage usage) {
    private static final BigDecimal MOST = new BigDecimal("99999999999");

    /** Where a cost is from. */
    @Schema(name = "CostFrom")
    enum From {
        /** The answer said what it used. */
        ANSWER,
        /** The answer was cut, or does not say: this is what was seen of it, and the whole input. */
        PARTIAL,
        /** Its process died: it is the most that it may have cost. */
        ESTIMATE,
        /** It cost nothing, or nobody knows a price. */
        NONE
    }

    /** The rule: what was used costs its price, and an answer that was cut before its usage is not free. */
    static CallCost of(Payment payment, CallEnd end, Priced price) {
        Usage usage = end.usage() == null ? Usage.NONE : end.usage();
        if (!price.isKnown() || end.outcome() == Outcome.NOT_SENT) {
            return new CallCost(BigDecimal.ZERO, From.NONE, usage);
        }
        return switch (usage.from()) {
            case ANSWER -> new CallCost(cost(price, usage), From.ANSWER, usage);
            case PARTIAL -> isUnanswered(end) ? nothing() : partial(price, whole(usage, payment.inputTokens()));
            case NONE -> nothing();
        };
    }

    /** The provider took the request and never began to answer, and it was not our client who gave up. */
    private static boolean isUnanswered(CallEnd end) {
        return end.status() == 0 && (end.outcome() == Outcome.CUT || end.outcome() == Outcome.TIMED_OUT);
    }

    private static CallCost partial(Priced price, Usage seen) {
        return new CallCost(cost(price, seen), From.PARTIAL, seen);
    }

    private static CallCost nothing() {
        return new CallCost(BigDecimal.ZERO, From.NONE, Usage.NONE);
    }

    /** The usage with the request's input, if no input was seen. */
    private static Usage whole(Usage seen, long asked) {
        boolean sawInput = seen.input() + seen.cacheRead() + seen.cacheWrite() + seen.cacheWrite1h() > 0;
        return sawInput ? seen : new Usage(seen.model(), asked, seen.output(), 0, 0, 0, Usage.From.PARTIAL);
    }

    /** Bounded, because an answer may say whatever it likes. */
    private static BigDecimal cost(Priced price, Usage usage) {
        return price.cost(usage.input(), usage.output(), usage.cacheRead(), usage.cacheWrite(), usage.cacheWrite1h())
                .min(MOST);
    }
}
