package io.infrafabric.bulkhead.slot;

import io.infrafabric.bulkhead.slot.ProviderBreaker.Result;
import io.infrafabric.bulkhead.slot.ProviderBreaker.Way;
import io.infrafabric.bulkhead.slot.SlotShare.Gifts;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * The gate of one provider in this process: which calls go on, wait or are refused. It decides from what is in memory
 * and says what the database must know or give ({@link #need}). Verdicts are heard after the gate is in order again, on
 * the caller's thread. Times are those of {@link System#nanoTime}. Thread-safe.
 */
final class Gate {
    /** A gate that nobody has used for this long is forgotten, with its slots. */
    private static final Duration IDLE = Duration.ofSeconds(60);

    private final Duration lease;
    private final Supplier<UUID> tokens;
    private final WaitingCalls<WantedCall> waiting = new WaitingCalls<>();
    private final SlotLeases held = new SlotLeases();
    private final ProviderBreaker breaker = new ProviderBreaker();
    private final ModelPauses pauses = new ModelPauses();
    private final CallTimes times = new CallTimes();
    private final Map<String, Integer> runningOf = new HashMap<>();
    private final ArrayDeque<String> owed = new ArrayDeque<>();
    private final Map<Integer, String> gifts = new HashMap<>();
    private final List<Runnable> heard = new ArrayList<>();

    private GateSettings settings;
    private int limit;
    private int running;
    private boolean known;
    private boolean wantedElsewhere;
    private int asked;
    private WantedCall prober;
    private long usedAt;
    private boolean leaving;
    private boolean retired;

    Gate(GateSettings settings, Duration lease, Supplier<UUID> tokens, long now) {
        this.settings = settings;
        this.limit = settings.limit();
        this.lease = lease;
        this.tokens = tokens;
        this.usedAt = now;
    }

    /** A call arrives; false if the gate was forgotten meanwhile, and another one must be asked. */
    boolean arrive(WantedCall call, GateSettings current, long now) {
        synchronized (this) {
            if (retired) {
                return false;
            }
            settings = current;
            usedAt = now;
            if (leaving) {
                say(call, new Verdict.Full("This process is about to end.", Duration.ofSeconds(1)));
            } else if (known) {
                admit(call, now);
            } else {
                queue(call, now);
            }
        }
        tell();
        return true;
    }

    /** The client of a call has left; says whether the call was still waiting. */
    boolean leave(WantedCall call, long now) {
        boolean waited;
        synchronized (this) {
            waited = withdraw(call, now);
        }
        tell();
        return waited;
    }

    /** The call has waited for as long as it may. */
    void expire(WantedCall call, long now) {
        synchronized (this) {
            if (withdraw(call, now)) {
                say(call, full("No slot became free in time."));
            }
        }
        tell();
    }

    /** A call that had a slot has ended. Must be told once for each pass. */
    void end(Pass pass, Ended how, long now) {
        synchronized (this) {
            usedAt = now;
            running--;
            runningOf.computeIfPresent(pass.session(), (_, count) -> count == 1 ? null : count - 1);
            if (!(how instanceof Ended.Neutral)) {
                times.count(how, now);
            }
            if (how instanceof Ended.Throttled(Duration wait) && pauses.pause(pass.model(), wait, now)) {
                refuseWaiting(now);
            }
            if (pass.probe() != null) {
                breaker.probed(
                        pass.probe(),
                        how.isFailure() ? Result.REOPEN : how.isSuccess() ? Result.CLOSE : Result.RELEASE);
            } else if (!(how instanceof Ended.Neutral)
                    && breaker.counts(how.isFailure(), pass.version(), settings.threshold(), settings.openFor(), now)) {
                refuseWaiting(now);
            }
            while (!owed.isEmpty() && held.count() > running && free(now) > 0) {
                gifts.put(held.letGo(limit, lease, now), owed.removeFirst());
            }
            serve(now);
        }
        tell();
    }

    private void admit(WantedCall call, long now) {
        Duration rest = pauses.left(call.model(), now);
        if (!rest.isZero()) {
            say(call, new Verdict.Paused(rest));
            return;
        }
        switch (breaker.way(now)) {
            case Way.Closed(String reason, Duration wait) -> say(call, new Verdict.Open(reason, wait));
            case Way.Probe _ -> {
                prober = call;
                breaker.ask(tokens.get());
            }
            case Way.Clear _ -> {
                if (waiting.isEmpty() && free(now) > 0) {
                    go(call, null);
                } else {
                    queue(call, now);
                }
            }
        }
    }

    private void queue(WantedCall call, long now) {
        // Calls for which this process has yet to lease slots do not fill the queue. Otherwise the first calls after a
        // rest would be refused while all slots are free.
        int coming = Math.max(0, settings.limit() - held.usable(settings.limit(), now));
        if (waiting.size() >= settings.maxQueued() + coming) {
            WantedCall other = waiting.yieldTo(call.session()).orElse(call);
            say(other, full("All slots are in use, and as many calls wait as may."));
            if (other == call) {
                return;
            }
        }
        waiting.add(call.session(), call);
    }

    private Verdict full(String why) {
        Duration wait = settings.queueFor().dividedBy(10);
        return new Verdict.Full(why, wait.compareTo(Duration.ofSeconds(1)) < 0 ? Duration.ofSeconds(1) : wait);
    }

    private boolean withdraw(WantedCall call, long now) {
        if (call == prober) {
            prober = null;
            if (breaker.won() != null) {
                breaker.probed(breaker.won(), Result.RELEASE);
            }
            return true;
        }
        boolean waited = waiting.remove(call.session(), call);
        serve(now);
        return waited;
    }

    /** Slots that can be used now. */
    private int free(long now) {
        return held.usable(limit, now) - running;
    }

    private void serve(long now) {
        if (prober != null && breaker.won() != null && free(now) > 0) {
            WantedCall call = prober;
            prober = null;
            go(call, breaker.won());
        }
        while (known && breaker.way(now) instanceof Way.Clear && !waiting.isEmpty() && free(now) > 0) {
            int half = Math.max(1, held.usable(limit, now) / 2);
            waiting.next(session -> runningOf.getOrDefault(session, 0) < half).ifPresent(call -> go(call, null));
        }
    }

    private void go(WantedCall call, UUID probe) {
        running++;
        runningOf.merge(call.session(), 1, Integer::sum);
        say(call, new Verdict.Go(new Pass(call.session(), call.model(), breaker.version(), probe)));
    }

    /** Refuses those that a breaker or a pause is in the way of. */
    private void refuseWaiting(long now) {
        boolean open = breaker.way(now) instanceof Way.Closed;
        waiting.take(call -> open || !pauses.left(call.model(), now).isZero()).forEach(call -> admit(call, now));
    }

    private void say(WantedCall call, Verdict verdict) {
        heard.add(() -> call.hear(verdict));
    }

    /** Has the verdicts heard, without the lock: whoever hears one may come back. */
    private void tell() {
        List<Runnable> all;
        synchronized (this) {
            all = List.copyOf(heard);
            heard.clear();
        }
        all.forEach(Runnable::run);
    }

    /** Learns what the database says. {@code sentAt} is from before it was asked. */
    void seen(GateSeen seen, long sentAt, long now) {
        synchronized (this) {
            limit = seen.limit();
            held.seen(seen.own(), sentAt, now);
            pauses.seen(seen.pauses(), now);
            if (breaker.seen(seen.breaker(), now) && prober != null && breaker.way(now) instanceof Way.Clear) {
                waiting.add(prober.session(), prober);
                prober = null;
                breaker.forget();
            }
            if (seen.limit() == 0) {
                breaker.gone();
            }
            asked = 0;
            wantedElsewhere = !seen.hungry().isEmpty();
            share(seen, now);
            if (known) {
                refuseWaiting(now);
            } else {
                known = true;
                waiting.take(_ -> true).forEach(call -> admit(call, now));
            }
            serve(now);
        }
        tell();
    }

    private void share(GateSeen seen, long now) {
        owed.clear();
        if (leaving || !wantedElsewhere) {
            return;
        }
        int others = seen.holders()
                + (int) seen.hungry().stream()
                        .filter(other -> other.holds() == 0)
                        .count();
        int idle = waiting.isEmpty() && prober == null ? Math.max(0, Math.min(free(now), held.count() - running)) : 0;
        Gifts decided = SlotShare.decide(
                new SlotShare.Own(limit, held.count(), idle, others + 1, held.keptForATurn(now)), seen.hungry());
        decided.now().forEach(replica -> gifts.put(held.letGo(limit, lease, now), replica));
        owed.addAll(decided.later());
    }

    /** What the database must know or give now. */
    synchronized Need need(long now) {
        Map<Integer, String> given = Map.copyOf(gifts);
        gifts.clear();
        List<Integer> freed = new ArrayList<>(held.letGoBeyond(limit, running, lease, now));
        boolean unused = leaving || (running == 0 && waiting.isEmpty() && now - usedAt > IDLE.toNanos());
        while (unused && held.count() > running) {
            freed.add(held.letGo(Integer.MAX_VALUE, lease, now));
        }
        int wants = known ? wants(now) : 0;
        int take = wants > asked ? wants : 0;
        asked = Math.max(asked, wants);
        boolean told = breaker.result() == null;
        return new Need(
                given,
                List.copyOf(freed),
                take,
                !wantedElsewhere,
                breaker.trip(),
                breaker.asked(),
                told ? null : breaker.probe(),
                breaker.result(),
                pauses.news(now));
    }

    /** Slots that calls wait for, and that the fleet may have. */
    private int wants(long now) {
        int calls = waiting.size() + (prober == null ? 0 : 1);
        return calls == 0 || leaving ? 0 : Math.max(0, Math.min(calls - Math.max(0, free(now)), limit - held.count()));
    }

    /** These slots were given to this replica. */
    void took(List<Integer> slots, long sentAt, long now) {
        synchronized (this) {
            held.leased(slots, sentAt, lease, now);
            serve(now);
        }
        tell();
    }

    synchronized void gone(List<Integer> slots) {
        held.gone(slots);
    }

    /** The leases of these go on; calls that wait for one are served by the next look. */
    synchronized void renewed(List<Integer> slots, long sentAt) {
        held.renewed(slots, sentAt, lease);
    }

    synchronized boolean isKnown() {
        return known;
    }

    synchronized Duration openFor() {
        return settings.openFor();
    }

    /** Whether {@link #need} has anything to say that it has not said. */
    synchronized boolean isInNeed(long now) {
        return !known
                || !gifts.isEmpty()
                || wants(now) > asked
                || breaker.trip() != null
                || breaker.asked() != null
                || breaker.result() != null
                || pauses.hasNews()
                || (leaving && held.count() > running);
    }

    synchronized void pausesTold() {
        pauses.told();
    }

    /** Whether this process has the probe that it asked for. */
    void probeAnswered(boolean won, long now) {
        synchronized (this) {
            breaker.answered(won);
            if (prober == null && won) {
                breaker.probed(breaker.won(), Result.RELEASE);
            } else if (prober != null && !won) {
                WantedCall call = prober;
                prober = null;
                admit(call, now);
            }
            serve(now);
        }
        tell();
    }

    synchronized void probeTold() {
        breaker.forget();
    }

    /** From now on no call begins here; slots go back as calls end. */
    void leave() {
        synchronized (this) {
            leaving = true;
            owed.clear();
            List<WantedCall> all = waiting.take(_ -> true);
            if (prober != null) {
                all.add(prober);
                withdraw(prober, 0);
            }
            all.forEach(call -> say(call, new Verdict.Full("This process is about to end.", Duration.ofSeconds(1))));
        }
        tell();
    }

    synchronized List<Integer> heldSlots() {
        return held.all();
    }

    /** The token of the probe that is under way here, {@code null} if there is none. */
    synchronized UUID probe() {
        return breaker.won();
    }

    synchronized GateStanding standing(long now) {
        return new GateStanding(running, waiting.size(), held.count(), wants(now), times.lately(now));
    }

    /** Whether the gate may be forgotten; then it takes no more calls. */
    synchronized boolean retires(long now) {
        retired = retired
                || (running == 0
                        && waiting.isEmpty()
                        && prober == null
                        && breaker.probe() == null
                        && breaker.trip() == null
                        && held.count() == 0
                        && gifts.isEmpty()
                        && now - usedAt > IDLE.toNanos());
        return retired;
    }
}
