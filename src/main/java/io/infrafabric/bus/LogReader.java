package io.infrafabric.bus;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Reads what one function has not taken in from the event log, in place of its stream, look by look. A look goes through the
 * log once, in batches: the next one is read when the last one was taken in. Most looks begin a little behind the last one;
 * now and then one begins where everything is known to be taken in, and says so when it is done, so that looks stay short
 * however long the channel is away. Several processes may look at the same time: the inbox lets an event have its effect
 * once. Used by one {@link StreamReader}, on its event loop.
 */
final class LogReader {
    /** One look under way. {@code from} is where a whole one began, else {@code null}; {@code oldest} what it had to leave. */
    private record Look(Instant began, OffsetDateTime from, UUID after, UUID oldest) {
        Look past(UUID last, UUID left) {
            return new Look(began, from, last, oldest == null ? left : oldest);
        }
    }

    private final Unhandled unhandled;
    private final EventIds ids;
    private final BusConfig config;
    private final String function;

    private Look look;
    private Instant lastBegan = Instant.MAX;
    private long nextLook;
    private long nextWhole;
    private long nextAsking;

    LogReader(Unhandled unhandled, EventIds ids, BusConfig config, String function) {
        this.unhandled = unhandled;
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
     * @param rings whether the stream does what it is for
     */
    boolean isDue(boolean rings) {
        return look != null || (isOver(nextLook) && (!rings || isOver(nextAsking)));
    }

    /** The next batch; empty when a look is over, or where nobody needs one. */
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
                    List<EventBatch.Delivery> batch = batch(rows);
                    if (!batch.isEmpty()) {
                        // What is not taken in after all is found by the next look: this one is over only when nothing
                        // is left.
                        return Future.succeededFuture(batch);
                    }
                    return rows.size() < page ? close() : next();
                });
    }

    private List<EventBatch.Delivery> batch(RowSet<Row> rows) {
        List<EventBatch.Delivery> batch = new ArrayList<>(rows.size());
        for (Row row : rows) {
            UUID id = row.getUUID(0);
            int before = batch.size();
            StreamReader.add(batch, "", Envelopes.read(row.getString(1)), 1);
            // Of an unknown type: for a newer replica, so it is not complete up to here.
            look = look.past(id, batch.size() == before ? id : null);
        }
        return batch;
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
