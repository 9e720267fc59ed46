package io.infrafabric.coordinator.claim;

import io.infrafabric.command.Once.Asked;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.coordinator.claim.Claiming.Answer;
import io.infrafabric.coordinator.claim.Claiming.Claim;
import io.infrafabric.coordinator.session.Seats;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * Where claims of this process wait for work: a place in a line for each, no thread. A bell wakes those for
 * whom there is something, and no more than there is ({@link WaitingLine}). The database decides what they get; this room only
 * says when to look. If the tasks there rest for the woken waiter, the next one is woken instead. While the swarm is paused, everybody goes on waiting; that ends with a bell, too.
 *
 * <p>A waiter is {@code PARKED} or {@code TRYING} (its claim is under way) until it is {@code GONE}. The line's count
 * of bells shows a bell that came during a try; then the waiter tries again. {@link Seats} limits the number of
 * waiters.
 */
public final class WaitingRoom {
    /** Who should look, of those who wait; reads without a lock. */
    public interface Choosing {
        /** Sessions for which something is queued, in their order, no more than there is. */
        Uni<Set<String>> forWhom(String swarm, List<Claim> waiting);

        /** The same for tasks of their own whose concurrency keys have room. */
        Uni<Set<String>> forWhomKeysAreFree(String swarm, List<Claim> waiting);
    }

    private enum State {
        PARKED,
        TRYING,
        GONE
    }

    private final class Waiter implements WaitingLine.Place {
        final Asked<Claim, Answer> asked;
        final Claim claim;
        final WaitingLine<Waiter> line;
        final BooleanSupplier clientGone;
        final UniEmitter<? super Reply<Answer>> caller;
        final AtomicReference<State> state = new AtomicReference<>(State.TRYING);
        volatile boolean timeUp;
        volatile boolean paused;

        Waiter(
                Asked<Claim, Answer> asked,
                WaitingLine<Waiter> line,
                BooleanSupplier clientGone,
                UniEmitter<? super Reply<Answer>> caller) {
            this.asked = asked;
            this.claim = asked.command();
            this.line = line;
            this.clientGone = clientGone;
            this.caller = caller;
        }

        @Override
        public Claim claim() {
            return claim;
        }

        @Override
        public boolean isParked() {
            return state.get() == State.PARKED;
        }

        @Override
        public boolean begins() {
            return state.compareAndSet(State.PARKED, State.TRYING);
        }

        Queue<Waiter> queue() {
            return claim.isPlain() ? line.plain : line.picky;
        }

        /**
         * Claims; {@code true} if there may be more for others, also because this one got a task. Only in state TRYING.
         */
        @Override
        public Uni<Boolean> attempt() {
            if (clientGone.getAsBoolean()) {
                goEmptyHanded();
                return Uni.createFrom().item(true);
            }
            int heard = line.bells.get();
            return claims.apply(asked).onItemOrFailure().transformToUni((reply, failure) -> {
                if (failure != null) {
                    leave();
                    caller.fail(failure);
                    return Uni.createFrom().item(true);
                }
                return tried(reply, heard);
            });
        }

        /** Leaves with an answer, or parks again if there was nothing and no bell since {@code heard}. */
        Uni<Boolean> tried(Reply<Answer> reply, int heard) {
            boolean forOthers = false;
            paused = false;
            switch (reply) {
                case Reply.Now<Answer>(Answer.Nothing nothing) when !timeUp -> forOthers = nothing.forOthers();
                case Reply.Now<Answer>(Answer.Paused _) when !timeUp -> paused = true;
                case Reply.Now<Answer> _, Reply.Before<Answer> _, Reply.Reused<Answer> _ -> {
                    leave();
                    caller.complete(reply);
                    return Uni.createFrom().item(true);
                }
            }
            if (line.bells.get() != heard) {
                return attempt();
            }
            state.set(State.PARKED);
            // The bell or the time limit may have come between the look above and the parking.
            boolean again = line.bells.get() != heard || timeUp;
            return again && begins() ? attempt() : Uni.createFrom().item(forOthers);
        }

