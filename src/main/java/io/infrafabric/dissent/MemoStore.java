package io.infrafabric.dissent;

import io.infrafabric.bus.Aside;
import io.infrafabric.bus.Due;
import io.infrafabric.bus.EventIds;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Sessions;
import io.infrafabric.bus.Work;
import io.infrafabric.consensus.Minutes;
import io.infrafabric.consensus.ReadingStore;
import io.infrafabric.dissent.Chain.Kind;
import io.infrafabric.dissent.MemoRow.Found;
import io.infrafabric.event.ConsensusEvent.DecisionClosed;
import io.infrafabric.event.ConsensusEvent.DecisionResolved;
import io.infrafabric.event.DissentEvent.MemoRecorded;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hibernate.reactive.mutiny.Mutiny;

/** Memos: written once, added to, and found again. */
@ApplicationScoped
public class MemoStore {
    static final String FUNCTION = "dissent";

    private static final String INDEX = "INSERT INTO dissent_words (position, part, words)"
            + " SELECT $1, n - 1, to_tsvector('simple', t) FROM unnest($2::text[]) WITH ORDINALITY AS w (t, n)";

    /**
     * What to search for; {@code null} is anything.
     *
     * @param words all of them must be in the memo, or in one view of it; as in a web search ({@code "…"}, {@code or},
     *     {@code -})
     * @param session who voted
     * @param before position of the last memo of the page before
     */
    record Query(String words, String session, String swarm, String outcome, Instant from, Instant to, Long before) {}

    /** What a human decided. */
    record Resolution(String option, String by, String note, String caseId, Instant resolvedAt, Instant timestamp) {}

    private final Sessions sessions;
    private final Aside aside;
    private final ChainStore chain;
    private final Due due;
    private final EventIds ids;
    private final ReadingStore readings;
    private final DissentConfig config;

    MemoStore(
            Sessions sessions,
            Aside aside,
            ChainStore chain,
            Due due,
            EventIds ids,
            ReadingStore readings,
            DissentConfig config) {
        this.sessions = sessions;
        this.aside = aside;
        this.chain = chain;
        this.due = due;
        this.ids = ids;
        this.readings = readings;
        this.config = config;
    }

    /** Writes the memo of a decision that has closed, unless there is one. */
    Uni<Void> write(Mutiny.Session session, Work work, DecisionClosed closed, Trace trace) {
        return ChainStore.lock(session)
                .chain(head -> has(session, closed.decision())
                        .chain(written -> written
                                ? Uni.createFrom().voidItem()
                                : readings.minutes(closed.decision(), session)
                                        .invoke(minutes -> mustBeThere(minutes, closed))
                                        .chain(minutes -> Rows.now(work.connection())
                                                .chain(now -> write(session, work, head, minutes, now, trace)))));
    }

    private static void mustBeThere(Minutes minutes, DecisionClosed closed) {
        if (minutes == null) {
            throw new IllegalArgumentException("There is no closed decision " + closed.decision());
        }
    }

    private static Uni<Boolean> has(Mutiny.Session session, String decision) {
        return session.createSelectionQuery(
                        "select count(*) from LinkRow l where l.decision = :decision and l.kind = MEMO", Long.class)
                .setParameter("decision", decision)
                .getSingleResult()
                .map(count -> count > 0);
    }

    /** Writes it at the end of the chain, which is under lock. */
    Uni<Void> write(Mutiny.Session session, Work work, HeadRow head, Minutes minutes, Instant now, Trace trace) {
        return aside.run(() -> drafted(Memo.of(minutes, now)))
                .chain(draft -> write(session, work, head, minutes, draft, now, trace));
    }

    /** A memo, and what of it is searched: the memo as a whole, and each view in it. */
    private record Draft(Memo memo, List<String> texts) {}

