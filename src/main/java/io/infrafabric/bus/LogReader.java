package io.infrafabric.bus;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jboss.logging.Logger;

/**
 * Reads what one function has not taken in from the event log instead of its stream, look by look. A look goes through
 * the log once, in batches: the next batch is read after the last one was taken in. Most looks start a little before
 * the end of the last one. Now and then a look starts from the point up to which everything is known to be taken in,
 * and moves that point on when it is done. So looks stay short however long the channel is away. Several processes may
 * look at the same time, because the inbox lets an event take effect once. Used by one {@link StreamReader}, on its
 * event loop.
 *
 * <p>Each event is counted before it is given out ({@link LogTries}), and the count is deleted after it was taken in.
 * So an event that kills its readers shows up here as on a stream: after a few times it goes alone, with a pause
 * between tries, and in the end it becomes a dead letter.
 */
final class LogReader {
    private static final Logger LOG = Logger.getLogger(LogReader.class);

    /**
     * One look under way. {@code from} is where a whole look began, otherwise {@code null}; {@code oldest} is what it
     * had to leave.
     */
    private record Look(Instant began, OffsetDateTime from, UUID after, UUID oldest) {
        /** {@code left} is the oldest event that stays where it is, or {@code null}. */
        Look past(UUID last, UUID left) {
            return new Look(began, from, last, oldest == null ? left : oldest);
        }
    }

    /** An event of a page, with the id of its row. */
    private record Found(UUID id, Reading event) {}

    private final Unhandled unhandled;
    private final LogTries tries;
    private final EventIds ids;
    private final BusConfig config;
    private final String function;

    private Look look;
    private List<UUID> given = List.of();
    private Instant lastBegan = Instant.MAX;
    private long nextLook;
    private long nextWhole;
    private long nextAsking;

    LogReader(Unhandled unhandled, EventIds ids, BusConfig config, String function) {
        this.unhandled = unhandled;
        this.tries = new LogTries(unhandled.pool(), config.reader(), function);
        this.ids = ids;
        this.config = config;
        this.function = function;
        this.nextLook = System.nanoTime();
        this.nextWhole = System.nanoTime();
        this.nextAsking = after(config.log().leftAfter());
    }

    /**
     * Whether there is something to read, or to ask, now.
     *
     * @param rings whether the stream works
     */
    boolean isDue(boolean rings) {
        return look != null || (isOver(nextLook) && (!rings || isOver(nextAsking)));
    }

    /** Reads the next batch; empty when a look is over or nobody needs one. */
    Future<List<EventBatch.Delivery>> read(boolean rings) {
        return begin(rings)
                .compose(begun -> begun ? next() : Future.succeededFuture(List.<EventBatch.Delivery>of()))
                .onFailure(failed -> end());
    }

    private Future<Boolean> begin(boolean rings) {
        if (look != null) {
            return Future.succeededFuture(true);
        }
        if (!rings) {
            return begin();
        }
        nextAsking = after(config.log().leftAfter());
        return unhandled
                .isAnythingUnpublished(config.log().leftAfter())
                .compose(any -> any ? begin() : Future.succeededFuture(false));
    }

    private Future<Boolean> begin() {
        Instant now = ids.clock().instant();
        if (!isOver(nextWhole)) {
            Instant behind = now.isBefore(lastBegan) ? now : lastBegan;
            look = new Look(now, null, EventIds.floor(behind.minus(config.log().recent())), null);
            return Future.succeededFuture(true);
        }
        return unhandled.completeUntil(function).map(until -> {
            nextWhole = after(config.log().wholeEvery());
            look = new Look(now, until, EventIds.floor(until.toInstant()), null);
            return true;
        });
    }

    private Future<List<EventBatch.Delivery>> next() {
        int page = config.reader().maxBatch();
        return unhandled
                .page(function, look.after(), EventIds.floor(Rows.FOREVER), page)
                .compose(rows -> {
                    List<Found> found = new ArrayList<>(rows.size());
                    UUID last = null;
                    UUID unknown = null;
                    for (Row row : rows) {
                        last = row.getUUID(0);
                        switch (Envelopes.read(row.getString(1))) {
                            case Reading.Known known -> found.add(new Found(last, known));
                            case Reading.Malformed(UUID _, String type, String json, String why) ->
                                // Set aside under the id of its row: under any other it would be found again.
                                found.add(new Found(last, new Reading.Malformed(last, type, json, why)));
                            // This one is for a newer replica, so the log is not complete up to here.
                            case Reading.Unknown _ -> unknown = unknown == null ? last : unknown;
                        }
                    }
                    return give(found, last, unknown, rows.size() < page);
                });
    }

    /** Gives out the events of the page that may go now, or goes on to the next page if there are none. */
    private Future<List<EventBatch.Delivery>> give(List<Found> found, UUID last, UUID unknown, boolean isLast) {
        return tries.begin(found.stream().map(Found::id).toList()).compose(counts -> {
            List<EventBatch.Delivery> batch = new ArrayList<>(counts.size());
            for (Found one : found) {
                if (counts.containsKey(one.id())) {
                    EventSource.add(batch, "", one.event(), counts.get(one.id()));
                }
            }
            given = List.copyOf(counts.keySet());
            if (!batch.isEmpty()) {
                // If some stay behind, the page is read again after these are taken in. The next look finds what was
                // not taken in after all: this one is over only when nothing is left.
                look = batch.size() == found.size() ? look.past(last, unknown) : look;
                return Future.succeededFuture(batch);
            }
            if (last != null) {
                look = look.past(last, oldest(found, unknown));
            }
            return isLast ? close() : next();
        });
    }

    /** The first of the events that cannot be given to anybody now. */
    private static UUID oldest(List<Found> found, UUID unknown) {
        UUID held = found.isEmpty() ? null : found.getFirst().id();
        return held == null || (unknown != null && EventIds.timeOf(unknown).isBefore(EventIds.timeOf(held)))
                ? unknown
                : held;
    }

    /** Notes that the last batch was taken in. If this note is lost, nothing else is. */
    void taken() {
        List<UUID> over = given;
        given = List.of();
        if (!over.isEmpty()) {
            tries.end(over).onFailure(failed -> LOG.debugf("Counts of %s stay behind: %s", function, failed));
        }
    }

    private Future<List<EventBatch.Delivery>> close() {
        Look done = look;
        Future<Void> said = done.from() == null
                ? Future.succeededFuture()
                : unhandled.complete(
                        function,
                        done.from(),
                        done.oldest(),
                        done.began(),
                        config.sweep().unhandledMargin());
        return said.map(any -> {
            lastBegan = done.began();
            end();
            return List.of();
        });
    }

    private void end() {
        look = null;
        nextLook = after(config.log().every());
    }

    private static long after(Duration pause) {
        return System.nanoTime() + pause.toNanos();
    }

    private static boolean isOver(long time) {
        return System.nanoTime() - time >= 0;
    }
}
