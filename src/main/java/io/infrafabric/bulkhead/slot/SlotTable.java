package io.infrafabric.bulkhead.slot;

import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Slots of providers, and which replica has them on lease. Each statement is a transaction of its own. */
final class SlotTable {
    private static final String LEASED = "now() + $2 * interval '1 millisecond'";

    /** All at once, also those whose lease is over, as long as nobody else has taken them. */
    private static final String RENEW = "UPDATE bulkhead_slot s SET until = " + LEASED
            + " FROM unnest($3::text[], $4::int[]) AS own (provider, slot)"
            + " WHERE s.provider = own.provider AND s.slot = own.slot AND s.replica = $1 RETURNING s.provider, s.slot";

    private static final String PROBES =
            "UPDATE bulkhead_breaker SET probe_until = now() + $2 * interval '1 millisecond'"
                    + " WHERE probe = ANY($1::uuid[])";

    private static final String ADD = "INSERT INTO bulkhead_slot (provider, slot)"
            + " SELECT p.name, n FROM bulkhead_provider p, generate_series(0, p.max_concurrent - 1) AS n"
            + " WHERE p.name = $1 ON CONFLICT DO NOTHING";

    private static final String REMOVE = "DELETE FROM bulkhead_slot s USING bulkhead_provider p WHERE p.name = $1"
            + " AND s.provider = p.name AND s.slot >= p.max_concurrent AND (s.replica IS NULL OR s.until < now())";

    /**
     * Takes what nobody has, and only if $5 also what somebody had whose lease is over. Rows that others take, renew or
     * give at this moment are theirs. Half of what is there is taken if $6 says so, for calls to come.
     */
    private static final String TAKE = "WITH taken AS (SELECT s.provider, s.slot FROM bulkhead_slot s"
            + " JOIN bulkhead_provider p ON p.name = s.provider AND s.slot < p.max_concurrent"
            + " WHERE s.provider = $3 AND (s.replica IS NULL OR ($5 AND s.until < now())) ORDER BY s.slot"
            + " LIMIT greatest($4, CASE WHEN $6 THEN (SELECT (count(*) + 1) / 2 FROM bulkhead_slot f"
            + " WHERE f.provider = $3 AND f.replica IS NULL) END) FOR UPDATE OF s SKIP LOCKED)"
            + " UPDATE bulkhead_slot s SET replica = $1, until = " + LEASED
            + " FROM taken WHERE s.provider = taken.provider AND s.slot = taken.slot RETURNING s.slot";

    /** Those that nobody gets have no lease. */
    private static final String PASS = "UPDATE bulkhead_slot s SET replica = g.replica,"
            + " until = CASE WHEN g.replica IS NOT NULL THEN " + LEASED + " END"
            + " FROM unnest($4::int[], $5::text[]) AS g (slot, replica)"
            + " WHERE s.provider = $3 AND s.slot = g.slot AND s.replica = $1";

    /** What they wanted is less by what they get, so that nobody else gives it, too. */
    private static final String LESS = "UPDATE bulkhead_replica r SET wants = greatest(0, r.wants - g.count)"
            + " FROM (SELECT replica, count(*) AS count FROM unnest($2::text[]) AS replica GROUP BY replica) g"
            + " WHERE r.provider = $1 AND r.replica = g.replica";

    private static final String LEAVE = "UPDATE bulkhead_slot SET replica = NULL, until = NULL WHERE replica = $1";

    private static final String HELD = "SELECT replica, count(*) AS held FROM bulkhead_slot"
            + " WHERE provider = $1 AND until > now() GROUP BY replica ORDER BY replica";

    private static final String LOCK = "SELECT FROM bulkhead_slot WHERE provider = $1 ORDER BY slot FOR UPDATE";

    private SlotTable() {}

    /** Renews leases; answers with those slots that were still this replica's, by provider. */
    static Uni<Map<String, List<Integer>>> renew(
            SqlClient client, String replica, Duration lease, Map<String, List<Integer>> held) {
        List<String> providers = new ArrayList<>();
        List<Integer> slots = new ArrayList<>();
        held.forEach((provider, own) -> own.forEach(slot -> {
            providers.add(provider);
            slots.add(slot);
        }));
        return client.preparedQuery(RENEW)
                .execute(Tuple.of(
                        replica, lease.toMillis(), providers.toArray(String[]::new), slots.toArray(Integer[]::new)))
                .map(rows -> {
                    Map<String, List<Integer>> renewed = new HashMap<>();
                    rows.forEach(row -> renewed.computeIfAbsent(row.getString("provider"), _ -> new ArrayList<>())
                            .add(row.getInteger("slot")));
                    return renewed;
                });
    }

    /** The leases of these probes go on. */
    static Uni<Void> renewProbes(SqlClient client, List<java.util.UUID> probes, Duration lease) {
        return client.preparedQuery(PROBES)
                .execute(Tuple.of(probes.toArray(java.util.UUID[]::new), lease.toMillis()))
                .replaceWithVoid();
    }

    /** Makes as many rows as the provider may have calls. Those beyond go when nobody has them. */
    static Uni<Void> fit(SqlClient client, String provider) {
        return client.preparedQuery(ADD)
                .execute(Tuple.of(provider))
                .chain(() -> client.preparedQuery(REMOVE).execute(Tuple.of(provider)))
                .replaceWithVoid();
    }

    /** Takes up to {@code most} slots, or half of those that are free if {@code more} says so. */
    static Uni<List<Integer>> take(
            SqlClient client, String replica, Duration lease, String provider, int most, boolean lapsed, boolean more) {
        return client.preparedQuery(TAKE)
                .execute(Tuple.of(replica, lease.toMillis(), provider, (long) most, lapsed, more))
                .map(rows -> Rows.all(rows, row -> row.getInteger("slot")));
    }

    /** Gives slots to other replicas, or to nobody ({@code null}). */
    static Uni<Void> pass(
            SqlClient client, String replica, Duration lease, String provider, List<Integer> slots, List<String> to) {
        String[] replicas = to.toArray(String[]::new);
        return client.preparedQuery(PASS)
                .execute(Tuple.of(replica, lease.toMillis(), provider, slots.toArray(Integer[]::new), replicas))
                .chain(() -> client.preparedQuery(LESS).execute(Tuple.of(provider, (Object) replicas)))
                .replaceWithVoid();
    }

    /** Gives all back. */
    static Uni<Void> leave(SqlClient client, String replica) {
        return client.preparedQuery(LEAVE).execute(Tuple.of(replica)).replaceWithVoid();
    }

    /** How many slots each replica has, by its name. */
    static Uni<List<LiveFigures.HeldSlots>> held(SqlClient client, String provider) {
        return client.preparedQuery(HELD)
                .execute(Tuple.of(provider))
                .map(rows -> Rows.all(
                        rows,
                        row -> new LiveFigures.HeldSlots(
                                row.getString("replica"), Math.toIntExact(row.getLong("held")))));
    }

    /** Until the end of the transaction, nobody takes, gives or renews a slot of this provider. */
    static Uni<Void> lock(Work work, String provider) {
        return work.connection().preparedQuery(LOCK).execute(Tuple.of(provider)).replaceWithVoid();
    }
}
