package io.infrafabric.bus;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/**
 * Whatever is due later is a row, not a timer: one for each entity of a function. When its time has come the sweep
 * deletes it and emits {@link io.infrafabric.event.BusEvent.CameDue} to that function, in one transaction.
 */
@Singleton
public final class Due {
    private static final String REPLACE = " ON CONFLICT (function, entity) DO UPDATE SET at = excluded.at";

    /** In the order of the key, so that two transactions cannot wait for each other. */
    private static final String AT =
            at("unnest($2::text[], $3::timestamptz[]) AS due (entity, at) ORDER BY entity", "$1", "entity", "at");

    /** In the order of the key too: that is how an index is scanned for a list. */
    private static final String FORGET = "DELETE FROM bus_due WHERE function = $1 AND entity = ANY($2::text[])";

    /**
     * SQL, also as a part of another statement: does the same as {@link #at(SqlConnection, String, Map)} for each row of
     * {@code from}; for several they have to be in the order of the key.
     *
     * @param function SQL, as is what follows: of columns of {@code from}
     */
    public static String at(String from, String function, String entity, String at) {
        return "INSERT INTO bus_due (function, entity, at) SELECT " + function + ", " + entity + ", " + at + " FROM "
                + from + REPLACE;
    }

    /** Has {@code function} called at these times, each replacing what was asked for the same entity before. */
    public Uni<Void> at(SqlConnection c, String function, Map<String, Instant> entities) {
        if (entities.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        TreeMap<String, Instant> sorted = new TreeMap<>(entities);
        String[] names = sorted.keySet().toArray(String[]::new);
        OffsetDateTime[] times =
                sorted.values().stream().map(at -> at.atOffset(ZoneOffset.UTC)).toArray(OffsetDateTime[]::new);
        return c.preparedQuery(AT).execute(Tuple.of(function, names, times)).replaceWithVoid();
    }

    /** Forgets what was asked for these entities; those that came due meanwhile are told nevertheless. */
    public Uni<Void> forget(SqlConnection c, String function, Collection<String> entities) {
        if (entities.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        return c.preparedQuery(FORGET)
                .execute(Tuple.of(function, (Object) entities.toArray(String[]::new)))
                .replaceWithVoid();
    }
}
