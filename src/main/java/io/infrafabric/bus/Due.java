package io.infrafabric.bus;

import io.infrafabric.event.BusEvent;
import io.infrafabric.event.Trace;
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
 * A deadline is a row, not a timer: one for each entity of a function. When its time comes, the sweep deletes
 * the row and emits {@link io.infrafabric.event.BusEvent.CameDue} to that function, in one transaction.
 *
 * <p>After a gap in which nothing ran, due rows move by its length, because nobody could meet a deadline during the gap.
 * An entity that begins with {@value #CALENDAR} is due at a time of the calendar, and stays where it is.
 */
@Singleton
public final class Due {
    /** The first character of an entity whose time does not move after a gap. */
    public static final String CALENDAR = "@";

    private static final String REPLACE = " ON CONFLICT (function, entity) DO UPDATE SET at = excluded.at";

    /** In the order of the key, so that two transactions cannot wait for each other. */
    private static final String AT =
            at("unnest($2::text[], $3::timestamptz[]) AS due (entity, at) ORDER BY entity", "$1", "entity", "at");

    /** In the order of the key too, because that is how PostgreSQL scans an index for a list. */
    private static final String FORGET = "DELETE FROM bus_due WHERE function = $1 AND entity = ANY($2::text[])";

    /**
     * SQL, for use inside another statement too: does the same as {@link #at(SqlConnection, String, Map)} for each row
     * of {@code from}; several rows must come in the order of the key.
     *
     * @param function SQL over columns of {@code from}, like the parameters after it
     */
    public static String at(String from, String function, String entity, String at) {
        return "INSERT INTO bus_due (function, entity, at) SELECT " + function + ", " + entity + ", " + at + " FROM "
                + from + REPLACE;
    }

    /** Schedules calls of {@code function} at these times. Each replaces an earlier one for the same entity. */
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

    /**
     * Calls {@code function} right after the commit, without a row: what a transaction leaves for the next one. Several
     * such calls for one entity are all delivered.
     */
    public static void now(Work work, String function, String entity) {
        work.emit(new BusEvent.CameDue(function, entity, work.time()), Trace.NONE);
    }

    /** Cancels the calls for these entities. Calls that came due in the meantime are still delivered. */
    public Uni<Void> forget(SqlConnection c, String function, Collection<String> entities) {
        if (entities.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        return c.preparedQuery(FORGET)
                .execute(Tuple.of(function, (Object) entities.toArray(String[]::new)))
                .replaceWithVoid();
    }
}
