package io.infrafabric.escalation;

import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import java.math.BigDecimal;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the options of a case need. Known ones are checked before a human's decision is accepted, because the function
 * that acts on it can no longer ask back. Options of other functions take any parameters.
 */
final class Options {
    /** The budget's: the account gets this daily limit. */
    static final String RAISE_LIMIT = "RAISE_LIMIT";
    /** The budget's: the breaker closes, with an allowance for today if one is given. */
    static final String RESET = "RESET";
    /** The budget's: nothing changes. */
    static final String KEEP_STOPPED = "KEEP_STOPPED";
    /** The budget's: a report above the bound counts above its account, too. */
    static final String COUNT = "COUNT";
    /** The budget's: another amount was spent; nothing if none is given. */
    static final String CORRECT = "CORRECT";
    /** The coordinator's: the task that cannot be done is tried again. */
    static final String RETRY_DEPENDENCY = "RETRY_DEPENDENCY";
    /** The coordinator's: the waiting task is given up. */
    static final String CANCEL_TASK = "CANCEL_TASK";
    /** The coordinator's: nothing changes. */
    static final String KEEP_WAITING = "KEEP_WAITING";

    /** Rescue's: this session is asked for help; if none is named, the search starts again. */
    static final String ASSIGN = "ASSIGN";
    /** Rescue's: the blocker is given up. */
    static final String WITHDRAW = "WITHDRAW";
    /** Consensus's: a human approves what the votes did not decide. */
    static final String APPROVE = "APPROVE";
    /** Consensus's: a human rejects it. */
    static final String REJECT = "REJECT";

    /** Of a session's question: an answer in the operator's own words, which stand in the note. */
    static final String OTHER = "OTHER";

    private static final int MOST = 20;
    private static final int LONGEST = 2000;

    private Options() {}

    /** Whether an option of a session's question must have another name: it is ours, or it needs parameters. */
    static boolean isReserved(String option) {
        return option.equals(OTHER) || option.equals(RAISE_LIMIT);
    }

    /**
     * The parameters of an option in the form that goes back to the function: texts, money as plain decimals.
     *
     * @throws Problem that names the one that is missing, unknown or malformed
     */
    static Map<String, String> parameters(String option, Map<String, Object> given) {
        Map<String, String> texts = new TreeMap<>();
        Map<String, Object> all = given == null ? Map.of() : given;
        if (all.size() > MOST) {
            throw Problem.badInput("parameters", "at most " + MOST + " entries");
        }
        all.forEach((name, value) -> texts.put(Check.givenId("parameters", name), text(field(name), value)));
        return switch (option) {
            case RAISE_LIMIT -> money(texts, "dailyLimit", true);
            case RESET -> money(texts, "allowance", false);
            case CORRECT -> money(texts, "amount", false);
            case ASSIGN -> only(texts, Set.of("session"));
            case KEEP_STOPPED, COUNT, RETRY_DEPENDENCY, CANCEL_TASK, KEEP_WAITING, WITHDRAW, APPROVE, REJECT, OTHER ->
                only(texts, Set.of());
            default -> texts;
        };
    }

    private static Map<String, String> money(Map<String, String> texts, String name, boolean required) {
        only(texts, Set.of(name));
        if (required) {
            Check.given(field(name), texts.get(name));
        }
        texts.computeIfPresent(name, (same, text) -> money(field(name), text));
        return texts;
    }

    private static String money(String field, String text) {
        try {
            return Check.money(field, new BigDecimal(text)).toPlainString();
        } catch (NumberFormatException _) {
            throw Problem.badInput(field, "US dollars, a decimal number");
        }
    }

    private static Map<String, String> only(Map<String, String> texts, Set<String> known) {
        for (String name : texts.keySet()) {
            if (!known.contains(name)) {
                throw Problem.badInput(field(name), known.isEmpty() ? "no parameters" : "only " + known);
            }
        }
        return texts;
    }

    private static String text(String field, Object value) {
        return switch (value) {
            case String text -> Check.text(field, text, LONGEST);
            case Number number -> number.toString();
            case Boolean truth -> truth.toString();
            case null, default -> throw Problem.badInput(field, "a text, a number, true or false");
        };
    }

    private static String field(String name) {
        return "parameters." + name;
    }
}
