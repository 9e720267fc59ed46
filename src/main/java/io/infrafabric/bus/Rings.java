package io.infrafabric.bus;

import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;

/** Lets calls of this process wait for the next bell of a key. Waiters look before and after. */
public final class Rings {
    private static final Duration SHORTEST = Duration.ofMillis(1);

    private final Map<String, Queue<Place>> waiting = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** A waiter's place at a key. Always leave it: every place counts as a waiter. */
    public final class Place {
        private final String key;
        private final CompletableFuture<Void> bell = new CompletableFuture<>();
        private volatile boolean rung;

        private Place(String key) {
            this.key = key;
        }

        /** Completes at the first bell after the place was taken, or after this time; a timer takes a millisecond at least. */
        public Uni<Void> rung(Duration atMost) {
            return Uni.createFrom()
                    .completionStage(bell)
                    .ifNoItem()
                    .after(atMost.compareTo(SHORTEST) < 0 ? SHORTEST : atMost)
                    .recoverWithUni(Uni.createFrom().voidItem());
        }

        /** Whether a bell has rung since the place was taken, whether or not somebody waited for it just then. */
        public boolean hasRung() {
            return rung;
        }

        private void ring() {
            rung = true;
            bell.complete(null);
        }

        /** Ends the wait. Leaving twice does nothing. */
        public void leave() {
            waiting.computeIfPresent(key, (ignored, places) -> {
                places.remove(this);
                return places.isEmpty() ? null : places;
            });
        }
    }

    /** Keys that somebody waits for. */
    public Set<String> awaited() {
        return waiting.keySet();
    }

    /** Rings this key: all its waiters look again. */
    public void ring(String key) {
        Queue<Place> all = waiting.remove(key);
        if (all != null) {
            all.forEach(Place::ring);
        }
    }

    /**
     * Looks again without a bell: rings those of the keys that somebody waits for of which {@code look} says that there is
     * something. Asks nothing if nobody waits, and does nothing while the database is away.
     */
    public Uni<Void> lookAgain(Function<List<String>, Uni<? extends Collection<String>>> look) {
        List<String> awaited = List.copyOf(waiting.keySet());
        return awaited.isEmpty()
                ? Uni.createFrom().voidItem()
                : look.apply(awaited)
                        .invoke(keys -> keys.forEach(this::ring))
                        .replaceWithVoid()
                        .onFailure(FailureKind::isAway)
                        .recoverWithNull();
    }

    /** Whether nobody waits here any more ({@link #close}). */
    public boolean isClosed() {
        return closed;
    }

    /** From now on all bells ring forever, so that nobody waits here any more. */
    public void close() {
        closed = true;
        waiting.keySet().forEach(this::ring);
    }

    /** Takes a place at once, so that no bell is missed between a look and the wait. */
    public Place take(String key) {
        Place place = new Place(key);
        waiting.compute(key, (ignored, places) -> {
            Queue<Place> all = places == null ? new ConcurrentLinkedQueue<>() : places;
            all.add(place);
            return all;
        });
        if (closed) {
            ring(key);
        }
        return place;
    }
}
