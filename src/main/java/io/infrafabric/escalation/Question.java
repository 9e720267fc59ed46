package io.infrafabric.escalation;

import io.infrafabric.event.BudgetEvent.BreakerOpened;
import io.infrafabric.event.CoordinatorEvent.TaskStranded;
import io.infrafabric.event.EscalationEvent.CaseRequested;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.input.Check;
import java.time.Instant;
import java.util.List;

/**
 * What a human is asked when something happens: the rule that turns events into questions.
 *
 * @param function the function that acts on the answer
 * @param subject what it is about
 * @param swarm the swarm that it belongs to; {@code null} for the installation
 * @param occurrence distinguishes this time from others
 * @param at when it was asked, by the database's clock; {@code null} means when the case is opened
 * @param condition what comes and goes: only a limited number of cases about one condition page
 */
record Question(
        String function,
        String subject,
        String swarm,
        String reason,
        Severity severity,
        String asked,
        List<String> options,
        List<String> evidence,
        String occurrence,
        Instant at,
        String condition,
        Repeat repeat) {

    private static final int LONGEST_NAME = 200;
    private static final int LONGEST_CONDITION = 600;
    private static final int LONGEST_EVIDENCE = 2000;

    /** What becomes of a question when a case of the same function, reason and subject exists. */
    enum Repeat {
        /** Within one occurrence only the first question makes a case; each other occurrence makes its own. */
        ONCE,
        /**
         * While it waits for a decision it is kept up to date; if a human decided to leave it, nobody is asked again.
         */
        RENEW
    }

    /** The largest size of a question. */
    record Bounds(int asked, int options, int evidence) {}

    /**
     * A task that others wait for can no longer be done: one question, however many wait.
     *
     * @param event the event's id; the time at which the task failed for good tells occurrences apart, so that a
     * retried task that dies again is asked about again
     */
    public static Question of(TaskStranded stranded, String event) {
        String subject = "task:" + stranded.blockedBy();
        int others = stranded.waiting() == null ? 0 : stranded.waiting() - 1;
        String wait = switch (others) {
            case 0 -> "task " + stranded.task() + " waits for it. What should happen to it?";
            case 1 -> "2 tasks wait for it, " + stranded.task() + " and another. What should happen to them?";
            default ->
                (others + 1) + " tasks wait for it, " + stranded.task() + " and " + others
                        + " others. What should happen to them?";
        };
        return new Question(
                "coordinator",
                subject,
                stranded.swarm(),
                "TASK_STRANDED",
                Severity.MEDIUM,
                "Task " + stranded.blockedBy() + " is dead or cancelled, and " + wait,
                List.of(Options.RETRY_DEPENDENCY, Options.CANCEL_TASK, Options.KEEP_WAITING),
                List.of(subject, "waiting: " + (others + 1)),
                "v" + stranded.since() + " " + event,
                stranded.at(),
                subject,
                Repeat.RENEW);
    }

    /**
     * Whether a case is about the same occurrence; for questions that renew, the event in the occurrence does not
     * matter.
     */
    boolean isAgain(Case before) {
        return switch (repeat) {
            case ONCE -> before.wording().occurrence().equals(occurrence);
            case RENEW -> time(before.wording().occurrence()).equals(time(occurrence));
        };
    }

    private static String time(String occurrence) {
        int space = occurrence.indexOf(' ');
        return space < 0 ? occurrence : occurrence.substring(0, space);
    }

    /**
     * A breaker stopped an account. A stopped session is HIGH; everything above (swarm, org) is CRITICAL, because it
     * stops many. After failures money does not help, so no limit is offered. Each opening is asked about once: the
     * account's version tells it from others, and one that arrives after a newer event of the account is not applied at
     * all.
     */
    public static Question of(BreakerOpened opened) {
        String why = "$" + opened.spent().toPlainString() + " are spent today"
                + (opened.limit() == null ? "" : " of $" + opened.limit().toPlainString());
        return new Question(
                "budget",
                opened.subject(),
                opened.swarm(),
                Cause.reason(opened.reason()),
                opened.account().startsWith("session:") ? Severity.HIGH : Severity.CRITICAL,
                "The breaker of account " + opened.account() + " is open: "
                        + switch (opened.reason()) {
                            case BUDGET -> why;
                            case FAILURES -> "too many failures in a row";
                        }
                        + ". Nothing below it is paid. What should happen?",
                switch (opened.reason()) {
                    case BUDGET -> List.of(Options.RAISE_LIMIT, Options.RESET, Options.KEEP_STOPPED);
                    case FAILURES -> List.of(Options.RESET, Options.KEEP_STOPPED);
                },
                List.of(opened.subject(), why),
                Long.toString(opened.version()),
                null,
                opened.subject(),
                Repeat.ONCE);
    }

    /** When it was asked, according to the question, but not later than now. */
    Instant askedAt(Instant now) {
        return at == null || at.isAfter(now) ? now : at;
    }

    /**
     * A function asks in its own words.
     *
     * @throws io.infrafabric.problem.Problem if something is missing or larger than the bounds: the request becomes a dead
     *     letter with that reason
     */
    public static Question of(CaseRequested wish, Bounds bounds) {
        List<String> options =
                Check.texts("options", Check.given("options", wish.options()), bounds.options(), LONGEST_NAME);
        Check.given("options", options.isEmpty() ? null : options);
        return new Question(
                Check.givenId("function", wish.function()),
                Check.givenText("subject", wish.subject(), LONGEST_NAME),
                Check.id("swarm", wish.swarm()),
                Check.givenText("reason", wish.reason(), LONGEST_NAME),
                Check.given("severity", wish.severity()),
                Check.givenText("asked", wish.asked(), bounds.asked()),
                List.copyOf(options),
                wish.evidence() == null
                        ? List.of()
                        : List.copyOf(Check.texts("evidence", wish.evidence(), bounds.evidence(), LONGEST_EVIDENCE)),
                Check.givenText("occurrence", wish.occurrence(), LONGEST_NAME),
                wish.at(),
                wish.condition() == null
                        ? wish.subject()
                        : Check.givenText("condition", wish.condition(), LONGEST_CONDITION),
                Repeat.ONCE);
    }
}
