package io.infrafabric.bus;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Runs work one after the other, in the order in which it came, whether it succeeds or fails. Thread-safe. */
final class InTurn {

    private CompletionStage<?> last = CompletableFuture.completedStage(null);

    /** Begins {@code work} when all earlier work is over. */
    synchronized void next(Supplier<? extends CompletionStage<?>> work) {
        last = last.thenCompose(_ -> begin(work)).handle((_, _) -> null);
    }

    private static CompletionStage<?> begin(Supplier<? extends CompletionStage<?>> work) {
        return work.get();
    }
}
