package io.infrafabric.bulkhead.slot;

import io.infrafabric.bulkhead.slot.SlotLeases.Lease;
import io.infrafabric.bulkhead.slot.SlotShare.Hungry;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads all that a gate must know, for several providers in one statement. */
final class GateTable {
    /** A wish for slots that is older than this was not renewed: the replica is gone, or has enough. */
    static final Duration WISH = Duration.ofSeconds(3);

    private static final String LOOK = "SELECT p.name, p.max_concurrent, b.version, b.open, b.reason,"
            + millis("b.open_until") + " AS open_left, b.probe_until > now() AS probing, s.*, h.*, q.*"
            + " FROM bulkhead_provider p LEFT JOIN bulkhead_breaker b ON b.provider = p.name"
            + " CROSS JOIN LATERAL (SELECT count(*) AS rows, count(DISTINCT replica)"
            + " FILTER (WHERE replica <> $1 AND until > now()) AS holders,"
            + " array_agg(slot ORDER BY slot) FILTER (WHERE replica = $1) AS own,"
            + " array_agg(" + millis("until") + " ORDER BY slot) FILTER (WHERE replica = $1) AS own_left"
            + " FROM bulkhead_slot WHERE provider = p.name) s"
            + " CROSS JOIN LATERAL (SELECT array_agg(r.replica ORDER BY r.replica) AS hungry,"
            + " array_agg(r.wants ORDER BY r.replica) AS wants,"
            + " array_agg(-" + millis("r.wanted_since") + " ORDER BY r.replica) AS waited,"
            + " array_agg((SELECT count(*) FROM bulkhead_slot o WHERE o.provider = p.name AND o.replica = r.replica)"
            + " ORDER BY r.replica) AS holds FROM bulkhead_replica r WHERE r.provider = p.name AND r.replica <> $1"
            + " AND r.wants > 0 AND r.seen_at > now() - interval '" + WISH.toSeconds() + " seconds') h"
            + " CROSS JOIN LATERAL (SELECT array_agg(model ORDER BY model) AS models,"
            + " array_agg(" + millis("until") + " ORDER BY model) AS rests"
            + " FROM bulkhead_pause WHERE provider = p.name AND until > now()) q"
            + " WHERE p.name = ANY($2::text[])";

    private GateTable() {}

    private static String millis(String until) {
        return "(extract(epoch FROM " + until + " - now()) * 1000)::bigint";
    }

    /** What the database says about these providers, by name; one that was deleted is missing. */
    static Uni<Map<String, GateSeen>> look(SqlClient client, String replica, Collection<String> providers) {
        return client.preparedQuery(LOOK)
                .execute(Tuple.of(replica, providers.toArray(String[]::new)))
                .map(rows -> {
                    Map<String, GateSeen> seen = new HashMap<>();
                    rows.forEach(row -> seen.put(row.getString("name"), seen(row)));
                    return seen;
                });
    }

    private static GateSeen seen(Row row) {
        return new GateSeen(
                row.getInteger("max_concurrent"),
                Math.toIntExact(row.getLong("rows")),
                Math.toIntExact(row.getLong("holders")),
                leases(row.getArrayOfIntegers("own"), row.getArrayOfLongs("own_left")),
                breaker(row),
                hungry(row),
                pauses(row.getArrayOfStrings("models"), row.getArrayOfLongs("rests")));
    }

    private static ProviderBreaker.Seen breaker(Row row) {
        Long left = row.getLong("open_left");
        return row.getLong("version") == null
                ? ProviderBreaker.Seen.CLOSED
                : new ProviderBreaker.Seen(
                        row.getLong("version"),
                        row.getBoolean("open"),
                        row.getString("reason"),
                        left == null ? null : Duration.ofMillis(left),
                        Boolean.TRUE.equals(row.getBoolean("probing")));
    }

    private static List<Lease> leases(Integer[] slots, Long[] lefts) {
        List<Lease> leases = new ArrayList<>();
        for (int i = 0; slots != null && i < slots.length; i++) {
            leases.add(new Lease(slots[i], Duration.ofMillis(lefts[i])));
        }
        return leases;
    }

    private static List<Hungry> hungry(Row row) {
        String[] replicas = row.getArrayOfStrings("hungry");
        List<Hungry> hungry = new ArrayList<>();
        for (int i = 0; replicas != null && i < replicas.length; i++) {
            hungry.add(new Hungry(
                    replicas[i],
                    row.getArrayOfIntegers("wants")[i],
                    Math.toIntExact(row.getArrayOfLongs("holds")[i]),
                    Duration.ofMillis(row.getArrayOfLongs("waited")[i])));
        }
        return hungry;
    }

    private static Map<String, Duration> pauses(String[] models, Long[] lefts) {
        Map<String, Duration> pauses = new HashMap<>();
        for (int i = 0; models != null && i < models.length; i++) {
            pauses.put(models[i], Duration.ofMillis(lefts[i]));
        }
        return pauses;
    }
}
