package io.infrafabric.bulkhead.slot;

import io.infrafabric.bulkhead.provider.Provider;
import io.infrafabric.bulkhead.slot.CallTimes.Figures;
import io.infrafabric.bulkhead.slot.FailureWindow.Threshold;
import io.infrafabric.bulkhead.slot.LiveFigures.LastMinutes;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** Gives calls a place at their provider. A call whose process owns a free slot costs no statement. */
@ApplicationScoped
public class Slots {
    private final Vertx vertx;
    private final Pool pool;
    private final SlotUpkeep upkeep;
    private final MeterRegistry meters;

    Slots(Vertx vertx, Pool pool, SlotUpkeep upkeep, MeterRegistry meters) {
        this.vertx = vertx;
        this.pool = pool;
        this.upkeep = upkeep;
        this.meters = meters;
    }

    /**
     * A place for one call; waits for one in the queue. Cancelling leaves the queue. Fails with {@link
     * Code#IF_ERR_BULKHEAD_FULL}, {@link Code#IF_ERR_PROVIDER_OPEN} or {@link Code#IF_ERR_PROVIDER_PAUSED}. Answers on the
     * event loop that asked.
     *
     * @param model {@code null} if it is not known
     */
    public Uni<Permit> acquire(Provider provider, String session, String model) {
        return Uni.createFrom().<Permit>emitter(caller -> new Asked(provider, session, model, caller).ask());
    }

    private static GateSettings settings(Provider provider) {
        return new GateSettings(
                provider.maxConcurrent(),
                provider.maxQueued(),
                provider.queueFor(),
                new Threshold(
                        provider.breaker().window(),
                        provider.breaker().minCalls(),
                        provider.breaker().failureRate()),
                provider.breaker().openFor());
    }

    /** One call that has asked. Its caller is answered, and may leave, on one event loop. */
    private final class Asked {
        private final Provider provider;
        private final UniEmitter<? super Permit> caller;
        private final WantedCall call;
        private final Context context = Vertx.currentContext();
        private Gate gate;
        private boolean left;
        private Place place;
        private long timer = -1;

        Asked(Provider provider, String session, String model, UniEmitter<? super Permit> caller) {
            this.provider = provider;
            this.caller = caller;
            this.call = new WantedCall(session, model, this::hear);
        }

        void ask() {
            GateSettings settings = settings(provider);
            do {
                gate = upkeep.gate(provider.name(), settings);
            } while (!gate.arrive(call, settings, System.nanoTime()) && upkeep.forget(provider.name(), gate));
            caller.onTermination(this::leave);
            synchronized (this) {
                if (place == null && timer == -1) {
                    timer = vertx.setTimer(Math.max(1, provider.queueFor().toMillis()), _ -> {
                        gate.expire(call, System.nanoTime());
                        upkeep.attend(gate);
                    });
                }
            }
            upkeep.attend(gate);
        }

        private void hear(Verdict verdict) {
            synchronized (this) {
                if (timer >= 0) {
                    vertx.cancelTimer(timer);
                }
                timer = -2;
                if (verdict instanceof Verdict.Go(Pass pass)) {
                    place = new Place(gate, pass);
                }
            }
            if (context == null || context.equals(Vertx.currentContext())) {
                answer(verdict);
            } else {
                context.runOnContext(_ -> answer(verdict));
            }
        }

        private void answer(Verdict verdict) {
            switch (verdict) {
                case Verdict.Go _ -> {
                    boolean late;
                    synchronized (this) {
                        late = left;
                        left = true;
                    }
                    if (late) {
                        place.end(new Ended.Neutral());
                    } else {
                        caller.complete(place);
                    }
                }
                case Verdict.Full(String why, Duration wait) ->
                    refuse(Problem.of(Code.IF_ERR_BULKHEAD_FULL, why), wait);
                case Verdict.Open(String reason, Duration wait) ->
                    refuse(Problem.of(Code.IF_ERR_PROVIDER_OPEN, "The breaker is open: " + reason), wait);
                case Verdict.Paused(Duration wait) ->
                    refuse(Problem.of(Code.IF_ERR_PROVIDER_PAUSED, "The provider asked for a pause."), wait);
            }
        }

        private void refuse(Problem problem, Duration wait) {
            synchronized (this) {
                left = true;
            }
            Counter.builder("s2.bulkhead.refused")
                    .tag("provider", provider.name())
                    .tag("code", problem.code().name())
                    .description("Calls to providers that were refused before anything was sent")
                    .register(meters)
                    .increment();
            caller.fail(problem.with("provider", provider.name())
                    .with("model", call.model())
                    .after(wait.plusMillis(999)));
        }

        /** Called when the caller has left, and also after it was answered. */
        private void leave() {
            synchronized (this) {
                if (left) {
                    return;
                }
                left = true;
                if (timer >= 0) {
                    vertx.cancelTimer(timer);
                }
            }
            gate.leave(call, System.nanoTime());
            upkeep.attend(gate);
        }
    }

    private final class Place implements Permit {
        private final Gate gate;
        private final Pass pass;
        private final AtomicBoolean ended = new AtomicBoolean();

        Place(Gate gate, Pass pass) {
            this.gate = gate;
            this.pass = pass;
        }

        @Override
        public void end(Ended how) {
            if (!ended.getAndSet(true)) {
                gate.end(pass, how, System.nanoTime());
                upkeep.attend(gate);
            }
        }
    }

    /** How many calls to this provider are under way in the whole fleet. Nobody gets another slot before the transaction has ended. */
    public Uni<Integer> running(Work work, String provider) {
        Gate own = upkeep.known(provider);
        return SlotTable.lock(work, provider)
                .chain(() -> ReplicaTable.running(work.connection(), provider, upkeep.replica()))
                .map(others -> others
                        + (own == null ? 0 : own.standing(System.nanoTime()).running()));
    }

    /** How the provider is doing, in the whole fleet. Other replicas' figures are up to five seconds old. */
    public Uni<LiveFigures> figures(Provider provider) {
        String name = provider.name();
        Gate own = upkeep.known(name);
        return Rows.together(
                        Rows.together(SlotTable.held(pool, name), ReplicaTable.others(pool, name, upkeep.replica()))
                                .asTuple(),
                        ProviderBreakerTable.shown(pool, name),
                        ModelPauseTable.of(pool, name))
                .asTuple()
                .map(all -> {
                    List<GateStanding> standings =
                            new ArrayList<>(all.getItem1().getItem2());
                    if (own != null) {
                        standings.add(own.standing(System.nanoTime()));
                    }
                    Figures figures = Figures.sum(
                            standings.stream().map(GateStanding::figures).toList());
                    return new LiveFigures(
                            standings.stream().mapToInt(GateStanding::running).sum(),
                            standings.stream().mapToInt(GateStanding::queued).sum(),
                            all.getItem1().getItem1(),
                            all.getItem2(),
                            all.getItem3(),
                            new LastMinutes(
                                    figures.calls(),
                                    figures.failed(),
                                    Figures.quantile(figures.times(), 0.5),
                                    Figures.quantile(figures.times(), 0.99),
                                    Figures.quantile(figures.firsts(), 0.5)));
                });
    }
}
