package io.infrafabric.bulkhead.payment;

import io.infrafabric.bus.Regularly;
import io.infrafabric.bus.Rows;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;

/** The day partitions of calls: made in advance, and dropped when they are old. A day is a UTC day, by the database's clock. */
@ApplicationScoped
class CallDays {
    private static final Duration LOOK = Duration.ofMinutes(1);
    private static final int AHEAD = 3;

    private static final String MAKE =
            "SELECT bulkhead_make_day(d.day) FROM (SELECT (now() AT TIME ZONE 'UTC')::date + ahead AS day"
                    + " FROM generate_series(-1, $1::int) AS ahead) d WHERE d.day NOT IN (SELECT day FROM bulkhead_day) ORDER BY d.day";
    private static final String OLD =
            "SELECT day FROM bulkhead_day WHERE day < (now() AT TIME ZONE 'UTC')::date - $1::int ORDER BY day";

    /** Making and dropping partitions locks the whole table: better later than queued behind a long transaction. */
    private static final String DO_NOT_WAIT = "SET LOCAL lock_timeout = '2s'";

    private final Pool pool;
    private final PaymentConfig config;

    CallDays(Pool pool, PaymentConfig config) {
        this.pool = pool;
        this.config = config;
    }

    void keep(@Observes StartupEvent started, Regularly regularly) {
        regularly.every(LOOK, "Making and dropping days of calls", this::look);
    }

    Uni<Void> look() {
        return pool.withTransaction(connection -> connection
                        .query(DO_NOT_WAIT)
                        .execute()
                        .chain(() -> connection.preparedQuery(MAKE).execute(Tuple.of(AHEAD)))
                        .replaceWithVoid())
                .chain(() -> pool.preparedQuery(OLD).execute(Tuple.of(config.callDays())))
                .chain(rows -> drop(Rows.all(rows, row -> row.getLocalDate("day"))));
    }

    private Uni<Void> drop(List<LocalDate> days) {
        return Multi.createFrom()
                .iterable(days)
                .onItem()
                .transformToUniAndConcatenate(day -> pool.withTransaction(connection -> connection
                        .query(DO_NOT_WAIT)
                        .execute()
                        .chain(() -> connection
                                .preparedQuery("SELECT bulkhead_drop_day($1)")
                                .execute(Tuple.of(day)))))
                .collect()
                .last()
                .replaceWithVoid();
    }
}
