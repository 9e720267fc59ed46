package io.infrafabric.dissent;

import io.infrafabric.bus.Aside;
import io.infrafabric.bus.EntitySessions;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Caller;
import io.infrafabric.dissent.Chain.Head;
import io.infrafabric.dissent.Chain.Link;
import io.infrafabric.dissent.Verification.Verified;
import io.infrafabric.event.DissentEvent.AddendumRecorded;
import io.infrafabric.event.Trace;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.hibernate.reactive.mutiny.Mutiny;

/**
 * The chain's only writer. A transaction that appends locks the head's row before anything else in this room, so links
 * come one after the other, however many processes append.
 */
@ApplicationScoped
@RegisterForReflection(targets = {Memo.class, MemoTransaction.Resolution.class, FalsifierTransaction.Ended.class})
public class ChainTransaction {
    private final Aside aside;
    private final EntitySessions sessions;
    private final DissentConfig config;
    private final CallerTurns<Caller> verifying;

    ChainTransaction(Aside aside, EntitySessions sessions, DissentConfig config) {
        this.aside = aside;
        this.sessions = sessions;
        this.config = config;
        this.verifying = new CallerTurns<>(config.maxVerifying(), config.maxVerifyingQueue());
    }

    /** Appends to the chain. */
    Uni<Link> append(
            Mutiny.Session session,
            ChainTable.Locked locked,
            Chain.Kind kind,
            String decision,
            String swarm,
            Object content,
            Instant at) {
        HeadRow head = locked.head();
        Head end = head.toHead();
        return aside.run(() -> new LinkRow(Chain.append(end, kind, decision, swarm, content, at)))
                .chain(row -> {
                    Link link = row.toLink();
                    head.become(link.head());
                    return session.persist(row).chain(session::flush).replaceWith(link);
                });
    }

    /** Appends an addendum, and emits its event. */
    Uni<Void> add(
            Mutiny.Session session,
            Work work,
            ChainTable.Locked locked,
            Chain.Kind kind,
            String decision,
            String swarm,
            Object content,
            Instant now,
            Trace trace) {
        return append(session, locked, kind, decision, swarm, content, now)
                .invoke(link -> work.emit(
                        new AddendumRecorded(
                                decision, swarm, kind.name(), link.head().toString()),
                        trace))
                .replaceWithVoid();
    }

    /** The memo of a decision and its addenda, in the order of the chain. */
    Uni<List<Link>> of(String decision) {
        return sessions.read(session -> ChainTable.of(session, decision));
    }

    /** The result of a call to verify. */
    sealed interface Verifying {
        /** The chain was verified. */
        record Done(Verified verified) implements Verifying {}

        /** The chain was not verified: the caller has no turn. */
        record Refused(CallerTurns.Asked why) implements Verifying {}
    }

    /**
     * The same as {@link #verify(Head)}, when it is the caller's turn: each caller has one at a time, and waits only
     * for its own.
     */
    Uni<Verifying> verify(Head known, Caller caller) {
        Context here = Vertx.currentContext();
        return Uni.createFrom()
                .<CallerTurns.Asked>emitter(turn -> {
                    Runnable start = () -> here.runOnContext(now -> turn.complete(CallerTurns.Asked.TAKEN));
                    CallerTurns.Asked asked = verifying.ask(caller, start);
                    if (asked != CallerTurns.Asked.TAKEN) {
                        turn.complete(asked);
                    }
                })
                .chain(asked -> asked == CallerTurns.Asked.TAKEN
                        ? verify(known).eventually(() -> verifying.over(caller)).map(Verifying.Done::new)
                        : Uni.createFrom().item(new Verifying.Refused(asked)));
    }

    /**
     * Reads the whole chain and checks each link, one page per transaction; does not wait for links appended meanwhile.
     *
     * @param known an earlier head that the chain must go through, or {@code null}
     */
    Uni<Verified> verify(Head known) {
        return sessions.read(session -> session.find(HeadRow.class, HeadRow.ID).map(HeadRow::toHead))
                .chain(end -> walk(Verification.from(end, known)))
                .map(Verification::verified);
    }

    /** A loop, not a recursion: a long chain has more pages than a stack has room. */
    private Uni<Verification> walk(Verification start) {
        return Multi.createBy()
                .repeating()
                .uni(() -> new AtomicReference<>(start), at -> step(at.get()).invoke(at::set))
                .whilst(walk -> !walk.over())
                .collect()
                .last();
    }

    private Uni<Verification> step(Verification walk) {
        return walk.over()
                ? Uni.createFrom().item(walk)
                : page(walk.at().position(), walk.end().position()).chain(links -> aside.run(() -> walk.on(links)));
    }

    private Uni<List<Link>> page(long after, long upTo) {
        return sessions.read(
                session -> ChainTable.page(session, after, upTo, config.verifyPage(), config.verifyBytes()));
    }
}
