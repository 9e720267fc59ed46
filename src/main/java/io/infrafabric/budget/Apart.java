package io.infrafabric.budget;

import io.infrafabric.event.EscalationEvent.CaseRequested;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.input.Check;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;

/**
 * Reports that cannot be believed without asking. What one tells of more than the bound is booked on its own account, where its
 * breaker sees it, and set apart from the accounts above: nobody else is stopped by it until a human has said what it is.
 *
 * <p>Many reports below the bound are no way around it: what an account with a limit books counts above it up to that limit and
 * one bound more in a day. Who has no limit was given none by an operator.
 */
final class Apart {
    /** Why the case is asked. */
    static final String REASON = "COST_ABOVE_BOUND";
    /** The answer: it was spent, and counts above, too. */
    static final String COUNT = "COUNT";
    /** The answer: it was another amount (parameter {@code amount}, nothing if absent), which counts above. */
    static final String CORRECT = "CORRECT";

    private static final String DAY = "day:";
    private static final String AMOUNT = "amount:";
    private static final String BY = "by:";

    private Apart() {}

    /**
     * Up to where reports are believed.
     *
     * @param report US dollars of one report, {@code null} for no bound
     */
    record Bound(BigDecimal report) {
        static final Bound NONE = new Bound(null);

        /**
         * Whether what was told is set apart.
         *
         * @param own the account, on the day, as it is before
         * @param apart what of it is set apart already
         */
        boolean spares(Account own, BigDecimal apart, BigDecimal spent) {
            if (report == null || own.path().size() == 1) {
                return false;
            }
            BigDecimal counted = own.own().spent().subtract(apart).add(spent);
            return Money.isAbove(spent, report)
                    || (spent.signum() > 0
                            && own.dailyLimit() != null
                            && Money.isAbove(counted, own.limit().add(report)));
        }
    }

    /** What a human is asked about: so much, told on that day, on that account. */
    record Asked(String account, LocalDate day, BigDecimal amount, String by) {
        /** What was asked about, as it came back with the answer. */
        static Asked of(CaseResolved resolved) {
            return new Asked(
                    CostRuling.account(resolved),
                    LocalDate.parse(Check.given("evidence", part(resolved.evidence(), DAY))),
                    new BigDecimal(Check.given("evidence", part(resolved.evidence(), AMOUNT))),
                    part(resolved.evidence(), BY));
        }

        private static String part(List<String> evidence, String kind) {
            return evidence.stream()
                    .filter(text -> text.startsWith(kind))
                    .map(text -> text.substring(kind.length()))
                    .findFirst()
                    .orElse(null);
        }

        /** Of what is still set apart, so much is asked about. */
        Asked of(BigDecimal rest) {
            return new Asked(account, day, rest.min(Money.MOST_TOLD), by);
        }

        /**
         * The question. Only operators of the installation can answer it: what is counted stops others than the swarm.
         *
         * @param occurrence what tells it from another one about the same account
         */
        CaseRequested question(String occurrence, Instant now) {
            String usd = "$" + Money.plain(amount).toPlainString();
            return new CaseRequested(
                    "budget",
                    "account:" + account,
                    null,
                    REASON,
                    Severity.HIGH,
                    by + " reported " + usd + " on account " + account + " on " + day
                            + ", which is above the bound. It is"
                            + " booked on that account alone, and counts nowhere above it. Was it spent? COUNT has it count"
                            + " above, too; CORRECT books what it really was (parameter amount, 0 if absent).",
                    List.of(COUNT, CORRECT),
                    List.of(
                            "account:" + account,
                            DAY + day,
                            AMOUNT + Money.plain(amount).toPlainString(),
                            BY + by),
                    occurrence,
                    now);
        }
    }
}
