package io.infrafabric.bus;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * How often each event of one function was given out from the event log and not finished: the count that Redis keeps
 * for a stream. An event is counted before it is handled, because a process that it kills cannot count it afterwards.
 * From {@link BusConfig.Reader#aloneFrom()} times on, an event goes alone, and to one reader within
 * {@link BusConfig.Reader#claimIdle()}; others go on in the meantime.
 */
final class LogTries {
    private static final String TRIED = "SELECT event, attempts, last_at >= now() - make_interval(secs => $3)"
            + " FROM bus_attempt WHERE function = $1 AND event = ANY($2)";

    /** In the order of the key, so that two readers cannot wait for each other. */
    private static final String BEGIN = """
            INSERT INTO bus_attempt AS a (function, event, attempts, error)
            SELECT $1, event, 1, 'given out from the event log' FROM unnest($2::uuid[]) AS event ORDER BY event
            ON CONFLICT (function, event) DO UPDATE SET attempts = a.attempts + 1, last_at = now()
            WHERE a.attempts < $3 OR a.last_at < now() - make_interval(secs => $4) RETURNING event, attempts""";

    private static final String END = "DELETE FROM bus_attempt WHERE function = $1 AND event = ANY($2)";

    private final Pool pool;
    private final BusConfig.Reader config;
    private final String name;

    LogTries(Pool pool, BusConfig.Reader config, String function) {
        this.pool = pool;
        this.config = config;
        this.name = name(function);
    }

    /** The name under which events are counted: no function's, so that it does not mix with failures of a handler. */
    static String name(String function) {
        return function + " log";
    }

    /** Counts the events that may be given out together now. Gives each one's count, this time included. */
    Future<Map<UUID, Integer>> begin(List<UUID> events) {
        return events.isEmpty()
                ? Future.succeededFuture(Map.of())
                : pool.preparedQuery(TRIED)
                        .execute(Tuple.of(name, events.toArray(UUID[]::new), idle()))
                        .compose(rows -> {
                            Set<UUID> alone = new HashSet<>();
                            Set<UUID> held = new HashSet<>();
                            for (Row row : rows) {
                                if (row.getInteger(1) >= config.aloneFrom()) {
                                    (row.getBoolean(2) ? held : alone).add(row.getUUID(0));
                                }
                            }
                            return count(choose(events, alone, held));
                        });
    }

    /** All events that are not suspect; otherwise the first that was not given out for a while. */
    static List<UUID> choose(List<UUID> events, Set<UUID> alone, Set<UUID> held) {
        List<UUID> together = new ArrayList<>(events);
        together.removeIf(event -> alone.contains(event) || held.contains(event));
        return together.isEmpty()
                ? events.stream().filter(alone::contains).limit(1).toList()
                : together;
    }

    private Future<Map<UUID, Integer>> count(List<UUID> chosen) {
        return chosen.isEmpty()
                ? Future.succeededFuture(Map.of())
                : pool.preparedQuery(BEGIN)
                        .execute(Tuple.of(name, chosen.toArray(UUID[]::new), config.aloneFrom(), idle()))
                        .map(rows -> {
                            Map<UUID, Integer> counts = new HashMap<>();
                            rows.forEach(row -> counts.put(row.getUUID(0), row.getInteger(1)));
                            return counts;
                        });
    }

    /** Deletes the counts of events that were taken in. */
    Future<Void> end(List<UUID> events) {
        return pool.preparedQuery(END)
                .execute(Tuple.of(name, (Object) events.toArray(UUID[]::new)))
                .mapEmpty();
    }

    private double idle() {
        return config.claimIdle().toMillis() / 1000.0;
    }
}
