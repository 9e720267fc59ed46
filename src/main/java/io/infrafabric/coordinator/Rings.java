package io.infrafabric.coordinator;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Lets calls of this process wait for the next bell of a key. Who waits has looked before, and looks again after. */
final class Rings {
    private final Map<String, Queue<UniEmitter<? super Boolean>>> waiting = new ConcurrentHashMap<>();

    /** Keys that somebody waits for. */
    Set<String> awaited() {
        return waiting.keySet();
    }

    /** A bell of this key: all who wait for it look again. */
    void ring(String key) {
        Queue<UniEmitter<? super Boolean>> all = waiting.remove(key);
        if (all != null) {
            all.forEach(emitter -> emitter.complete(true));
        }
    }

    /**
     * Registers at once for the next bell of the key, so that none is missed between a look and this wait. Completes with
     * {@code true} at the bell; the caller sets a limit.
     */
    Uni<Boolean> next(String key) {
        Uni<Boolean> bell = Uni.createFrom()
                .<Boolean>emitter(emitter -> {
                    waiting.compute(key, (ignored, queue) -> {
                        Queue<UniEmitter<? super Boolean>> all = queue == null ? new ConcurrentLinkedQueue<>() : queue;
                        all.add(emitter);
                        return all;
                    });
                    emitter.onTermination(() -> waiting.computeIfPresent(key, (ignored, queue) -> {
                        queue.remove(emitter);
                        return queue.isEmpty() ? null : queue;
                    }));
                })
                .memoize()
                .indefinitely();
        bell.subscribe().with(ignored -> {}, ignored -> {});
        return bell;
    }
}
