package io.infrafabric.coordinator.claim;

import io.infrafabric.coordinator.claim.Claiming.Claim;
import io.infrafabric.coordinator.claim.WaitingRoom.Choosing;
import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * All waiters of one swarm in this process, and which of them look when a bell rings. Of those who take whatever comes, the first one
 * looks at once. If it got something, or there is something for others, the database is asked for whom, and for how many: these
 * look, twice as many each time, and each waiter once for a bell. Those who ask for a score, or for one task, look only if there is
 * something for them. So nobody is passed over for whom there is something, and hardly anybody looks in vain: the first one, and
 * those whose money does not suffice, for whom something rests, or who come too late.
 */
final class WaitingLine<W extends WaitingLine.Place> {
    /** The most that look at once. */
    static final int WIDEST = 64;

    /** For so many the database is asked at once. */
    private static final int ASKED = 256;

    /** A waiter. */
    interface Place {
        Claim claim();

        /** Whether it waits, and is not claiming. */
        boolean isParked();

        /** Whether it was parked and is so no longer: whoever called this has it claim. */
        boolean begins();

        /** Claims; whether there may be more for others. */
        Uni<Boolean> attempt();
    }

    final Queue<W> plain = new ConcurrentLinkedQueue<>();
    final Queue<W> picky = new ConcurrentLinkedQueue<>();
    final AtomicInteger bells = new AtomicInteger();
    // How many have looked without a bell.
    final AtomicInteger looked = new AtomicInteger();
    // Waiters that have come and are about to enter one of the queues.
    final AtomicInteger coming = new AtomicInteger();
    private final AtomicInteger unheard = new AtomicInteger();
    private final AtomicInteger keysThatCameFree = new AtomicInteger();
    private final String swarm;
    private final Choosing choosing;

    WaitingLine(String swarm, Choosing choosing) {
        this.swarm = swarm;
        this.choosing = choosing;
    }

    boolean isIdle() {
        return coming.get() == 0
                && plain.isEmpty()
                && picky.isEmpty()
                && unheard.get() == 0
                && keysThatCameFree.get() == 0;
    }

    Stream<W> all() {
        return Stream.concat(plain.stream(), picky.stream());
    }

    /** Something may be claimable. One round at a time: a bell during a round leads to another one. */
    void ring() {
        ring(unheard, this::round);
    }

    /** A concurrency key may have come free for tasks of single sessions. */
    void keyCameFree() {
        ring(keysThatCameFree, () -> search(this::all, choosing::forWhomKeysAreFree, false, WIDEST, new HashSet<>()));
    }

    private void ring(AtomicInteger rung, Supplier<Uni<Void>> round) {
        bells.incrementAndGet();
        if (rung.getAndIncrement() == 0) {
            run(rung, round);
        }
    }

    private interface Choice {
        Uni<Set<String>> among(String swarm, List<Claim> waiting);
    }

    private static void run(AtomicInteger rung, Supplier<Uni<Void>> round) {
        int heard = rung.get();
        round.get().subscribe().with(ignored -> again(rung, heard, round), ignored -> again(rung, heard, round));
    }

    private static void again(AtomicInteger rung, int heard, Supplier<Uni<Void>> round) {
        if (rung.addAndGet(-heard) > 0) {
            run(rung, round);
        }
    }

    private Uni<Void> round() {
        Uni<Void> choosy = picky.isEmpty()
                ? Uni.createFrom().voidItem()
                : search(picky::stream, choosing::forWhom, false, WIDEST, new HashSet<>());
        return Uni.combine().all().unis(first(), choosy).discardItems();
    }

    private Uni<Void> first() {
        for (W waiter : plain) {
            if (waiter.begins()) {
                Set<W> woken = new HashSet<>(Set.of(waiter));
                return waiter.attempt()
                        .chain(more -> more
                                ? search(plain::stream, choosing::forWhom, true, 2, woken)
                                : Uni.createFrom().voidItem());
            }
        }
        return Uni.createFrom().voidItem();
    }

    /**
     * Has those look for whom there is something, until there is nobody left for whom there is.
     *
     * @param ends whether one that finds nothing says that there is nothing for the others either
     */
    private Uni<Void> search(Supplier<Stream<W>> waiters, Choice choice, boolean ends, int width, Set<W> woken) {
        List<W> parked = waiters.get()
                .filter(waiter -> waiter.isParked() && !woken.contains(waiter))
                .limit(ASKED)
                .toList();
        if (parked.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        return choice.among(swarm, parked.stream().map(Place::claim).toList()).chain(chosen -> {
            List<Uni<Boolean>> attempts = wake(parked, chosen, width, woken);
            if (attempts.isEmpty()) {
                woken.addAll(parked);
                return search(waiters, choice, ends, width, woken);
            }
            return Uni.join()
                    .all(attempts)
                    .andCollectFailures()
                    .chain(satisfied -> ends && satisfied.contains(false)
                            ? Uni.createFrom().voidItem()
                            : search(waiters, choice, ends, Math.min(2 * width, WIDEST), woken));
        });
    }

    private List<Uni<Boolean>> wake(Collection<W> parked, Set<String> chosen, int width, Set<W> woken) {
        List<Uni<Boolean>> attempts = new ArrayList<>();
        for (W waiter : parked) {
            if (attempts.size() == width) {
                break;
            }
            if (chosen.contains(waiter.claim().session()) && waiter.begins()) {
                woken.add(waiter);
                attempts.add(waiter.attempt());
            }
        }
        return attempts;
    }
}
