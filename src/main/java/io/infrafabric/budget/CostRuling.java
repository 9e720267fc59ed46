package io.infrafabric.budget;

import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import java.math.BigDecimal;
import java.util.Map;

/** What a human decided about one of the budget's cases. */
record CostRuling(CaseResolved resolved, Decided decided) {
    static final String RAISE_LIMIT = "RAISE_LIMIT";
    static final String RESET = "RESET";
    static final String KEEP_STOPPED = "KEEP_STOPPED";

    private static final String SUBJECT = "account:";

    /** What to do about the account. */
    sealed interface Decided {
        /** The account may spend this much a day. */
        record RaiseLimit(BigDecimal limit) implements Decided {}

        /** The breaker closes, and the account may spend this much above its limit today. */
        record CloseBreaker(BigDecimal allowance) implements Decided {}

        /**
         * The amount in question was spent.
         *
         * @param real US dollars that were really spent; {@code null} means the reported amount
         */
        record Believe(Apart.Asked asked, BigDecimal real) implements Decided {}

        /** Nothing. */
        record KeepStopped() implements Decided {}
    }

    /**
     * Reads the answer: {@code RAISE_LIMIT} (parameter {@code dailyLimit}, US dollars), {@code RESET} (parameter
     * {@code allowance}, US dollars for today, may be absent), {@code KEEP_STOPPED}, or a human's judgement of a report
     * above the bound ({@link Apart}).
     *
     * @throws Problem if it makes no sense
     */
    static CostRuling of(CaseResolved resolved) {
        Map<String, String> given = resolved.parameters();
        return new CostRuling(
                resolved,
                switch (resolved.option()) {
                    case RAISE_LIMIT -> new Decided.RaiseLimit(Check.given("dailyLimit", money(given, "dailyLimit")));
                    case RESET -> new Decided.CloseBreaker(Money.orZero(money(given, "allowance")));
                    case Apart.COUNT -> new Decided.Believe(Apart.Asked.of(resolved), null);
                    case Apart.CORRECT ->
                        new Decided.Believe(Apart.Asked.of(resolved), Money.orZero(money(given, "amount")));
                    case KEEP_STOPPED -> new Decided.KeepStopped();
                    default -> throw Problem.badInput("option", "RAISE_LIMIT, RESET, KEEP_STOPPED, COUNT or CORRECT");
                });
    }

    /** The account that a case is about. */
    static String account(CaseResolved resolved) {
        String subject = resolved.subject();
        return subject.startsWith(SUBJECT) ? subject.substring(SUBJECT.length()) : subject;
    }

    String account() {
        return account(resolved);
    }

    /** The reason in the operator's words, if there is one. */
    String why() {
        return resolved.note() == null ? "case " + resolved.caseId() : resolved.note();
    }

    private static BigDecimal money(Map<String, String> parameters, String name) {
        String text = parameters == null ? null : parameters.get(name);
        try {
            return text == null ? null : Check.money(name, new BigDecimal(text));
        } catch (NumberFormatException notANumber) {
            throw Problem.badInput(name, "US dollars");
        }
    }
}
