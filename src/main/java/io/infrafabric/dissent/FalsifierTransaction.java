package io.infrafabric.dissent;

import io.infrafabric.bus.Due;
import io.infrafabric.bus.EntitySessions;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.dissent.Chain.Kind;
import io.infrafabric.dissent.Falsifier.Report;
import io.infrafabric.dissent.Falsifier.State;
import io.infrafabric.dissent.FalsifierTable.Locked;
import io.infrafabric.event.DissentEvent.FalsifierLapsed;
import io.infrafabric.event.DissentEvent.FalsifierObserved;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.hibernate.reactive.mutiny.Mutiny;

/**
 * Records reports of falsifiers, and lets them lapse if nobody reports them in time. Locks the chain's head before the
 * falsifier, as everywhere in this room.
 */
@ApplicationScoped
class FalsifierTransaction {
    static final String KIND = "falsifier:";

    /** A report and its call. */
    record Seen(UUID falsifier, Caller caller, String note, List<String> evidence, Trace trace) {}

    /** The addendum to the memo. {@code by} is the reporter, {@code null} if nobody reported it. */
    record Ended(
            String falsifier,
            String statement,
            String namedBy,
            Instant dueAt,
            String by,
            String note,
            List<String> evidence,
            Instant timestamp) {}

    /**
     * Which falsifiers to list; {@code null} means any.
     *
     * @param before the last one of the previous page
     */
    record Filter(String swarm, String decision, State state, UUID before) {}

    private final EntitySessions sessions;
    private final ChainTransaction chain;
    private final Commands commands;
    private final Due due;

    FalsifierTransaction(EntitySessions sessions, ChainTransaction chain, Commands commands, Due due) {
        this.sessions = sessions;
        this.chain = chain;
        this.commands = commands;
        this.due = due;
    }

    /** The name under which the sweep knows its deadline. */
    static String deadline(UUID falsifier) {
        return KIND + falsifier;
    }

    /** Takes in a report: adds it to the memo, and tells consensus, which puts the decision to the vote again. */
    Uni<Reply<Report>> observe(Seen seen, Keep<Report> keep) {
        return commands.alone(
                keep,
                work -> sessions.in(
                        work,
                        session -> lock(session, seen.falsifier())
                                .chain(locked ->
                                        locked == null || !seen.caller().reaches(locked.row().swarm)
                                                ? Uni.createFrom().item(new Report.Unknown())
                                                : Rows.now(work.connection())
                                                        .chain(now -> observe(session, work, locked, seen, now)))));
    }

    private static Uni<Locked> lock(Mutiny.Session session, UUID falsifier) {
        return ChainTable.lock(session)
                .then(chain -> FalsifierTable.lock(session, chain, falsifier))
                .take();
    }

    private Uni<Report> observe(Mutiny.Session session, Work work, Locked locked, Seen seen, Instant now) {
        FalsifierRow row = locked.row();
        String by = seen.caller().by();
        Report report = row.toFalsifier().seen(by, now);
        if (!(report instanceof Report.Taken)) {
            return Uni.createFrom().item(report);
        }
        row.end(State.OBSERVED, now, by);
        work.emit(
                new FalsifierObserved(
                        row.decision,
                        row.swarm,
                        row.id.toString(),
                        row.statement,
                        row.namedBy,
                        by,
                        seen.note(),
                        seen.evidence(),
                        now),
                seen.trace());
        return chain.add(
                        session,
                        work,
                        locked.chain(),
                        Kind.FALSIFIER_OBSERVED,
                        row.decision,
                        row.swarm,
                        ended(row, by, seen.note(), seen.evidence(), now),
                        now,
                        seen.trace())
                .chain(() -> due.forget(work.connection(), MemoTransaction.FUNCTION, List.of(deadline(row.id))))
                .replaceWith(report);
    }

    private static Ended ended(FalsifierRow row, String by, String note, List<String> evidence, Instant now) {
        return new Ended(row.id.toString(), row.statement, row.namedBy, row.dueAt, by, note, evidence, now);
    }

    /** Its deadline has passed: if nobody has reported it, it lapses, and the memo says so. */
    Uni<Void> comeDue(Mutiny.Session session, Work work, UUID id, Trace trace) {
        return lock(session, id).chain(locked -> {
            if (locked == null || locked.row().state != State.OPEN) {
                return Uni.createFrom().voidItem();
            }
            FalsifierRow row = locked.row();
            return Rows.now(work.connection()).chain(now -> {
                row.end(State.LAPSED, now, null);
                work.emit(new FalsifierLapsed(row.decision, row.swarm, row.id.toString(), row.namedBy), trace);
                Ended content = ended(row, null, null, List.of(), now);
                return chain.add(
                        session,
                        work,
                        locked.chain(),
                        Kind.FALSIFIER_LAPSED,
                        row.decision,
                        row.swarm,
                        content,
                        now,
                        trace);
            });
        });
    }

    /** One page, newest first. */
    Uni<List<Falsifier>> page(Filter filter, int limit) {
        return sessions.read(session -> FalsifierTable.page(session, filter, limit));
    }
}
