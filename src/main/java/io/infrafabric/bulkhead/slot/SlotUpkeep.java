package io.infrafabric.bulkhead.slot;

import io.infrafabric.bulkhead.BulkheadConfig;
import io.infrafabric.bus.Bells;
import io.infrafabric.bus.Regularly;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/**
 * Keeps the gates of this process and the database in step. It sends one statement at a time for all gates, so that what
 * it reads is never older than what it has written: only so may it use every slot that the database says is its own.
 */
@ApplicationScoped
public class SlotUpkeep {
    private static final Logger LOG = Logger.getLogger(SlotUpkeep.class);

    /** Rounds at once; after that the next one is regular. Each has what came in during the one before. */
    private static final int MOST_ROUNDS = 100;

    private static final Duration GOODBYE = Duration.ofSeconds(3);

    /** What this process last told about a gate, and when. */
    private record Told(GateStanding standing, long at) {}

    private final Pool pool;
    private final Bells bells;
    private final BreakerTransaction breakers;
    private final BulkheadConfig config;
    private final SlotGauges gauges;
    private final Duration lease;
    private final String replica = named();
    private final Map<String, Gate> gates = new ConcurrentHashMap<>();
    private final Map<String, Told> told = new ConcurrentHashMap<>();
    private final AtomicBoolean busy = new AtomicBoolean();

    private volatile boolean lookWanted = true;
    private volatile boolean again;
    private volatile boolean resting;
    private volatile boolean leaving;
    private volatile Thread ringing;
    private long renewedAt;
    private long clearedAt;

    /** Since when every round has succeeded. */
    private long steadySince = System.nanoTime();

    SlotUpkeep(Pool pool, Bells bells, BreakerTransaction breakers, MeterRegistry meters, BulkheadConfig config) {
        this.pool = pool;
        this.bells = bells;
        this.breakers = breakers;
        this.gauges = new SlotGauges(meters);
        this.config = config;
        this.lease = config.slotLease();
    }

    /** A pod's name, and something that no other process has, not even the next one of this name. */
    private static String named() {
        String host = System.getenv("HOSTNAME");
        return (host == null ? "process" : host) + "-"
                + UUID.randomUUID().toString().substring(0, 8);
    }

    void start(@Observes StartupEvent started, Regularly regularly) {
        bells.listen(BreakerTransaction.BELL, this::heard);
        regularly.every(config.lookAgain(), "looking after the slots of providers", () -> {
            lookWanted = true;
            resting = false;
            return round();
        });
    }

    private void heard(String provider) {
        if (gates.containsKey(provider) && Thread.currentThread() != ringing) {
            lookWanted = true;
            soon();
        }
    }

    /** This process's name among those that have slots. */
    String replica() {
        return replica;
    }

    /** The gate of this provider, {@code null} if nobody has called it lately. */
    Gate known(String provider) {
        return gates.get(provider);
    }

    /** The gate of this provider. */
    Gate gate(String provider, GateSettings settings) {
        return gates.computeIfAbsent(provider, _ -> {
            Gate gate = new Gate(settings, lease, UUID::randomUUID, System.nanoTime());
            if (leaving) {
                gate.leave();
            }
            return gate;
        });
    }

    /** Forgets a gate that takes no more calls, so that there may be another one. Always true. */
    boolean forget(String provider, Gate gate) {
        gates.remove(provider, gate);
        return true;
    }

    /** A call has arrived or ended: does what its gate needs, if it needs anything. */
    void attend(Gate gate) {
        if (!resting && gate.isInNeed(System.nanoTime())) {
            soon();
        }
    }

    private void soon() {
        if (!resting) {
            round().subscribe().with(_ -> {}, failure -> LOG.debugf("Slots of providers: %s", failure));
        }
    }

    /** One round after the other; what comes in meanwhile has another one. After a failure, the next one is regular. */
    private Uni<Void> round() {
        again = true;
        if (!busy.compareAndSet(false, true)) {
            return Uni.createFrom().voidItem();
        }
        return rounds(0)
                .onFailure()
                .invoke(() -> {
                    resting = true;
                    steadySince = Long.MAX_VALUE;
                    lookWanted = true;
                })
                .onTermination()
                .invoke(() -> {
                    busy.set(false);
                    // Somebody may have come after the last look at the flag.
                    if (again) {
                        soon();
                    }
                });
    }

