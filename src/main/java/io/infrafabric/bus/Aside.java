package io.infrafabric.bus;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.concurrent.Callable;

/**
 * Does long work on a worker thread, so that the event loop stays free for others. For plain work on values;
 * a transaction under way, its connection and its entities stay where they are, and wait.
 *
 * <pre>{@code
 * readings.minutes(id, session).chain(minutes -> aside.run(() -> Memo.of(minutes, now))).chain(memo -> session.persist(...))
 * }</pre>
 */
@Singleton
public final class Aside {
    private final Vertx vertx;

    @Inject
    public Aside(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Runs the work; what follows runs on the event loop of the subscriber again. */
    public <T> Uni<T> run(Callable<T> work) {
        return Uni.createFrom()
                .completionStage(() -> vertx.executeBlocking(work, false).toCompletionStage());
    }
}
