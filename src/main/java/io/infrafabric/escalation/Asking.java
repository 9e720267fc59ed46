package io.infrafabric.escalation;

import io.infrafabric.event.EscalationEvent.Severity;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/**
 * What a question leads to: a case of its own, new words for an open one, or nothing; and whether a human is paged now.
 *
 * <p>A condition that comes and goes (a contradiction that is declared and taken back, a blocker that is raised and
 * withdrawn) pages only a limited number of times within a period. After that it makes no further case: the last
 * withdrawn one is reopened, says how often it was asked, and pages only when the period is over; by then it may have
 * gone away again. A question more severe than those paged before always pages.
 */
sealed interface Asking {

    /** Nobody is asked: it was asked before, or a human decided to leave it. */
    record Nothing() implements Asking {}

    /** The case is open, and gets newer words. */
    record Renewed(Case now) implements Asking {}

    /** A case of its own. {@code heldUntil} is when it pages; {@code null} means now. */
    record Fresh(Instant heldUntil) implements Asking {}

    /** A withdrawn case is asked again, and pages when its time comes. */
    record Again(Case now) implements Asking {}

    /** The most pages of one condition, and the period. */
    record Bounds(int pages, Duration within) {}

    /** A case of the same condition; {@code pagedAt} is {@code null} if it never has. */
    record Before(Case of, Instant pagedAt) {
        private boolean flaps() {
            return of.state() == Case.State.WITHDRAWN || of.openings() > 1;
        }
    }

    /**
     * Decides what the question leads to.
     *
     * @param same cases of the same function, reason and subject, newest first
     * @param condition cases of the same function, reason and condition, newest first
     */
    static Asking decide(Question question, List<Case> same, List<Before> condition, Bounds bounds, Instant now) {
        for (Case before : same) {
            switch (question.repeat()) {
                case ONCE -> {
                    if (question.isAgain(before)) {
                        return new Nothing();
                    }
                }
                case RENEW -> {
                    if (question.isAgain(before)) {
                        if (before.awaitsRuling()) {
                            return new Renewed(before.renew(question));
                        }
                        if (Options.KEEP_WAITING.equals(before.ruling().option())) {
                            return new Nothing();
                        }
                    }
                }
            }
        }
        Severity severity = question.severity();
        List<Instant> pages = condition.stream()
                .filter(before -> before.flaps() && before.of().severity().compareTo(severity) >= 0)
                .map(Before::pagedAt)
                .filter(at -> at != null && at.plus(bounds.within()).isAfter(now))
                .sorted(Comparator.reverseOrder())
                .toList();
        if (pages.size() < bounds.pages()) {
            return new Fresh(null);
        }
        Instant until = pages.get(bounds.pages() - 1).plus(bounds.within());
        return condition.stream()
                .map(Before::of)
                .filter(before -> before.state() == Case.State.WITHDRAWN)
                .max(Comparator.comparing((Case before) -> before.withdrawal().withdrawnAt())
                        .thenComparing(Case::id))
                .<Asking>map(last -> new Again(last.again(question, until)))
                .orElseGet(() -> new Fresh(until));
    }
}