    private Uni<Void> write(
            Mutiny.Session session, Work work, HeadRow head, Minutes minutes, Draft draft, Instant now, Trace trace) {
        Memo memo = draft.memo();
        String decision = minutes.decision();
        return chain.append(session, head, Kind.MEMO, decision, minutes.swarm(), memo, now)
                .call(link -> session.persist(new MemoRow(link.position(), decision, minutes.swarm(), memo))
                        .chain(session::flush)
                        .chain(() -> work.connection()
                                .preparedQuery(INDEX)
                                .execute(Tuple.of(link.position(), draft.texts().toArray(String[]::new)))))
                .invoke(link -> work.emit(
                        new MemoRecorded(
                                decision,
                                minutes.swarm(),
                                memo.outcome(),
                                link.head().toString()),
                        trace))
                .chain(() -> nameFalsifiers(session, work, minutes, memo));
    }

    private Draft drafted(Memo memo) {
        List<String> views =
                memo.dissentingViews().stream().map(MemoStore::text).toList();
        Stream<String> whole = Stream.concat(
                Stream.of(memo.decisionSummary(), memo.decisionRationale(), String.join(" ", memo.hazards())),
                views.stream());
        List<String> texts = Stream.concat(Stream.of(whole.collect(Collectors.joining("\n"))), views.stream())
                .map(this::indexed)
                .toList();
        return new Draft(memo, texts);
    }

    private static String text(Memo.View view) {
        Stream<String> said = Stream.of(
                view.session(),
                view.rationale(),
                view.alternativeProposed(),
                view.falsifier() == null ? null : view.falsifier().statement());
        return Stream.concat(said, view.evidenceCited().stream())
                .filter(Objects::nonNull)
                .collect(Collectors.joining("\n"));
    }

    /** As much as an index entry surely holds, without half of a surrogate pair. */
    private String indexed(String text) {
        int most = config.maxIndexed();
        if (text.length() <= most) {
            return text;
        }
        return text.substring(0, Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most);
    }

    private Uni<Void> nameFalsifiers(Mutiny.Session session, Work work, Minutes minutes, Memo memo) {
        List<FalsifierRow> rows = new ArrayList<>();
        Map<String, Instant> times = new HashMap<>();
        for (Memo.View view : memo.dissentingViews()) {
            if (view.falsifier() != null) {
                UUID id = ids.next();
                rows.add(new FalsifierRow(id, minutes.decision(), minutes.swarm(), view.session(), view.falsifier()));
                times.put(FalsifierStore.deadline(id), view.falsifier().dueAt());
            }
        }
        return session.persistAll(rows.toArray()).chain(() -> due.at(work.connection(), FUNCTION, times));
    }

    /** Adds what a human decided; it is shown with the memo, whichever of the two comes first. */
    Uni<Void> resolved(Mutiny.Session session, Work work, DecisionResolved resolved, Trace trace) {
        return Rows.now(work.connection())
                .chain(now -> chain.add(
                        session,
                        work,
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
                        trace));
    }

    /** One page of what is found, newest first. */
    Uni<List<Found>> search(Query query, int limit) {
        Map<String, Object> given = new HashMap<>();
        StringBuilder sql = new StringBuilder("select m.* from dissent_memo m where true");
        and(
                sql,
                given,
                " and m.position in (select w.position from dissent_words w"
                        + " where w.words @@ websearch_to_tsquery('simple', :words))",
                "words",
                query.words());
        and(sql, given, " and m.sessions @> array[:session]", "session", query.session());
        and(sql, given, " and m.swarm = :swarm", "swarm", query.swarm());
        and(sql, given, " and m.outcome = :outcome", "outcome", query.outcome());
        and(sql, given, " and m.at >= :from", "from", query.from());
        and(sql, given, " and m.at < :to", "to", query.to());
        and(sql, given, " and m.position < :before", "before", query.before());
        sql.append(" order by m.position desc limit ").append(limit);
        return sessions.read(session -> {
                    var found = session.createNativeQuery(sql.toString(), MemoRow.class);
                    given.forEach(found::setParameter);
                    return found.getResultList();
                })
                .map(rows -> rows.stream().map(MemoRow::toFound).toList());
    }

    private static void and(StringBuilder sql, Map<String, Object> given, String condition, String name, Object value) {
        if (value != null) {
            sql.append(condition);
            given.put(name, value);
        }
    }
}
