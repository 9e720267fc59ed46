package io.infrafabric.bus;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jboss.logging.Logger;

/**
 * Publishes again, on AMQP, what a broker seems to have lost. Nobody can ask such a broker what a queue holds, so this judges by
 * our own tables: what was published and is in no inbox after a while is missing, if the inbox has not moved for as long, or if
 * it has overtaken the event. A slow function, whose inbox moves, gets nothing twice. One that stands still gets it after pauses
 * that double, so that its queue does not fill while it cannot run. The inbox makes an event that comes twice harmless.
 */
@Singleton
final class Again {
    private static final Logger LOG = Logger.getLogger(Again.class);

    private static final String NEWEST =
            "SELECT event FROM bus_inbox WHERE function = $1 AND day >= $2" + " ORDER BY day DESC, event DESC LIMIT 1";

    private static final String LAST =
            "SELECT newest, oldest, still_since, until, at, rounds FROM bus_again WHERE function = $1";

    private static final String NOTE =
            "INSERT INTO bus_again (function, newest, oldest, still_since, until, at, rounds)"
                    + " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (function) DO UPDATE SET newest = excluded.newest,"
                    + " oldest = excluded.oldest, still_since = excluded.still_since, until = excluded.until,"
                    + " at = excluded.at, rounds = excluded.rounds";

    private static final int DAYS = 2;
    private static final int MOST_DOUBLINGS = 16;

    /**
     * The state of a function at one look.
     *
     * @param newest the newest event that it had taken in at the last look, or {@code null}
     * @param oldest the oldest that it had not taken in, or {@code null}
     * @param still since when both have been the same, or {@code null}
     * @param until the newest event that was published again, or {@code null}
     * @param at when that was, or {@code null}
     * @param rounds how often in a row
     */
    record Last(UUID newest, UUID oldest, Instant still, UUID until, Instant at, int rounds) {
        static final Last NONE = new Last(null, null, null, null, null, 0);
    }

    /**
     * The rule for one look.
     *
     * @param last what the look before this one found
     * @param newest the newest event that is taken in now, or {@code null}
     * @param oldest the oldest that is not, or {@code null}
     * @param patience how long an event may take, how far it may be overtaken, and how long a batch may take
     * @param atMost the longest pause
     */
    record Look(Last last, UUID newest, UUID oldest, Instant now, Duration patience, Duration atMost) {

        /** Since when the inbox has not moved; at the first look nobody knows, so it moves now. */
        private Instant still() {
            boolean moves = last.still() == null
                    || last.oldest() == null
                    || !last.oldest().equals(oldest)
                    || !Objects.equals(last.newest(), newest);
            return moves ? now : last.still();
        }

        /** Whether the inbox moves: the function works, and may be busy with one batch for a while. */
        boolean moves() {
            return now.isBefore(still().plus(patience));
        }

        /** Whether this event, which is older than the patience and not taken in, is to be published again. */
        boolean isMissing(UUID event) {
            boolean overtaken = newest != null
                    && EventIds.timeOf(event)
                            .toInstant()
                            .plus(patience)
                            .isBefore(EventIds.timeOf(newest).toInstant());
            return (overtaken || !moves()) && !isExpected(event);
        }

        private boolean isExpected(UUID event) {
            if (last.until() == null || EventIds.timeOf(event).isAfter(EventIds.timeOf(last.until()))) {
                return false;
            }
            Duration pause = patience.multipliedBy(1L << Math.min(last.rounds(), MOST_DOUBLINGS));
            return now.isBefore(last.at().plus(pause.compareTo(atMost) < 0 ? pause : atMost));
        }

        /** What the next look is to know; {@code again} is the newest event that was published again, or {@code null}. */
        Last after(UUID again) {
            if (oldest == null) {
                return new Last(newest, null, null, null, null, 0);
            }
            if (again == null) {
                return new Last(newest, oldest, still(), last.until(), last.at(), last.rounds());
            }
            boolean further = last.until() == null || EventIds.timeOf(again).isAfter(EventIds.timeOf(last.until()));
            return new Last(newest, oldest, still(), further ? again : last.until(), now, last.rounds() + 1);
        }
    }

