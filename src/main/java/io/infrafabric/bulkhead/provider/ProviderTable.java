package io.infrafabric.bulkhead.provider;

import io.infrafabric.bulkhead.provider.Provider.Auth;
import io.infrafabric.bulkhead.provider.Provider.BreakerLimits;
import io.infrafabric.bulkhead.provider.Provider.Timeouts;
import io.infrafabric.bulkhead.provider.Provider.UnknownModel;
import io.infrafabric.bulkhead.provider.Provider.WhenClientLeaves;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/** The table of providers. */
public final class ProviderTable {
    private static final String FIND = "SELECT * FROM bulkhead_provider WHERE name = $1";

    private static final String PAGE = "SELECT * FROM bulkhead_provider WHERE name > $1 ORDER BY name LIMIT $2";

    private static final String NAMES = "SELECT name FROM bulkhead_provider ORDER BY name LIMIT $1";

    private static final String PUT =
            "INSERT INTO bulkhead_provider (name, base_url, dialect, max_concurrent, max_queued,"
                    + " queue_millis, connect_millis, first_byte_millis, idle_millis, total_millis, breaker_window_millis,"
                    + " breaker_min_calls, breaker_failure_rate, breaker_open_millis, auth_key, auth_header, auth_scheme,"
                    + " when_client_leaves, unknown_model, inject_usage, paths, version, created_at, changed_at, changed_by)"
                    + " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,"
                    + " $23, $24, $25) ON CONFLICT (name) DO UPDATE SET base_url = excluded.base_url, dialect = excluded.dialect,"
                    + " max_concurrent = excluded.max_concurrent, max_queued = excluded.max_queued,"
                    + " queue_millis = excluded.queue_millis, connect_millis = excluded.connect_millis,"
                    + " first_byte_millis = excluded.first_byte_millis, idle_millis = excluded.idle_millis,"
                    + " total_millis = excluded.total_millis, breaker_window_millis = excluded.breaker_window_millis,"
                    + " breaker_min_calls = excluded.breaker_min_calls, breaker_failure_rate = excluded.breaker_failure_rate,"
                    + " breaker_open_millis = excluded.breaker_open_millis, auth_key = excluded.auth_key,"
                    + " auth_header = excluded.auth_header, auth_scheme = excluded.auth_scheme,"
                    + " when_client_leaves = excluded.when_client_leaves, unknown_model = excluded.unknown_model,"
                    + " inject_usage = excluded.inject_usage, paths = excluded.paths, version = excluded.version,"
                    + " changed_at = excluded.changed_at, changed_by = excluded.changed_by";

    private ProviderTable() {}

    /** The proof that nobody else makes a provider until the transaction has ended. Only the lock makes it. */
    static final class Turn {
        private Turn() {}
    }

    /** Waits until nobody else makes or changes one, and keeps others waiting until the transaction has ended. */
    static Lock<Locks.Turns, Turn> inTurn(Work work) {
        return Lock.inTurn(work, "bulkhead_provider", Turn::new);
    }

    /** Locks the provider; {@code null} if there is none. */
    public static Lock<Locks.Turns, Provider> lock(Work work, String name) {
        return Lock.of(one(work.connection(), FIND + " FOR UPDATE", name));
    }

    /** The provider; {@code null} if there is none. */
    public static Uni<Provider> find(SqlClient client, String name) {
        return one(client, FIND, name);
    }

    private static Uni<Provider> one(SqlClient client, String sql, String name) {
        return client.preparedQuery(sql)
                .execute(Tuple.of(name))
                .map(rows -> rows.size() == 0 ? null : provider(rows.iterator().next()));
    }

    static Uni<Long> count(Work work) {
        return work.connection()
                .query("SELECT count(*) FROM bulkhead_provider")
                .execute()
                .map(rows -> rows.iterator().next().getLong(0));
    }

    /** The first names, in order. */
    static Uni<List<String>> names(SqlClient client, int most) {
        return client.preparedQuery(NAMES).execute(Tuple.of(most)).map(rows -> Rows.all(rows, row -> row.getString(0)));
    }

    /** One page by name. */
    static Uni<List<Provider>> page(SqlClient client, String after, int limit) {
        return client.preparedQuery(PAGE)
                .execute(Tuple.of(after, limit))
                .map(rows -> Rows.all(rows, ProviderTable::provider));
    }

    /** Adds the provider, or writes it over the one of that name. */
    static Uni<Void> put(Work work, Turn turn, Provider one) {
        Auth auth = one.auth() == null ? new Auth(null, null, null) : one.auth();
        return work.connection()
                .preparedQuery(PUT)
                .execute(Tuple.from(new Object[] {
                    one.name(),
                    one.baseUrl().toString(),
                    one.dialect().name(),
                    one.maxConcurrent(),
                    one.maxQueued(),
                    one.queueFor().toMillis(),
                    one.timeouts().connect().toMillis(),
                    one.timeouts().firstByte().toMillis(),
                    one.timeouts().idle().toMillis(),
                    one.timeouts().total().toMillis(),
                    one.breaker().window().toMillis(),
                    one.breaker().minCalls(),
                    one.breaker().failureRate(),
                    one.breaker().openFor().toMillis(),
                    auth.key(),
                    auth.header(),
                    auth.scheme(),
                    one.whenClientLeaves().name(),
                    one.unknownModel().name(),
                    one.injectUsage(),
                    one.paths().toArray(String[]::new),
                    one.version(),
                    Rows.at(one.createdAt()),
                    Rows.at(one.changedAt()),
                    one.changedBy()
                }))
                .replaceWithVoid();
    }

    /** Removes a provider that is under lock. */
    static Uni<Void> remove(Work work, Turn turn, String name) {
        return work.connection()
                .preparedQuery("DELETE FROM bulkhead_provider WHERE name = $1")
                .execute(Tuple.of(name))
                .map(RowSet::rowCount)
                .replaceWithVoid();
    }

    private static Provider provider(Row row) {
        String key = row.getString("auth_key");
        return new Provider(
                row.getString("name"),
                URI.create(row.getString("base_url")),
                Dialect.valueOf(row.getString("dialect")),
                row.getInteger("max_concurrent"),
                row.getInteger("max_queued"),
                millis(row, "queue_millis"),
                new Timeouts(
                        millis(row, "connect_millis"),
                        millis(row, "first_byte_millis"),
                        millis(row, "idle_millis"),
                        millis(row, "total_millis")),
                new BreakerLimits(
                        millis(row, "breaker_window_millis"),
                        row.getInteger("breaker_min_calls"),
                        row.getDouble("breaker_failure_rate"),
                        millis(row, "breaker_open_millis")),
                key == null ? null : new Auth(key, row.getString("auth_header"), row.getString("auth_scheme")),
                WhenClientLeaves.valueOf(row.getString("when_client_leaves")),
                UnknownModel.valueOf(row.getString("unknown_model")),
                row.getBoolean("inject_usage"),
                List.of(row.getArrayOfStrings("paths")),
                row.getLong("version"),
                Rows.instant(row, "created_at"),
                Rows.instant(row, "changed_at"),
                row.getString("changed_by"));
    }

    private static Duration millis(Row row, String column) {
        return Duration.ofMillis(row.getLong(column));
    }
}
