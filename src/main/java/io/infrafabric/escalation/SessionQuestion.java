package io.infrafabric.escalation;

import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.input.Check;
import io.infrafabric.input.Rfc3339;
import io.infrafabric.problem.Problem;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What a session asks a human. The rule for what becomes of it: a session has a bounded number of open questions, and
 * each ends, by a human's answer or at its deadline.
 *
 * @param options the answers that a human may pick; {@link Options#OTHER}, an answer in words of their own, is the last
 * @param task what the question is about, as the session says; may be {@code null}
 * @param until when the session waits no longer; {@code null} if it said a time from now, or nothing
 * @param within how long it waits; {@code null} if it said a moment
 * @param onNoAnswer what is taken at the deadline
 */
record SessionQuestion(
        String session,
        String swarm,
        String asked,
        List<String> options,
        String task,
        Severity severity,
        Instant until,
        Duration within,
        String onNoAnswer) {
    /** The reason of the case. */
    static final String REASON = "ASKED_BY_SESSION";

    /** The function that asks: nobody acts on the answer but the session, which finds it in its inbox. */
    static final String FUNCTION = "escalation";

    /** What is taken at the deadline, if the session did not say. */
    static final String NO_ANSWER = "NO_ANSWER";

    /** The name that stands where the one that decided stands, after the deadline. */
    static final String NOBODY = "nobody";

    private static final int LONGEST_OPTION = 200;
    private static final String WHEN = Rfc3339.EXPECTED + ", or a time from now, for example PT30M";

    /** The body of the call, as it came. {@code deadline} is a moment as in RFC 3339, or a duration as in ISO 8601. */
    record Words(
            String question,
            List<String> options,
            String taskId,
            String severity,
            String deadline,
            String onNoAnswer) {}

    /** The bounds of questions. */
    record Bounds(int asked, int options, int open, Duration usual, Duration longest) {}

    /** What becomes of a question. */
    sealed interface Outcome {
        /** A case was made. */
        record Opened(Case now) implements Outcome {}

        /** The session asks this already; nothing changed. */
        record Same(Case now) implements Outcome {}

        /** It has as many open questions as it may have. */
        record TooMany(int most) implements Outcome {}

        /** The deadline is not ahead, or too far ahead. */
        record OutOfTime(Duration longest) implements Outcome {}
    }

    /** What the rule says: a case until this moment, or an outcome at once. */
    sealed interface Decision {
        /** A new case. */
        record Ask(Question question, Instant deadline) implements Decision {}

        /** No new case. */
        record Not(Outcome outcome) implements Decision {}
    }

    /**
     * Checks what a session said.
     *
     * @throws Problem that names the field that does not fit
     */
    static SessionQuestion of(String session, String swarm, Words words, Bounds bounds) {
        String asked = Check.givenText("question", words.question(), bounds.asked());
        List<String> options = words.options() == null
                ? List.of()
                : Check.texts("options", words.options(), bounds.options(), LONGEST_OPTION).stream()
                        .distinct()
                        .toList();
        for (int i = 0; i < options.size(); i++) {
            if (Options.isReserved(options.get(i))) {
                throw Problem.badInput("options[" + i + "]", "another word; " + options.get(i) + " has a meaning here");
            }
        }
        Severity severity = Check.oneOf("severity", words.severity(), Severity.class);
        String otherwise = Check.text("onNoAnswer", words.onNoAnswer(), LONGEST_OPTION);
        if (otherwise != null && !options.isEmpty() && !options.contains(otherwise)) {
            throw Problem.badInput("onNoAnswer", "one of the options: " + String.join(", ", options));
        }
        List<String> offered = new ArrayList<>(options);
        offered.add(Options.OTHER);
        String when = words.deadline();
        Instant moment = when == null ? null : Rfc3339.parse(when).orElse(null);
        return new SessionQuestion(
                session,
                swarm,
                asked,
                List.copyOf(offered),
                Check.id("taskId", words.taskId()),
                severity == null ? Severity.MEDIUM : severity,
                moment,
                when == null || moment != null ? null : duration(when),
                otherwise == null ? NO_ANSWER : otherwise);
    }

    private static Duration duration(String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeException _) {
            throw Problem.badInput("deadline", WHEN);
        }
    }

    /** The case's subject. */
    String subject() {
        return subject(session);
    }

    static String subject(String session) {
        return "session:" + session;
    }

    /** Whether the case is a question of this session. */
    static boolean isOf(Case of, String session) {
        return of.reason().equals(REASON)
                && of.function().equals(FUNCTION)
                && of.subject().equals(subject(session));
    }

    /**
     * Decides what becomes of the question.
     *
     * @param open the open questions of the session
     * @param occurrence tells this question from all others
     */
    Decision decide(List<Case> open, Bounds bounds, String occurrence, Instant now) {
        for (Case before : open) {
            if (before.wording().asked().equals(asked)
                    && before.wording().options().equals(options)
                    && before.wording().evidence().equals(evidence())) {
                return new Decision.Not(new Outcome.Same(before));
            }
        }
        // First as a length: what is far beyond all times cannot be added to one.
        Duration left = until != null ? Duration.between(now, until) : within != null ? within : bounds.usual();
        if (!left.isPositive() || left.compareTo(bounds.longest()) > 0) {
            return new Decision.Not(new Outcome.OutOfTime(bounds.longest()));
        }
        if (open.size() >= bounds.open()) {
            return new Decision.Not(new Outcome.TooMany(bounds.open()));
        }
        Question question = new Question(
                FUNCTION,
                subject(),
                swarm,
                REASON,
                severity,
                asked,
                options,
                evidence(),
                occurrence,
                now,
                subject(),
                Question.Repeat.ONCE);
        return new Decision.Ask(question, now.plus(left));
    }

    private List<String> evidence() {
        return task == null ? List.of() : List.of("task:" + task);
    }
}
