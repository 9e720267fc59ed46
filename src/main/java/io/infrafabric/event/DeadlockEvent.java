package io.infrafabric.event;

import static io.infrafabric.event.Catalogue.Type.v1;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;

/**
 * What happens to sessions that wait for each other. Only deadlock writes these, except for {@link WaitReported}. All
 * are facts.
 */
@RegisterForReflection
public sealed interface DeadlockEvent extends Event {

    /** The events, each with its name on the wire. */
    List<Catalogue.Type> TYPES = List.of(
            v1("deadlock", "wait-reported", WaitReported.class),
            v1("deadlock", "session-preempted", SessionPreempted.class));

    /**
     * Somebody reports over the channel what a session waits for: these things and nothing else.
     *
     * @param waitingOn as {@code kind:id}; a bare id is a session
     * @param mode {@code ALL} or {@code ANY}; {@code null} means all
     * @param task the task that it was working on, {@code null} if it does not say
     * @param since when the wait began; {@code null} means now
     * @param sequence the highest counts, in whatever order reports arrive; {@code null} means newer than all before
     */
    record WaitReported(
            String session,
            String swarm,
            List<String> waitingOn,
            String mode,
            String reason,
            String task,
            Instant since,
            Long sequence)
            implements DeadlockEvent {
        @Override
        public String subject() {
            return "session:" + session;
        }
    }

    /**
     * A session was preempted, so that others can go on.
     *
     * @param deadlock the id, as in {@code GET /deadlock/deadlocks}
     * @param cycle its members as {@code kind:id}: each waited for the next, the last for the first
     * @param endedWaits what the session no longer waits for, as {@code kind:id}
     * @param released the tasks that it held, which are queued again
     * @param why why this session was chosen, in words
     */
    record SessionPreempted(
            String deadlock,
            String swarm,
            String session,
            List<String> cycle,
            List<String> endedWaits,
            List<String> released,
            String why)
            implements DeadlockEvent {
        @Override
        public String subject() {
            return "session:" + session;
        }
    }
}
