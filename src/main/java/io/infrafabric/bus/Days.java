package io.infrafabric.bus;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.jboss.logging.Logger;

/**
 * The day partitions of event log and inbox: made in advance, and dropped when they are older than the retention and
 * every active subscriber has taken in or set aside all of their events. A day is a UTC day, by the database's clock.
 */
@Singleton
final class Days {
    private static final Logger LOG = Logger.getLogger(Days.class);

    private final Pool pool;
    private final DayPartitions partitions;
    private final EventIds ids;
    private final BusConfig config;
    private volatile LocalDate madeOn;

    @Inject
    Days(Pool pool, EventIds ids, BusConfig config) {
        this.pool = pool;
        this.partitions = new DayPartitions(pool, "bus");
        this.ids = ids;
        this.config = config;
    }

    /**
     * Makes the partitions from yesterday (for a process whose clock is behind) up to
     * {@link BusConfig.Sweep#daysAhead()}.
     */
    Future<Void> make() {
        return partitions.make(config.sweep().daysAhead());
    }

    /** Makes them when the day has changed since this process last did, as after a laptop was closed for a week. */
    Future<Void> makeIfNew() {
        LocalDate today = LocalDate.ofInstant(ids.clock().instant(), ZoneOffset.UTC);
        return today.equals(madeOn) ? Future.succeededFuture() : make().onSuccess(made -> madeOn = today);
    }

    /** Drops days that are old enough and complete, and what only served to keep their events out. */
    Future<Void> drop() {
        return partitions
                .olderThan(config.retentionDays())
                .compose(days -> {
                    Future<Boolean> dropped = Future.succeededFuture(false);
                    for (LocalDate day : days) {
                        dropped = dropped.compose(any -> drop(day).map(now -> any || now));
                    }
                    return dropped;
                })
                .compose(any -> any ? purge() : Future.succeededFuture());
    }

    private Future<Boolean> drop(LocalDate day) {
        return partitions
                .drop(day)
                .map(row -> row.getBoolean(0))
                .onSuccess(dropped -> LOG.infof(
                        dropped
                                ? "Dropped the event log of %s"
                                : "Keeping the event log of %s: some events are not " + "taken in yet",
                        day));
    }

    /** Once a day is enough for these, because it takes a scan of the whole table to find them. */
    private Future<Void> purge() {
        return pool.preparedQuery("DELETE FROM bus_seen WHERE at < now() - make_interval(days => $1)")
                .execute(Tuple.of(config.seenRetentionDays()))
                .compose(seen -> pool.preparedQuery(
                                "DELETE FROM bus_attempt WHERE last_at < now() - make_interval(days => $1)")
                        .execute(Tuple.of(config.seenRetentionDays())))
                .mapEmpty();
    }
}
