package io.infrafabric.bulkhead.slot;

import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Models that rest because their provider asked for it. */
final class ModelPauseTable {
    private static final String PAUSE = "INSERT INTO bulkhead_pause AS p (provider, model, until)"
            + " SELECT r.name, t.model, now() + t.millis * interval '1 millisecond'"
            + " FROM bulkhead_provider r, unnest($2::text[], $3::bigint[]) AS t (model, millis) WHERE r.name = $1"
            + " ORDER BY t.model ON CONFLICT (provider, model) DO UPDATE SET until = excluded.until"
            + " WHERE excluded.until > p.until RETURNING p.model, p.until";

    private static final String OF =
            "SELECT model, until FROM bulkhead_pause WHERE provider = $1 AND until > now() ORDER BY model";

    private ModelPauseTable() {}

    /** Has models rest for so long; answers with those that rest longer than before. */
    static Uni<List<LiveFigures.PauseNow>> pause(Work work, String provider, Map<String, Duration> rests) {
        TreeMap<String, Duration> sorted = new TreeMap<>(rests);
        return work.connection()
                .preparedQuery(PAUSE)
                .execute(Tuple.of(
                        provider,
                        sorted.keySet().toArray(String[]::new),
                        Rows.column(sorted.values(), Duration::toMillis, Long[]::new)))
                .map(rows -> Rows.all(rows, ModelPauseTable::pause));
    }

    /** Forgets those that are over. */
    static Uni<Void> clear(SqlClient client) {
        return client.query("DELETE FROM bulkhead_pause WHERE until < now()")
                .execute()
                .replaceWithVoid();
    }

    static Uni<List<LiveFigures.PauseNow>> of(SqlClient client, String provider) {
        return client.preparedQuery(OF).execute(Tuple.of(provider)).map(rows -> Rows.all(rows, ModelPauseTable::pause));
    }

    private static LiveFigures.PauseNow pause(Row row) {
        return new LiveFigures.PauseNow(row.getString("model"), Rows.instant(row, "until"));
    }
}
