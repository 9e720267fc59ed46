package io.infrafabric.budget;

import io.infrafabric.event.EscalationEvent.CaseRequested;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.input.Check;
import io.infrafabric.input.Decimals;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;

/**
 * Reports that need a human's confirmation. A report above the bound is booked on its own account, where the breaker
 * sees it, and set apart from the accounts above: it stops nobody else until a human has judged it.
 *
 * <p>Many reports below the bound do not get around it: in a day, an account with a limit counts above itself only up
 * to that limit plus one bound. Accounts without a limit have none because an operator decided so.
 */
final class Apart {
    /** The reason of the case. */
    static final String REASON = "COST_ABOVE_BOUND";
    /** The answer: the amount was spent, and counts above, too. */
    static final String COUNT = "COUNT";
    /** The answer: another amount was spent (parameter {@code amount}, nothing if absent), which counts above. */
    static final String CORRECT = "CORRECT";

    private static final String DAY = "day:";
    private static final String AMOUNT = "amount:";
    private static final String BY = "by:";

    private Apart() {}

    /**
     * The bound up to which reports are believed.
     *
     * @param report US dollars of one report, {@code null} for no bound
     */
    record Bound(BigDecimal report) {
        static final Bound NONE = new Bound(null);

        /**
         * Whether a report is set apart.
         *
         * @param own the account before the report, on the day
         * @param apart what is set apart on it already
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

    /** What a human is asked about: an amount, the day of its report, and the account. */
    record Asked(String account, LocalDate day, BigDecimal amount, String by) {
        /** What was asked about, read from the answer. */
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

        /** The question about what is still set apart. */
        Asked of(BigDecimal rest) {
            return new Asked(account, day, rest.min(Money.MOST_TOLD), by);
        }

        /**
         * The question. Only operators of the installation can answer it, because a counted amount may stop others than
         * the swarm.
         *
         * @param occurrence distinguishes it from other questions about the same account
         */
        CaseRequested question(String occurrence, Instant now) {
            String usd = "$" + Decimals.plain(amount).toPlainString();
            return new CaseRequested(
                    "budget",
                    "account:" + account,
                    null,
                    REASON,
                    Severity.HIGH,
                    by + " reported " + usd + " on account " + account + " on " + day
                            + ", which is above the bound. It is booked on that account only, and does not count "
                            + "above it. Was it spent? COUNT makes it count above, too; CORRECT books the real "
                            + "amount (parameter amount, 0 if absent).",
                    List.of(COUNT, CORRECT),
                    List.of(
                            "account:" + account,
                            DAY + day,
                            AMOUNT + Decimals.plain(amount).toPlainString(),
                            BY + by),
                    occurrence,
                    now);
        }
    }
}
