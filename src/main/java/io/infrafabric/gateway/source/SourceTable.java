package io.infrafabric.gateway.source;

import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The table of sources. */
final class SourceTable {
    private static final String FIND = "SELECT * FROM gateway_source WHERE name = $1";

    private static final String FIND_ALL =
            "SELECT n.now, s.* FROM (SELECT now() AS now) n" + " LEFT JOIN gateway_source s ON s.name = ANY($1)";

    private static final String PAGE = "SELECT * FROM gateway_source WHERE name > $1 ORDER BY name LIMIT $2";

    private static final String PAGE_OF_SWARM =
            "SELECT * FROM gateway_source WHERE name > $1 AND swarm = $3 ORDER BY name LIMIT $2";

    private static final String PUT = """
            INSERT INTO gateway_source (name, kind, swarm, secrets, public_keys, tolerance, rules, api_token, version,
                                        changed_by, changed_at)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now()
             WHERE $9 > 1 OR (SELECT count(*) FROM gateway_source) < $11
            ON CONFLICT (name) DO UPDATE
               SET swarm = excluded.swarm, secrets = excluded.secrets, public_keys = excluded.public_keys,
                   tolerance = excluded.tolerance, rules = excluded.rules, api_token = excluded.api_token,
                   version = excluded.version, changed_by = excluded.changed_by, changed_at = excluded.changed_at
             WHERE gateway_source.version = excluded.version - 1
            RETURNING *
            """;

    private SourceTable() {}

    /** The source; {@code null} if there is none. */
    static Uni<Source> find(SqlClient client, String name) {
        return one(client, FIND, name);
    }

    /** Sources by name, and the database's time. */
    record Found(Map<String, Source> sources, Instant now) {}

    /** Those of these sources that exist. */
    static Uni<Found> findAll(SqlClient client, Set<String> names) {
        return client.preparedQuery(FIND_ALL)
                .execute(Tuple.of(names.toArray(String[]::new)))
                .map(rows -> {
                    Map<String, Source> sources = new HashMap<>();
                    Instant now = null;
                    for (Row row : rows) {
                        now = Rows.instant(row, "now");
                        if (row.getString("name") != null) {
                            sources.put(row.getString("name"), source(row));
                        }
                    }
                    return new Found(sources, now);
                });
    }

    /** Locks the source; {@code null} if there is none, or another transaction has it. */
    static Uni<Source> lockUnlessBusy(Work work, String name) {
        return one(work.connection(), FIND + " FOR NO KEY UPDATE SKIP LOCKED", name);
    }

    private static Uni<Source> one(SqlClient client, String sql, String name) {
        return client.preparedQuery(sql)
                .execute(Tuple.of(name))
                .map(rows -> rows.size() == 0 ? null : source(rows.iterator().next()));
    }

    /** One page by name; of one swarm, unless that is {@code null}. */
    static Uni<List<Source>> page(SqlClient client, String swarm, String after, int limit) {
        Tuple bounds = Tuple.of(after, limit);
        return client.preparedQuery(swarm == null ? PAGE : PAGE_OF_SWARM)
                .execute(swarm == null ? bounds : bounds.addString(swarm))
                .map(rows -> Rows.all(rows, SourceTable::source));
    }

    /** Writes the source; {@code null} if it was changed in between, or if there are too many. */
    static Uni<Source> put(SqlClient client, Source one, int most) {
        return client.preparedQuery(PUT)
                .execute(Tuple.tuple()
                        .addString(one.name())
                        .addString(one.kind().name())
                        .addString(one.swarm())
                        .addArrayOfString(one.secrets().toArray(String[]::new))
                        .addArrayOfString(one.publicKeys().toArray(String[]::new))
                        .addLong(
                                one.tolerance() == null ? null : one.tolerance().toSeconds())
                        .addString(one.rules())
                        .addString(one.apiToken())
                        .addLong(one.version())
                        .addString(one.changedBy())
                        .addInteger(most))
                .map(rows -> rows.size() == 0 ? null : source(rows.iterator().next()));
    }

    /** Removes the source; whether there was one. What waits of it is dead. */
    static Uni<Boolean> remove(SqlClient client, String name) {
        return client.preparedQuery("""
                        WITH gone AS (DELETE FROM gateway_source WHERE name = $1 RETURNING name),
                        dead AS (UPDATE gateway_delivery d SET state = 'DEAD', why = 'The source was deleted.', handled_at = now()
                                   FROM gone WHERE d.source = gone.name AND d.state = 'PENDING')
                        SELECT name FROM gone""").execute(Tuple.of(name)).map(rows -> rows.size() > 0);
    }

    private static Source source(Row row) {
        Long tolerance = row.getLong("tolerance");
        return new Source(
                row.getString("name"),
                SourceKind.valueOf(row.getString("kind")),
                row.getString("swarm"),
                List.of(row.getArrayOfStrings("secrets")),
                List.of(row.getArrayOfStrings("public_keys")),
                tolerance == null ? null : Duration.ofSeconds(tolerance),
                row.getString("rules"),
                row.getString("api_token"),
                row.getLong("version"),
                row.getString("changed_by"),
                Rows.instant(row, "changed_at"));
    }
}
