package io.infrafabric.bus;

import io.quarkus.runtime.Quarkus;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.ScheduledExecution;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.core.Vertx;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jboss.logging.Logger;

/**
 * Whether the tables of this build exist. The all-in-one makes them when it starts, before anything else runs. A build
 * of one function carries no migrations: it starts, reports that it is not ready, and reads no channel until somebody
 * has applied them. It looks again every {@link WatchConfig#schemaLook()}, and gives up (the process ends) after
 * {@link WatchConfig#schemaWait()}, so that its operator notices.
 */
@Singleton
public class Schema {
    private static final Logger LOG = Logger.getLogger(Schema.class);
    private static final Duration REMIND = Duration.ofMinutes(1);

    /** The migrations of this release: a test compares them with the files. */
    static final List<String> MIGRATIONS = List.of(
            "001", "002", "003", "005", "006", "050", "051", "055", "056", "061", "100", "101", "110", "111", "120",
            "125", "127", "130", "140", "141", "142", "143", "144", "145", "146", "147", "149", "150", "151", "152",
            "153", "155", "160", "161", "200", "201", "210", "211", "220", "221", "222", "225", "226", "227", "228",
            "229", "250", "251", "252", "260", "263", "270", "274", "300", "311", "350", "400", "411", "450", "451",
            "452", "453", "460", "461", "500", "501", "511", "550", "551", "552", "561", "562", "600", "610", "650",
            "660", "670", "710", "720", "730", "732");

    private static final String HISTORY = "SELECT to_regclass('flyway_schema_history') IS NOT NULL";
    private static final String APPLIED =
            "SELECT count(DISTINCT version) FROM flyway_schema_history WHERE success AND version = ANY($1::text[])";

    private final Vertx vertx;
    private final Pool pool;
    private final WatchConfig config;
    private final CompletableFuture<Void> there = new CompletableFuture<>();
    private boolean looking;

    @Inject
    Schema(Vertx vertx, Pool pool, WatchConfig config) {
        this.vertx = vertx;
        this.pool = pool;
        this.config = config;
    }

    /** Whether the schema is known to be there. It never goes away again. */
    public boolean isThere() {
        return there.isDone();
    }

    /**
     * Whether the schema is there now. Asks the database each time, and fails if it does not answer within
     * {@link WatchConfig#probeTimeout()}.
     */
    public Uni<Boolean> look() {
        return pool.query(HISTORY)
                .execute()
                .chain(rows -> {
                    boolean history = rows.iterator().next().getBoolean(0);
                    return isThere() || !history ? Uni.createFrom().item(history) : applied();
                })
                .ifNoItem()
                .after(config.probeTimeout())
                .fail()
                .invoke(now -> {
                    if (now) {
                        there.complete(null);
                    }
                });
    }

    /** Succeeds when the schema is there; never fails. The first caller starts the search. */
    public Uni<Void> whenThere() {
        boolean first;
        synchronized (this) {
            first = !looking;
            looking = true;
        }
        if (first) {
            lookAgain(System.nanoTime(), Duration.ZERO);
        }
        // A waiter that gives up must not cancel it for the others.
        return Uni.createFrom().emitter(caller -> {
            var told = there.thenAccept(caller::complete);
            caller.onTermination(() -> told.cancel(false));
        });
    }

    private Uni<Boolean> applied() {
        return pool.preparedQuery(APPLIED)
                .execute(Tuple.of((Object) MIGRATIONS.toArray(String[]::new)))
                .map(rows -> rows.iterator().next().getLong(0) == MIGRATIONS.size());
    }

    private void lookAgain(long since, Duration told) {
        look().onFailure().recoverWithItem(false).subscribe().with(now -> {
            Duration waited = Duration.ofNanos(System.nanoTime() - since);
            if (now) {
                if (!told.isZero()) {
                    LOG.infof("The schema is there, after %d s", waited.toSeconds());
                }
                return;
            }
            if (waited.compareTo(config.schemaWait()) > 0) {
                LOG.errorf("The schema is still missing after %s: giving up", config.schemaWait());
                Quarkus.asyncExit(1);
                return;
            }
            // Not at the first look: that may have come before the database answered.
            boolean tell = told.isZero()
                    ? waited.compareTo(config.schemaLook()) >= 0
                    : waited.minus(told).compareTo(REMIND) > 0;
            if (tell) {
                LOG.warnf(
                        "Not ready: waiting for the schema (migrations %s). Apply them with the all-in-one:"
                                + " java -jar quarkus-run.jar migrate. Looking every %d ms, for %d s at most",
                        MIGRATIONS,
                        config.schemaLook().toMillis(),
                        config.schemaWait().toSeconds());
            }
            Duration toldNow = tell ? waited.plusNanos(1) : told;
            vertx.setTimer(Math.max(1, config.schemaLook().toMillis()), timer -> lookAgain(since, toldNow));
        });
    }

    /** Skips scheduled methods until the schema is there. */
    @Singleton
    public static class Missing implements Scheduled.SkipPredicate {
        private final Schema schema;

        @Inject
        Missing(Schema schema) {
            this.schema = schema;
        }

        @Override
        public boolean test(ScheduledExecution execution) {
            return !schema.isThere();
        }
    }
}
