package io.infrafabric.dissent;

import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Instant;
import java.util.List;
import org.hibernate.reactive.mutiny.Mutiny;

/** The search data of memos: their rows and the index of their words. */
final class MemoTable {
    private static final String INDEX = "INSERT INTO dissent_words (position, part, words)"
            + " SELECT $1, n - 1, to_tsvector('simple', t) FROM unnest($2::text[]) WITH ORDINALITY AS w (t, n)";

    /**
     * The database's time, but not before that of the last memo, because searches look up dates as positions in the
     * chain.
     */
    static Uni<Instant> time(Work work) {
        return work.connection()
                .preparedQuery("SELECT greatest(now(), max(at)) AS now FROM dissent_memo")
                .execute()
                .map(rows -> Rows.instant(rows.iterator().next(), "now"));
    }

    /** Whether this decision has a memo. */
    static Uni<Boolean> has(Mutiny.Session session, String decision) {
        return session.createSelectionQuery(
                        "select count(*) from LinkRow l where l.decision = :decision and l.kind = MEMO", Long.class)
                .setParameter("decision", decision)
                .getSingleResult()
                .map(count -> count > 0);
    }

    /** Writes a memo and indexes its words, part by part. */
    static Uni<Void> add(Mutiny.Session session, Work work, MemoRow row, List<String> parts) {
        return session.persist(row)
                .chain(session::flush)
                .chain(() -> work.connection()
                        .preparedQuery(INDEX)
                        .execute(Tuple.of(row.position, parts.toArray(String[]::new))))
                .replaceWithVoid();
    }

    private MemoTable() {}
}
