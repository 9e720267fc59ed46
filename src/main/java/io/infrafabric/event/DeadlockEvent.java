package io.infrafabric.event;

import static io.infrafabric.event.Catalogue.Type.v1;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;

/** What happens to those who wait for each other. Written by deadlock alone, but for {@link WaitReported}. All are facts. */
@RegisterForReflection
public sealed interface DeadlockEvent extends Event {

    /** Its events, each with its name on the wire. */
    List<Catalogue.Type> TYPES = List.of(
            v1("deadlock", "wait-reported", WaitReported.class),
            v1("deadlock", "session-preempted", SessionPreempted.class));

    /**
     * Somebody tells over the channel what a session waits for (the channel's way to report waits): these and nothing else.
     *
     * @param waitingOn as {@code kind:id}; a session without a kind
     * @param mode {@code ALL} or {@code ANY}, {@code null} for all
     * @param task what it was working on, {@code null} if it does not say
     * @param since when it began, {@code null} for now
     * @param sequence the newest counts, in whatever order reports arrive; {@code null} for newer than all before
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
     * @param deadlock which one, as in {@code GET /deadlock/deadlocks}
     * @param cycle each waited for the next, the last for the first, as {@code kind:id}
     * @param endedWaits what the session no longer waits for, as {@code kind:id}
     * @param released the tasks that it held and that are queued again
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
