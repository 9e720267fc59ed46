package io.infrafabric.dissent;

import io.infrafabric.bus.Rows;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;

/** The statement that searches memos; {@link SearchTransaction} says how. */
final class SearchTable {
    /**
     * $1 words, $2 keys, $3 and $4 bounds of time, $5 the position before which to look, $6 how many, $7 milliseconds.
     * Arithmetic cuts off the edges of a piece, so that no index of positions is needed.
     */
    private static final String SEARCH = """
            WITH RECURSIVE asked AS MATERIALIZED (
                SELECT
                    coalesce(websearch_to_tsquery('simple', $1::text) && $2::text::tsquery,
                        websearch_to_tsquery('simple', $1), $2::text::tsquery) AS query,
                    CASE WHEN $3::timestamptz IS NULL THEN 1
                        ELSE (SELECT position FROM dissent_memo WHERE at >= $3 ORDER BY at, position LIMIT 1) END AS low,
                    least($5::bigint - 1, CASE WHEN $4::timestamptz IS NULL THEN (SELECT max(position) FROM dissent_memo)
                        ELSE coalesce((SELECT position FROM dissent_memo
                            WHERE at < $4 ORDER BY at DESC, position DESC LIMIT 1), 0) END) AS high
                WHERE $1 IS NULL OR numnode(websearch_to_tsquery('simple', $1)) > 0
            ), walk (step, high, found) AS (
                SELECT 0, high, ARRAY[]::bigint[] FROM asked
                UNION ALL
                SELECT step + 1, (high >> bits << bits) - 1, found || ARRAY(
                    SELECT DISTINCT position FROM dissent_words
                    WHERE words @@ coalesce(query && piece, piece)
                        AND position - high <= 0 AND position - low >= 0
                    ORDER BY position DESC LIMIT $6)
                FROM (
                    SELECT step, walk.high, found, query, low, CASE WHEN step < 2 THEN 10 ELSE 14 END AS bits,
                        quote_literal(CASE WHEN step < 2 THEN 'block ' || (walk.high >> 10)
                            ELSE 'stretch ' || (walk.high >> 14) END)::tsquery AS piece
                    FROM walk CROSS JOIN asked
                    WHERE cardinality(found) < $6 AND walk.high >= low
                        AND (step = 0 OR clock_timestamp() < statement_timestamp() + $7::bigint * interval '1 millisecond')
                ) here
            )
            SELECT CASE WHEN walk.high >= asked.low THEN walk.high + 1 END AS rest, m.position, m.decision, m.swarm,
                m.summary, m.outcome, m.objected, m.at
            FROM (SELECT * FROM walk ORDER BY step DESC LIMIT 1) walk CROSS JOIN asked
                LEFT JOIN dissent_memo m ON m.position = ANY (walk.found)
            ORDER BY m.position DESC LIMIT $6
            """;

    /** The matches, newest first; each row says where to go on if there was no time to look further. */
    static Uni<List<Row>> search(SqlConnection connection, SearchTransaction.Query query, int most, Duration time) {
        Tuple parameters = Tuple.tuple()
                .addString(query.words())
                .addString(query.keys())
                .addValue(Rows.at(query.from()))
                .addValue(Rows.at(query.to()))
                .addLong(query.before())
                .addInteger(most)
                .addLong(time.toMillis());
        return connection.preparedQuery(SEARCH).execute(parameters).map(rows -> Rows.all(rows, row -> row));
    }

    private SearchTable() {}
}
