package io.infrafabric.dissent;

import io.infrafabric.bus.Aside;
import io.infrafabric.bus.Due;
import io.infrafabric.bus.EventIds;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.consensus.Decisions;
import io.infrafabric.consensus.Minutes;
import io.infrafabric.dissent.Chain.Kind;
import io.infrafabric.event.ConsensusEvent.DecisionClosed;
import io.infrafabric.event.ConsensusEvent.DecisionResolved;
import io.infrafabric.event.DissentEvent.MemoRecorded;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.hibernate.reactive.mutiny.Mutiny;

/** Writes memos once, and adds to them. */
@ApplicationScoped
public class MemoTransaction {
    static final String FUNCTION = "dissent";

    /** What a human decided. */
    record Resolution(String option, String by, String note, String caseId, Instant resolvedAt, Instant timestamp) {}

    private final Aside aside;
    private final ChainTransaction chain;
    private final Due due;
    private final EventIds ids;
    private final Decisions readings;
    private final DissentConfig config;

    MemoTransaction(
            Aside aside, ChainTransaction chain, Due due, EventIds ids, Decisions readings, DissentConfig config) {
        this.aside = aside;
        this.chain = chain;
        this.due = due;
        this.ids = ids;
        this.readings = readings;
        this.config = config;
    }

    /** Writes the memo of a closed decision, unless it exists. */
    Uni<Void> write(Mutiny.Session session, Work work, DecisionClosed closed, Trace trace) {
        return ChainTable.lock(session)
                .take()
                .chain(locked -> MemoTable.has(session, closed.decision())
                        .chain(written -> written
                                ? Uni.createFrom().voidItem()
                                : readings.minutes(closed.decision(), session)
                                        .invoke(minutes -> mustBeThere(minutes, closed))
                                        .chain(minutes -> MemoTable.time(work)
                                                .chain(now -> write(session, work, locked, minutes, now, trace)))));
    }

    private static void mustBeThere(Minutes minutes, DecisionClosed closed) {
        if (minutes == null) {
            throw new IllegalArgumentException("There is no closed decision " + closed.decision());
        }
    }

    /** Writes it at the end of the chain. */
    Uni<Void> write(
            Mutiny.Session session, Work work, ChainTable.Locked locked, Minutes minutes, Instant now, Trace trace) {
        return aside.run(() -> Draft.of(Memo.of(minutes, now), config.maxIndexed()))
                .chain(draft -> write(session, work, locked, minutes, draft, now, trace));
    }

    /** A memo, and its searchable parts. */
    private record Draft(Memo memo, List<String> parts) {
        static Draft of(Memo memo, int mostInAPart) {
            return new Draft(memo, Searched.parts(memo, mostInAPart));
        }
    }

    private Uni<Void> write(
            Mutiny.Session session,
            Work work,
            ChainTable.Locked locked,
            Minutes minutes,
            Draft draft,
            Instant now,
            Trace trace) {
        Memo memo = draft.memo();
        String decision = minutes.decision();
        return chain.append(session, locked, Kind.MEMO, decision, minutes.swarm(), memo, now)
                .call(link -> MemoTable.add(
                        session, work, new MemoRow(link.position(), decision, minutes.swarm(), memo), draft.parts()))
                .invoke(link -> work.emit(
                        new MemoRecorded(
                                decision,
                                minutes.swarm(),
                                memo.outcome(),
                                link.head().toString()),
                        trace))
                .chain(() -> nameFalsifiers(session, work, minutes, memo));
    }

    private Uni<Void> nameFalsifiers(Mutiny.Session session, Work work, Minutes minutes, Memo memo) {
        List<FalsifierRow> rows = new ArrayList<>();
        Map<String, Instant> times = new HashMap<>();
        for (Memo.View view : memo.dissentingViews()) {
            if (view.falsifier() != null) {
                UUID id = ids.next();
                rows.add(new FalsifierRow(id, minutes.decision(), minutes.swarm(), view.session(), view.falsifier()));
                times.put(FalsifierTransaction.deadline(id), view.falsifier().dueAt());
            }
        }
        return session.persistAll(rows.toArray()).chain(() -> due.at(work.connection(), FUNCTION, times));
    }

    /** Adds a human's ruling, which is shown with the memo, whichever of the two comes first. */
    Uni<Void> resolved(Mutiny.Session session, Work work, DecisionResolved resolved, Trace trace) {
        return Rows.now(work.connection())
                .chain(now -> ChainTable.lock(session)
                        .take()
                        .chain(locked -> chain.add(
                                session,
                                work,
                                locked,
                                Kind.HUMAN_RESOLUTION,
                                resolved.decision(),
                                resolved.swarm(),
                                new Resolution(
                                        resolved.option(),
                                        resolved.by(),
                                        resolved.note(),
                                        resolved.caseId(),
                                        resolved.at(),
                                        now),
                                now,
                                trace)));
    }
}
