package io.infrafabric.bench;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** So many callers at once, each of which does one piece of work after the other until all is done. */
final class Lanes {
    /** How many calls are in flight in all that is measured here, as in the peers' bench. */
    static final int IN_FLIGHT = 64;

    private Lanes() {}

    /**
     * Does {@code count} pieces of work on {@link #IN_FLIGHT} lanes, spread over the event loops.
     *
     * @param work of the lane with this number
     * @return pieces of work per second
     */
    static double run(Vertx vertx, int count, IntFunction<Future<?>> work) {
        AtomicInteger left = new AtomicInteger(count);
        long start = System.nanoTime();
        List<Future<Void>> lanes = IntStream.range(0, IN_FLIGHT)
                .mapToObj(lane -> {
                    Promise<Void> done = Promise.promise();
                    Context context = ((VertxInternal) vertx).createEventLoopContext();
                    context.runOnContext(onContext -> next(lane, left, work, done));
                    return done.future();
                })
                .toList();
        Ground.await(Future.all(lanes));
        return count / ((System.nanoTime() - start) / 1e9);
    }

    private static void next(int lane, AtomicInteger left, IntFunction<Future<?>> work, Promise<Void> done) {
        if (left.getAndDecrement() <= 0) {
            done.complete();
            return;
        }
        work.apply(lane).onComplete(finished -> {
            if (finished.failed()) {
                done.fail(finished.cause());
            } else {
                next(lane, left, work, done);
            }
        });
    }
}
