package io.infrafabric.bus;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.concurrent.Callable;

/**
 * Does on a worker thread what takes long: what others wait for on the event loop goes on meanwhile. For plain work on values;
 * a transaction that is under way, its connection and its entities stay where they are, and wait.
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

    /** Runs it; what comes after it is on the event loop again that this was subscribed to on. */
    public <T> Uni<T> run(Callable<T> work) {
        return Uni.createFrom()
                .completionStage(() -> vertx.executeBlocking(work, false).toCompletionStage());
    }
}
