package io.infrafabric.coordinator.transaction;

import io.infrafabric.event.EscalationEvent.CaseResolved;
import java.util.Optional;

/** The rule for what an operator's decision about a case means here. */
public sealed interface Resolution {
    /** This operation must be carried out. */
    record Act(Operation operation) implements Resolution {}

    /** It is not for the coordinator, or needs no action. */
    record Nothing() implements Resolution {}

    /**
     * What to do. The answers for a task that can no longer be done while others wait for it: {@code RETRY_DEPENDENCY}
     * brings it back, {@code CANCEL_TASK} ends all tasks that wait for it, {@code KEEP_WAITING} changes nothing. The
     * case names it as its first evidence; a case of an earlier release is about one waiting task, and ends only that
     * one.
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

    private static String dependency(CaseResolved resolved) {
        return resolved.evidence() == null || resolved.evidence().isEmpty()
                ? after("task:", null)
                : after("task:", resolved.evidence().getFirst());
    }

    private static String after(String kind, String name) {
        if (name == null || !name.startsWith(kind)) {
            throw new IllegalArgumentException("No task is named: " + name);
        }
        return name.substring(kind.length());
    }
}
