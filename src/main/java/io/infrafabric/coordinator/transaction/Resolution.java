package io.infrafabric.coordinator.transaction;

import io.infrafabric.coordinator.claim.HandedIn;
import io.infrafabric.coordinator.task.Change;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import java.util.Optional;

/** The rule for what an operator's decision about a case means here. */
public sealed interface Resolution {
    /** This operation must be carried out. */
    record Act(Operation operation) implements Resolution {}

    /** A result that the checker had no verdict on is accepted, refused or checked once more. */
    record Rule(HandedIn.Key result, Ruling ruling, String by, String reason) implements Resolution {}

    /** What to do with such a result. */
    enum Ruling {
        /** The task is done. */
        ACCEPT,
        /** Its holder must hand in another one. */
        REFUSE,
        /** The checker runs again. */
        RETRY
    }

    /** It is not for the coordinator, or needs no action. */
    record Nothing() implements Resolution {}

    /**
     * What to do. The answers for a task that can no longer be done while others wait for it: {@code RETRY_DEPENDENCY}
     * brings it back, {@code CANCEL_TASK} ends all tasks that wait for it, {@code KEEP_WAITING} changes nothing. The
     * case names it as its first evidence; a case of an earlier release is about one waiting task, and ends only that
     * one. The answers about a result without a verdict are those of {@link Ruling}; its first evidence says which result.
     *
     * @throws IllegalArgumentException if the coordinator never offered such an option, or the case does not say what it
     *     is about: the event becomes a dead letter
     */
    static Resolution of(CaseResolved resolved) {
        if (!"coordinator".equals(resolved.function())) {
            return new Nothing();
        }
        String reason = "case " + resolved.caseId() + ": "
                + (resolved.note() == null || resolved.note().isBlank() ? resolved.option() : resolved.note());
        if (Change.CHECK_BROKEN.equals(resolved.reason())) {
            return new Rule(result(resolved), Ruling.valueOf(resolved.option()), resolved.by(), reason);
        }
        return switch (resolved.option()) {
            case "RETRY_DEPENDENCY" -> new Act(new Operation.Retry(dependency(resolved), resolved.by(), reason));
            case "CANCEL_TASK" ->
                new Act(
                        after("task:", resolved.subject()).equals(dependency(resolved))
                                ? new Operation.GiveUp(dependency(resolved), resolved.by(), reason)
                                : new Operation.Cancel(
                                        after("task:", resolved.subject()), resolved.by(), reason, false));
            case "KEEP_WAITING" -> new Nothing();
            default -> throw new IllegalArgumentException("The coordinator offers no " + resolved.option());
        };
    }

    /** The session that the case is about, itself or by its account, if any. */
    static Optional<String> concerned(CaseResolved resolved) {
        String subject = resolved.subject();
        String name = subject.startsWith("account:") ? subject.substring("account:".length()) : subject;
        return name.startsWith("session:") ? Optional.of(name.substring("session:".length())) : Optional.empty();
    }

    /** The piece of evidence that says which result a case is about. */
    static String evidence(HandedIn.Key result) {
        return "check:" + result.epoch() + ":" + result.hash();
    }

    private static HandedIn.Key result(CaseResolved resolved) {
        String first = resolved.evidence() == null || resolved.evidence().isEmpty()
                ? null
                : resolved.evidence().getFirst();
        String which = after("check:", first);
        int colon = which.indexOf(':');
        return new HandedIn.Key(
                after("task:", resolved.subject()),
                Long.parseLong(which.substring(0, Math.max(0, colon))),
                which.substring(colon + 1));
    }

    private static String dependency(CaseResolved resolved) {
        return resolved.evidence() == null || resolved.evidence().isEmpty()
                ? after("task:", null)
                : after("task:", resolved.evidence().getFirst());
    }

    private static String after(String kind, String name) {
        if (name == null || !name.startsWith(kind)) {
            throw new IllegalArgumentException("No " + kind.replace(":", "") + " is named: " + name);
        }
        return name.substring(kind.length());
    }
}