        /** There is no task for it, or nobody to give one to. */
        void goEmptyHanded() {
            leave();
            caller.complete(NOTHING);
        }

        void leave() {
            state.set(State.GONE);
            if (queue().remove(this)) {
                size.decrementAndGet();
            }
            bySession.remove(claim.session(), this);
        }

        /** A waiter in a paused swarm looks once more, and hears that the swarm is paused if it still is. */
        void timeIsUp() {
            timeUp = true;
            if (paused && !closed) {
                tryAgain(this);
            } else if (state.compareAndSet(State.PARKED, State.GONE)) {
                goEmptyHanded();
            }
        }
    }

    /**
     * Waiting claims, lent to somebody who tries them in another transaction. Always give them back: with their replies
     * after the commit, or without. Not thread-safe.
     */
    public static final class Loan {
        private final Map<String, Waiter> waiters = new LinkedHashMap<>();
        private final Map<String, Integer> heard = new HashMap<>();

        private Loan() {}

        /** At most one claim for each session. */
        public List<Asked<Claim, Answer>> claims() {
            return waiters.values().stream().map(waiter -> waiter.asked).toList();
        }

        /** The replies to all claims, in order; {@code null} if none was tried, and they go on waiting. */
        public void giveBack(List<Reply<Answer>> replies) {
            Iterator<Reply<Answer>> each =
                    (replies == null ? Collections.nCopies(waiters.size(), NOTHING) : replies).iterator();
            waiters.values().forEach(waiter -> giveBack(waiter, each.next()));
        }

        private void giveBack(Waiter waiter, Reply<Answer> reply) {
            boolean raced = reply instanceof Reply.Now<Answer>(Answer.Nothing nothing) && nothing.raced();
            Uni<Boolean> back = raced ? waiter.attempt() : waiter.tried(reply, heard.get(waiter.claim.session()));
            back.subscribe().with(ignored -> {}, waiter.caller::fail);
        }
    }

    private static final Reply<Answer> NOTHING = new Reply.Now<>(new Answer.Nothing(false));

    private final Function<Asked<Claim, Answer>, Uni<Reply<Answer>>> claims;
    private final Choosing choosing;
    private final ScheduledExecutorService timer;
    private final Map<String, WaitingLine<Waiter>> lines = new ConcurrentHashMap<>();
    private final Map<String, Waiter> bySession = new ConcurrentHashMap<>();
    private final AtomicInteger size = new AtomicInteger();
    private volatile boolean closed;

    public WaitingRoom(
            Function<Asked<Claim, Answer>, Uni<Reply<Answer>>> claims,
            Choosing choosing,
            ScheduledExecutorService timer) {
        this.claims = claims;
        this.choosing = choosing;
        this.timer = timer;
    }

    /** The number of waiters now. */
    public int size() {
        return size.get();
    }

    /** Swarms with waiters. */
    public Set<String> swarms() {
        // One by one and under the map's own lock, so that no line is dropped just as somebody joins it.
        lines.keySet().forEach(swarm -> lines.computeIfPresent(swarm, (ignored, line) -> line.isIdle() ? null : line));
        return lines.keySet();
    }

    /** Waiting sessions whose clients are still there; sends the others away. */
    public List<String> present() {
        List<String> present = new ArrayList<>();
        for (Waiter waiter : bySession.values()) {
            if (!waiter.clientGone.getAsBoolean()) {
                present.add(waiter.claim.session());
            } else if (waiter.state.compareAndSet(State.PARKED, State.GONE)) {
                waiter.goEmptyHanded();
            }
        }
        return present;
    }

