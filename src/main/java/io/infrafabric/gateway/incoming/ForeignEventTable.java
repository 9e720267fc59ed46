package io.infrafabric.gateway.incoming;

import io.infrafabric.bus.Rows;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** The table of events from outside that were taken in. Works on the given connection. */
final class ForeignEventTable {
    /** In the order of the key, so that two transactions cannot wait for each other. */
    private static final String TAKE = "INSERT INTO gateway_foreign_event (key, event, effect)"
            + " SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[]) AS t (key, event, effect) ORDER BY key"
            + " ON CONFLICT (key) DO NOTHING RETURNING key";

    private static final String FIND = "SELECT key, event, effect FROM gateway_foreign_event WHERE key = ANY ($1)";
    private static final String FORGET =
            "DELETE FROM gateway_foreign_event WHERE key IN (SELECT key FROM gateway_foreign_event"
                    + " WHERE at < now() - make_interval(secs => $1) ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED)";
    private static final int FORGOTTEN = 10_000;

    private ForeignEventTable() {}

    /** What is kept of an event: our event's id, and where its effect can be found. */
    record Kept(String key, UUID event, String effect) {}

    /** Takes in those that nobody has taken in, and gives their keys; waits for somebody who is about to. */
    static Uni<Set<String>> take(SqlConnection connection, List<Kept> events) {
        return connection
                .preparedQuery(TAKE)
                .execute(Tuple.of(
                        Rows.column(events, Kept::key, String[]::new),
                        Rows.column(events, Kept::event, UUID[]::new),
                        Rows.column(events, Kept::effect, String[]::new)))
                .map(rows -> Set.copyOf(Rows.all(rows, row -> row.getString(0))));
    }

    /** What was kept under these keys. */
    static Uni<Map<String, Kept>> find(SqlConnection connection, Set<String> keys) {
        return connection
                .preparedQuery(FIND)
                .execute(Tuple.of((Object) keys.toArray(String[]::new)))
                .map(rows ->
                        Rows.all(rows, row -> new Kept(row.getString(0), row.getUUID(1), row.getString(2))).stream()
                                .collect(Collectors.toMap(Kept::key, kept -> kept)));
    }

    /** Forgets some that are older. */
    static Uni<Void> forget(SqlClient client, Duration age) {
        return client.preparedQuery(FORGET)
                .execute(Tuple.of((double) age.toSeconds(), FORGOTTEN))
                .replaceWithVoid();
    }
}