    private Uni<Void> rounds(int before) {
        again = false;
        if (gates.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        return renew().chain(this::look)
                .chain(() -> each(this::satisfy))
                .chain(this::tellAll)
                .chain(this::clear)
                .invoke(this::retire)
                .chain(() -> before < MOST_ROUNDS && (again || inNeed())
                        ? rounds(before + 1)
                        : Uni.createFrom().voidItem());
    }

    private boolean inNeed() {
        long now = System.nanoTime();
        return gates.values().stream().anyMatch(gate -> gate.isInNeed(now));
    }

    private interface Step {
        Uni<Void> at(String provider, Gate gate);
    }

    private Uni<Void> each(Step step) {
        return Multi.createFrom()
                .iterable(List.copyOf(gates.entrySet()))
                .onItem()
                .transformToUniAndConcatenate(one -> step.at(one.getKey(), one.getValue()))
                .collect()
                .last()
                .replaceWithVoid();
    }

    private Uni<Void> renew() {
        long sentAt = System.nanoTime();
        if (sentAt - renewedAt < config.slotRenewal().toNanos() && steadySince != Long.MAX_VALUE) {
            return Uni.createFrom().voidItem();
        }
        Map<String, List<Integer>> held = new HashMap<>();
        List<UUID> probes = new ArrayList<>();
        gates.forEach((provider, gate) -> {
            held.put(provider, gate.heldSlots());
            if (gate.probe() != null) {
                probes.add(gate.probe());
            }
        });
        held.values().removeIf(List::isEmpty);
        Uni<Void> probing = probes.isEmpty() ? Uni.createFrom().voidItem() : SlotTable.renewProbes(pool, probes, lease);
        return held.isEmpty()
                ? probing
                : SlotTable.renew(pool, replica, lease, held)
                        .invoke(renewed -> {
                            renewedAt = sentAt;
                            lookWanted = true;
                            renewed.forEach(
                                    (provider, slots) -> gates.get(provider).renewed(slots, sentAt));
                        })
                        .chain(() -> probing);
    }

    private Uni<Void> look() {
        if (!lookWanted && gates.values().stream().allMatch(Gate::isKnown)) {
            return Uni.createFrom().voidItem();
        }
        lookWanted = false;
        long sentAt = System.nanoTime();
        Set<String> asked = Set.copyOf(gates.keySet());
        return GateTable.look(pool, replica, asked)
                .invoke(seen -> {
                    long now = System.nanoTime();
                    if (steadySince == Long.MAX_VALUE) {
                        steadySince = now;
                    }
                    gates.forEach((provider, gate) -> {
                        if (asked.contains(provider)) {
                            gate.seen(seen.getOrDefault(provider, GateSeen.GONE), sentAt, now);
                        }
                    });
                })
                .chain(seen -> each((provider, gate) -> {
                    GateSeen one = seen.get(provider);
                    if (one == null || one.rows() == one.limit()) {
                        return Uni.createFrom().voidItem();
                    }
                    return SlotTable.fit(pool, provider);
                }));
    }

    private Uni<Void> satisfy(String provider, Gate gate) {
        Need need = gate.need(System.nanoTime());
        if (need.isNothing()) {
            return Uni.createFrom().voidItem();
        }
        return pass(provider, gate, need)
                .chain(() -> trip(provider, gate, need))
                .chain(() -> probe(provider, gate, need))
                .chain(() -> pause(provider, gate, need))
                .chain(() -> take(provider, gate, need));
    }

    private Uni<Void> pass(String provider, Gate gate, Need need) {
        List<Integer> slots = new ArrayList<>(need.gifts().keySet());
        List<String> to = new ArrayList<>(need.gifts().values());
        need.freed().forEach(slot -> {
            slots.add(slot);
            to.add(null);
        });
        return slots.isEmpty()
                ? Uni.createFrom().voidItem()
                : SlotTable.pass(pool, replica, lease, provider, slots, to).invoke(() -> {
                    gate.gone(slots);
                    ring(provider);
                });
    }

    private Uni<Void> trip(String provider, Gate gate, Need need) {
        return need.trip() == null
                ? Uni.createFrom().voidItem()
                : breakers.trip(provider, need.trip(), gate.openFor()).invoke(this::lookOnceMore);
    }

    private Uni<Void> probe(String provider, Gate gate, Need need) {
        if (need.probed() != null) {
            return breakers.probed(provider, need.probed(), need.result()).invoke(() -> {
                gate.probeTold();
                lookOnceMore();
            });
        }
        return need.ask() == null
                ? Uni.createFrom().voidItem()
                : ProviderBreakerTable.ask(pool, provider, need.ask(), lease)
                        .invoke(won -> {
                            gate.probeAnswered(won, System.nanoTime());
                            lookOnceMore();
                        })
                        .replaceWithVoid();
    }

    private Uni<Void> pause(String provider, Gate gate, Need need) {
        return need.pauses().isEmpty()
                ? Uni.createFrom().voidItem()
                : breakers.pause(provider, need.pauses()).invoke(gate::pausesTold);
    }

    /**
     * Slots whose lease is over are taken only if this process has reached the database all the time that their owners have
     * to renew them. After an outage of the database their calls may still be under way, and they come first.
     */
    private Uni<Void> take(String provider, Gate gate, Need need) {
        if (need.take() == 0) {
            return Uni.createFrom().voidItem();
        }
        long sentAt = System.nanoTime();
        boolean lapsed = sentAt - steadySince
                        > config.slotRenewal().plus(SlotLeases.MARGIN).toNanos()
                && steadySince != Long.MAX_VALUE;
        return SlotTable.take(pool, replica, lease, provider, need.take(), lapsed, need.more())
                .invoke(slots -> gate.took(slots, sentAt, System.nanoTime()))
                .replaceWithVoid();
    }

    private void lookOnceMore() {
        lookWanted = true;
        again = true;
    }

    /** Tells what has changed, and rings where slots are wanted that were not wanted before. */
    private Uni<Void> tellAll() {
        long now = System.nanoTime();
        Map<String, GateStanding> news = new HashMap<>();
        gates.forEach((provider, gate) -> {
            GateStanding standing = gate.standing(now);
            Told before = told.get(provider);
            if (before == null || standing.isNews(before.standing(), Duration.ofNanos(now - before.at()))) {
                news.put(provider, standing);
            }
        });
        return news.isEmpty()
                ? Uni.createFrom().voidItem()
                : ReplicaTable.tell(pool, replica, news)
                        .invoke(() -> news.forEach((provider, standing) -> {
                            Told before = told.put(provider, new Told(standing, now));
                            int wanted = before == null ? 0 : before.standing().wants();
                            if (standing.wants() > wanted) {
                                ring(provider);
                            }
                        }));
    }

    private void ring(String provider) {
        ringing = Thread.currentThread();
        bells.ring(BreakerTransaction.BELL + ":" + provider);
        ringing = null;
    }

    private Uni<Void> clear() {
        long now = System.nanoTime();
        if (now - clearedAt < Duration.ofMinutes(1).toNanos()) {
            return Uni.createFrom().voidItem();
        }
        clearedAt = now;
        return ReplicaTable.clear(pool).chain(() -> ModelPauseTable.clear(pool));
    }

    private void retire() {
        long now = System.nanoTime();
        gates.values().removeIf(gate -> gate.retires(now));
        told.keySet().retainAll(gates.keySet());
        gauges.show(gates);
    }

    /** Before the last calls are waited for: those that wait are refused, and slots go back as calls end. */
    void leave(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE - 2) ShutdownEvent stopping) {
        leaving = true;
        gates.values().forEach(Gate::leave);
        soon();
    }

    /** After the last calls. */
    void giveBack(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) ShutdownEvent stopping) {
        if (gates.isEmpty() && told.isEmpty()) {
            return;
        }
        Uni<Void> goodbye = SlotTable.leave(pool, replica)
                .chain(() -> ReplicaTable.leave(pool, replica))
                .invoke(() -> gates.keySet().forEach(this::ring));
        try {
            goodbye.await().atMost(GOODBYE);
        } catch (RuntimeException away) {
            LOG.debugf("Slots come back when their leases end: %s", away);
        }
    }
}
