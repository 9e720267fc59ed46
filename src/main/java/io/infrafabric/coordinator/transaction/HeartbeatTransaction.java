package io.infrafabric.coordinator.transaction;

import io.infrafabric.bus.Work;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.coordinator.claim.Ending;
import io.infrafabric.coordinator.claim.LeaseTable;
import io.infrafabric.coordinator.claim.LeaseTable.Lease;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.session.SessionInbox;
import io.infrafabric.coordinator.session.SessionTable;
import io.infrafabric.coordinator.session.SessionTable.Held;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.event.CoordinatorEvent.Reason;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The heartbeat call: a session is alive, renews many leases at once, and hears which are lost. */
@ApplicationScoped
public class HeartbeatTransaction {

    /**
     * One lease in the answer: renewed until {@code expiresAt}, or {@code lost} for a reason. Neither if it has no end, because
     * the result of its task is being checked.
     */
    @RegisterForReflection
    public record Beat(String task, Long epoch, Instant expiresAt, String lost) {}

    /**
     * The answer.
     *
     * @param leases the named ones
     * @param holding all leases of the session, named or not
     * @param notices how many wait in the inbox
     */
    @RegisterForReflection
    public record Heartbeat(Session.State state, List<Beat> leases, List<Held> holding, int notices) {}

    /** The result of a heartbeat. */
    public sealed interface Hearing {
        /** It was heard. */
        record Heard(Heartbeat heartbeat) implements Hearing {}

        /** The session does not exist. */
        record UnknownSession(String session) implements Hearing {}

        /** The caller's enrolment is over. */
        record Over() implements Hearing {}
    }

    private final Commands commands;
    private final SessionTable sessions;
    private final LeaseTable leases;
    private final LeaseTransaction endings;
    private final SessionInbox inboxes;

    HeartbeatTransaction(
            Commands commands,
            SessionTable sessions,
            LeaseTable leases,
            LeaseTransaction endings,
            SessionInbox inboxes) {
        this.commands = commands;
        this.sessions = sessions;
        this.leases = leases;
        this.endings = endings;
        this.inboxes = inboxes;
    }

    /** Takes a heartbeat of the calling session. A lost session is live again, without its former leases. */
    public Uni<Reply<Hearing>> beat(Caller session, List<Lease> held, Duration lease, Keep<Hearing> keep) {
        return commands.alone(keep, work -> beat(work, session, held, lease));
    }

    private Uni<Hearing> beat(Work work, Caller caller, List<Lease> held, Duration lease) {
        String id = caller.subject();
        String swarm = caller.swarm();
        return sessions.lock(work, List.of(id)).take().chain(locked -> {
            Session session = locked.sessions().get(id);
            if (session == null || !caller.isStill(session.enrolment())) {
                work.nothingWritten();
                return Uni.createFrom().item(session == null ? new Hearing.UnknownSession(id) : new Hearing.Over());
            }
            return alive(work, locked, session)
                    .chain(state -> leases.renew(work, id, held, lease)
                            .chain(renewed -> beats(work, id, swarm, held, renewed))
                            .chain(beats -> work.inOrder(
                                            LeaseTable.holding(work, id), inboxes.unread(work.connection(), id))
                                    .with((holding, notices) ->
                                            new Hearing.Heard(new Heartbeat(state, beats, holding, notices)))));
        });
    }

    private Uni<Session.State> alive(Work work, SessionTable.Locked locked, Session session) {
        return switch (session.state()) {
            case LEFT -> Uni.createFrom().item(Session.State.LEFT);
            case LOST -> sessions.revive(work, locked, List.of(session.id())).replaceWith(Session.State.LIVE);
            case LIVE -> sessions.heard(work, locked, session.id()).replaceWith(Session.State.LIVE);
        };
    }

    private Uni<List<Beat>> beats(Work work, String session, String swarm, List<Lease> asked, List<Task> renewed) {
        Map<String, Task> byId = new HashMap<>();
        renewed.forEach(task -> byId.put(task.id(), task));
        List<Lease> missing =
                asked.stream().filter(lease -> !byId.containsKey(lease.task())).toList();
        return endings.whyLost(work, session, swarm, missing).map(reasons -> {
            List<Beat> beats = new ArrayList<>(asked.size());
            for (Lease lease : asked) {
                Task task = byId.get(lease.task());
                beats.add(
                        task != null
                                ? new Beat(task.id(), task.epoch(), task.leaseExpiresAt(), null)
                                : new Beat(lease.task(), lease.epoch(), null, lost(reasons.get(lease.task()))));
            }
            return beats;
        });
    }

    /** How a lease ended, or what became of the task if the session itself ended it; {@code null} if it has no end. */
    private static String lost(Ending.Answer why) {
        if (why instanceof Ending.Answer.Checked) {
            return null;
        }
        return why instanceof Ending.Answer.Stale(Reason reason, long _, Task.State state, Boolean _, String _)
                ? reason == null ? state.name() : reason.name()
                : "UNKNOWN_TASK";
    }
}