    /**
     * Claims, and waits at most this long while there is nothing.
     *
     * @return {@code Nothing} when the time is up; any other answer as soon as there is one
     */
    public Uni<Reply<Answer>> await(
            String swarm, Asked<Claim, Answer> asked, Duration time, BooleanSupplier clientGone) {
        return Uni.createFrom().emitter(caller -> {
            WaitingLine<Waiter> line = lines.compute(swarm, (ignored, known) -> {
                WaitingLine<Waiter> itsLine = known == null ? new WaitingLine<>(swarm, choosing) : known;
                itsLine.coming.incrementAndGet();
                return itsLine;
            });
            Waiter waiter = new Waiter(asked, line, clientGone, caller);
            waiter.queue().add(waiter);
            line.coming.decrementAndGet();
            size.incrementAndGet();
            bySession.put(waiter.claim.session(), waiter);
            // Before this look or after it: closing the room also ends the time of all waiters in it.
            waiter.timeUp = closed;
            var end = timer.schedule(waiter::timeIsUp, time.toMillis(), TimeUnit.MILLISECONDS);
            caller.onTermination(() -> {
                end.cancel(false);
                waiter.leave();
            });
            waiter.attempt().subscribe().with(ignored -> {}, caller::fail);
        });
    }

    /** Closes the room: waiters get their answers now, and later claims as soon as one try has ended. */
    public void close() {
        closed = true;
        lines.values().forEach(line -> line.all().forEach(Waiter::timeIsUp));
    }

    /** Something may be claimable in this swarm. */
    public void ring(String swarm) {
        WaitingLine<Waiter> line = lines.get(swarm);
        if (line != null) {
            line.ring();
        }
    }

    /** A concurrency key of this swarm may have come free: perhaps sessions have waited for it with tasks of their own. */
    public void keyCameFree(String swarm) {
        WaitingLine<Waiter> line = lines.get(swarm);
        if (line != null) {
            line.keyCameFree();
        }
    }

    /**
     * Nobody has rung, but something is claimable in this swarm: perhaps only by others than those who wait. So many of them
     * look, and others with the next call.
     */
    public void look(String swarm) {
        WaitingLine<Waiter> line = lines.get(swarm);
        if (line == null) {
            return;
        }
        List<Waiter> all = line.all().toList();
        if (all.size() <= WaitingLine.WIDEST) {
            line.ring();
            return;
        }
        line.bells.incrementAndGet();
        int from = Math.floorMod(line.looked.getAndAdd(WaitingLine.WIDEST), all.size());
        for (int i = 0; i < WaitingLine.WIDEST; i++) {
            tryAgain(all.get((from + i) % all.size()));
        }
    }

    /** Something may be claimable for this session alone. */
    public void ringFor(String session) {
        Waiter waiter = bySession.get(session);
        if (waiter != null) {
            waiter.line.bells.incrementAndGet();
            tryAgain(waiter);
        }
    }

    private static void tryAgain(Waiter waiter) {
        if (waiter.begins()) {
            waiter.attempt().subscribe().with(ignored -> {}, waiter.caller::fail);
        }
    }

    /** Lends claims that take whatever comes: for each swarm at most as many as it has new tasks. */
    public Loan lend(Map<String, Integer> newTasks) {
        Loan loan = new Loan();
        newTasks.forEach((swarm, count) -> {
            WaitingLine<Waiter> line = lines.get(swarm);
            if (line != null) {
                lend(line, loan.waiters.size() + count, loan);
            }
        });
        return loan;
    }

    private void lend(WaitingLine<Waiter> line, int upTo, Loan loan) {
        for (Waiter waiter : line.plain) {
            if (loan.waiters.size() == upTo) {
                return;
            }
            String session = waiter.claim.session();
            int heard = line.bells.get();
            if (!loan.waiters.containsKey(session) && waiter.begins()) {
                if (waiter.clientGone.getAsBoolean()) {
                    waiter.goEmptyHanded();
                } else {
                    loan.waiters.put(session, waiter);
                    loan.heard.put(session, heard);
                }
            }
        }
    }
}