    private final Pool pool;
    private final Relay relay;
    private final Unhandled unhandled;
    private final EventIds ids;
    private final BusConfig config;

    @Inject
    Again(Pool pool, Relay relay, Unhandled unhandled, EventIds ids, BusConfig config) {
        this.pool = pool;
        this.relay = relay;
        this.unhandled = unhandled;
        this.ids = ids;
        this.config = config;
    }

    /** Publishes what this function is missing, and notes up to where it is complete. One process at a time calls it. */
    Future<Void> publish(String function) {
        Instant now = ids.clock().instant();
        UUID before = EventIds.floor(now.minus(config.sweep().unhandledAfter()));
        return unhandled.completeUntil(function).compose(from -> {
            UUID start = EventIds.floor(from.toInstant());
            return unhandled
                    .page(function, start, before, 1)
                    .compose(rows -> look(
                            function,
                            now,
                            rows.size() == 0 ? null : rows.iterator().next().getUUID(0)))
                    .compose(look -> (look.oldest() == null
                                    ? Future.<UUID>succeededFuture()
                                    : publish(function, look, start, before, 1))
                            .compose(again -> note(function, look.after(again)))
                            .compose(noted -> unhandled.complete(
                                    function,
                                    from,
                                    look.oldest(),
                                    now,
                                    config.sweep().unhandledMargin())));
        });
    }

    private Future<Look> look(String function, Instant now, UUID oldest) {
        Tuple recent =
                Tuple.of(function, now.atOffset(ZoneOffset.UTC).toLocalDate().minusDays(DAYS));
        return pool.preparedQuery(NEWEST)
                .execute(recent)
                .compose(newest -> pool.preparedQuery(LAST)
                        .execute(Tuple.of(function))
                        .map(last -> new Look(
                                last.size() == 0
                                        ? Last.NONE
                                        : last(last.iterator().next()),
                                newest.size() == 0
                                        ? null
                                        : newest.iterator().next().getUUID(0),
                                oldest,
                                now,
                                config.sweep().unhandledAfter(),
                                config.amqp().againAtMost())));
    }

    private static Last last(Row row) {
        return new Last(
                row.getUUID(0),
                row.getUUID(1),
                instant(row.getOffsetDateTime(2)),
                row.getUUID(3),
                instant(row.getOffsetDateTime(4)),
                row.getInteger(5));
    }

    private static Instant instant(OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }

    /** Gives the newest event that it published, or {@code null}. */
    private Future<UUID> publish(String function, Look look, UUID after, UUID before, int page) {
        return unhandled.page(function, after, before, config.sweep().page()).compose(rows -> {
            List<String> missing = new ArrayList<>();
            UUID again = null;
            UUID last = after;
            for (Row row : rows) {
                last = row.getUUID(0);
                if (look.isMissing(last)) {
                    missing.add(row.getString(1));
                    again = last;
                }
            }
            if (!missing.isEmpty()) {
                LOG.infof("%s has not taken in %d events: published them again", function, missing.size());
            }
            UUID newest = again;
            UUID next = last;
            return (missing.isEmpty() ? Future.<Void>succeededFuture() : relay.publishTo(function, missing))
                    .compose(published -> rows.size() < config.sweep().page()
                                    || page >= config.sweep().maxPages()
                            ? Future.<UUID>succeededFuture()
                            : publish(function, look, next, before, page + 1))
                    .map(later -> later == null ? newest : later);
        });
    }

    private Future<Void> note(String function, Last next) {
        return pool.preparedQuery(NOTE)
                .execute(Tuple.from(new Object[] {
                    function,
                    next.newest(),
                    next.oldest(),
                    Rows.at(next.still()),
                    next.until(),
                    Rows.at(next.at()),
                    next.rounds()
                }))
                .mapEmpty();
    }
}
