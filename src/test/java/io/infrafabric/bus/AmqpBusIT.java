package io.infrafabric.bus;

import static io.infrafabric.bus.BusBed.PROBE;
import static io.infrafabric.bus.BusBed.await;
import static io.infrafabric.bus.BusBed.failed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.infrafabric.broker.Broker;
import io.infrafabric.event.CoordinatorEvent;
import io.infrafabric.event.Event;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The guarantees of the bus on a broker of AMQP (Artemis) that is killed, emptied, frozen, slow and full. */
@Tag("proof")
@Tag("soak")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AmqpBusIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Map<String, String> SETTINGS = Map.of(
            "s2.bus.amqp.timeout", "1s",
            "s2.bus.amqp.heartbeat", "500ms",
            "s2.bus.reader.max-backoff", "500ms",
            "s2.bus.sweep.unpublished-after", "100ms",
            "s2.bus.sweep.unhandled-after", "500ms");
    private Broker broker;
    private BusBed bed;

    Map<String, String> settings() {
        return SETTINGS;
    }

    /** Whether it gives an answer when it is full, or takes no more. */
    boolean answersWhenFull() {
        return true;
    }

    @BeforeAll
    void startBroker() {
        broker = make();
    }

    Broker make() {
        return Broker.artemis();
    }

    @AfterAll
    void stopBroker() {
        if (broker != null) {
            broker.close();
        }
    }

    @BeforeEach
    void start() {
        broker.purge();
        bed = BusBed.onAmqp(broker.url(), settings());
        bed.makeEffectTable();
        bed.subscribe(PROBE, Set.of(CoordinatorEvent.TaskFailed.class));
    }

    @AfterEach
    void stop() {
        bed.close();
    }

    private void emit(int from, int to) {
        bed.emit(IntStream.range(from, to).mapToObj(i -> failed("t" + i)).toArray(Event[]::new));
    }

    private static List<String> tasks(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "task:t" + i).toList();
    }

    private void awaitEffects(int count) {
        await().atMost(PATIENCE).until(() -> new HashSet<>(bed.effects()).containsAll(tasks(0, count)));
    }

    private void awaitPublished() {
        Sweep sweep = bed.sweep();
        await().atMost(PATIENCE).until(() -> {
            // What did not get through at once, as on a busy machine.
            await(sweep.recover());
            return bed.number("SELECT count(*) FROM bus_event WHERE NOT published") == 0;
        });
    }

    private double duplicates() {
        return bed.registry.find("s2_events_duplicate_total").counters().stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }

    @Test
    @Tag("amqp")
    void eachEventHasOneEffectAndLeavesTheQueue() {
        bed.consume(PROBE, BusBed::effect);
        try (BusBed beside = bed.besideOnAmqp(broker.url(), settings())) {
            beside.consume(PROBE, BusBed::effect);
            emit(0, 500);
            awaitEffects(500);
        }
        awaitPublished();
        await().atMost(PATIENCE).until(() -> broker.length(PROBE) == 0);
        assertThat(bed.effects()).hasSize(500);
        await().atMost(PATIENCE).until(() -> bed.number("SELECT count(*) FROM bus_attempt") == 0);
    }

    @Test
    void anEventIsMarkedOnlyWhenTheBrokerHasAcceptedIt() {
        await(bed.queues.touchAll(List.of(PROBE)));
        broker.fill(PROBE);
        try {
            emit(0, 3);
            await().atMost(PATIENCE).until(() -> !bed.doorbell.rings());
            assertThat(bed.number("SELECT count(*) FROM bus_event WHERE published"))
                    .isZero();
        } finally {
            broker.makeRoom(PROBE);
        }
        await().atMost(PATIENCE).until(bed.doorbell::rings);
        await().atMost(PATIENCE).until(() -> {
            await(bed.sweep().recover());
            return broker.length(PROBE) >= 3;
        });
        awaitPublished();
    }

    @ParameterizedTest
    @EnumSource
    void whatHappensMeanwhileHasItsEffectAndOnlyOnceWhenTheBrokerIsBack(BrokerTrouble trouble) {
        assumeTrue(
                trouble != BrokerTrouble.BLOCKED || answersWhenFull(),
                "Skipped BLOCKED: RabbitMQ 3 does not block senders of AMQP 1.0");
        bed.consume(PROBE, BusBed::effect);
        emit(0, 10);
        awaitEffects(10);

        trouble.begin(broker);
        try {
            emit(10, 150);
            boolean answers = answersWhenFull() && (trouble == BrokerTrouble.FULL || trouble == BrokerTrouble.BLOCKED);
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> answers
                            ? bed.doorbell.state() instanceof Doorbell.State.Refuses
                            : bed.doorbell.state() instanceof Doorbell.State.Away);
            emit(150, 200);
            awaitEffects(200);
        } finally {
            trouble.end(broker);
        }
        await().atMost(PATIENCE).until(bed.doorbell::rings);

        emit(200, 210);
        Sweep sweep = bed.sweep();
        await().atMost(PATIENCE).until(() -> {
            await(sweep.recover());
            return bed.number("SELECT count(*) FROM bus_event WHERE NOT published") == 0
                    && broker.length(PROBE) == 0
                    && new HashSet<>(bed.effects()).containsAll(tasks(0, 210));
        });
        assertThat(bed.effects()).hasSize(210);
        assertThat(bed.number("SELECT count(*) FROM bus_dead_letter")).isZero();
    }

    @Test
    @Tag("amqp")
    void whatABrokerLostIsPublishedAgain() {
        emit(0, 20);
        awaitPublished();
        await().atMost(PATIENCE).until(() -> broker.length(PROBE) == 20);
        broker.kill();
        broker.startAgain();
        await().atMost(PATIENCE).until(bed.doorbell::rings);

        bed.consume(PROBE, BusBed::effect);
        await().atMost(PATIENCE).until(() -> {
            await(bed.recovery.publishUnhandled());
            return new HashSet<>(bed.effects()).containsAll(tasks(0, 20));
        });
        assertThat(bed.effects()).hasSize(20);
    }

    @Test
    void whatIsMissingFromAQueueIsPublishedAgainAlthoughTheInboxMoves() {
        emit(0, 5);
        awaitPublished();
        await().atMost(PATIENCE).until(() -> broker.length(PROBE) == 5);
        broker.purge();

        bed.consume(PROBE, BusBed::effect);
        AtomicInteger next = new AtomicInteger(5);
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(100)).until(() -> {
            int number = next.getAndIncrement();
            emit(number, number + 1);
            await(bed.recovery.publishUnhandled());
            return new HashSet<>(bed.effects()).containsAll(tasks(0, 5));
        });
        assertThat(new HashSet<>(bed.effects())).hasSameSizeAs(bed.effects());
    }

    /** By a clock of the test: each batch takes nearly as long as a function may stand still. */
    @Test
    void aSlowFunctionGetsNothingTwice() {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.now().plusSeconds(60));
        Again again = new Again(
                bed.pool, bed.relay, bed.unhandled, new EventIds(now::get, new SplittableRandom(1)), bed.config);
        Duration patience = bed.config.sweep().unhandledAfter();
        Map<Work, Promise<Void>> batches = new ConcurrentHashMap<>();
        BlockingQueue<Promise<Void>> begun = new LinkedBlockingQueue<>();
        bed.consume(PROBE, (work, envelope) -> {
            Promise<Void> goOn = batches.computeIfAbsent(work, first -> {
                Promise<Void> mine = Promise.promise();
                begun.add(mine);
                return mine;
            });
            return Uni.createFrom()
                    .completionStage(goOn.future().toCompletionStage())
                    .chain(() -> BusBed.effect(work, envelope));
        });
        int events = 2 * bed.config.reader().maxBatch();
        emit(0, events);
        // Without the sweep, which would publish twice what is not marked in time.
        await().atMost(PATIENCE).until(() -> bed.number("SELECT count(*) FROM bus_event WHERE NOT published") == 0);

        for (int done = 0; done < events; done = bed.effects().size()) {
            int before = done;
            Promise<Void> goOn = await().atMost(PATIENCE).until(begun::poll, Objects::nonNull);
            await(again.publish(PROBE));
            now.updateAndGet(time -> time.plus(patience.minusMillis(1)));
            await(again.publish(PROBE));
            goOn.complete();
            await().atMost(PATIENCE).until(() -> bed.effects().size() > before);
        }

        await().atMost(PATIENCE).until(() -> broker.length(PROBE) == 0);
        assertThat(duplicates()).isZero();
    }

    @Test
    @Tag("amqp")
    void poisonIsSetAsideAfterFiveTriesAndTheOthersPass() {
        List<String> tries = Collections.synchronizedList(new ArrayList<>());
        bed.consume(PROBE, (work, envelope) -> {
            if (envelope.event().subject().equals("task:t3")) {
                tries.add("task:t3");
                return Uni.createFrom().failure(new IllegalStateException("poison"));
            }
            return BusBed.effect(work, envelope);
        });
        emit(0, 10);

        await().atMost(PATIENCE).until(() -> bed.number("SELECT count(*) FROM bus_dead_letter") == 1);
        await().atMost(PATIENCE).until(() -> new HashSet<>(bed.effects()).size() == 9);
        assertThat(bed.number("SELECT attempts::bigint FROM bus_dead_letter")).isEqualTo(5);
        await().atMost(PATIENCE).until(() -> broker.length(PROBE) == 0);
    }

    @Test
    void whatKillsItsReadersIsCountedBeforeAndGoesAloneAndIsSetAside() {
        emit(0, 10);
        await().atMost(PATIENCE).until(() -> broker.length(PROBE) == 10);
        for (int killed = 1; killed <= bed.config.reader().aloneFrom(); killed++) {
            try (BusBed dying = bed.besideOnAmqp(broker.url(), settings())) {
                EventSource source = dying.transport.source(PROBE);
                List<EventBatch.Delivery> all = new ArrayList<>();
                await().atMost(PATIENCE).until(() -> {
                    all.addAll(await(source.read(false)));
                    return all.size() == 10;
                });
                assertThat(bed.number("SELECT sum(attempts) FROM bus_attempt")).isEqualTo(10L * killed);
            }
        }
        bed.sql("UPDATE bus_attempt SET attempts = 20, last_at = now() - interval '1 hour' FROM bus_event e"
                + " WHERE e.id = bus_attempt.event AND e.subject = 'task:t3'");

        List<String> handled = Collections.synchronizedList(new ArrayList<>());
        bed.consume(PROBE, (work, envelope) -> {
            handled.add(envelope.event().subject());
            return BusBed.effect(work, envelope);
        });

        await().atMost(PATIENCE).until(() -> bed.number("SELECT count(*) FROM bus_dead_letter") == 1);
        await().atMost(PATIENCE).until(() -> bed.effects().size() == 9);
        assertThat(handled).doesNotContain("task:t3");
        assertThat(bed.strings("SELECT subject || ' ' || attempts FROM bus_dead_letter"))
                .containsExactly("task:t3 21");
        await().atMost(PATIENCE).until(() -> broker.length(PROBE) == 0);
    }

    @Test
    void stoppingFinishesTheBatchInFlightAndGivesTheRestBack() {
        Promise<Void> goOn = Promise.promise();
        AtomicInteger calls = new AtomicInteger();
        StreamReader reader = bed.consume(PROBE, (work, envelope) -> {
            calls.incrementAndGet();
            return Uni.createFrom()
                    .completionStage(goOn.future().toCompletionStage())
                    .chain(() -> BusBed.effect(work, envelope));
        });
        emit(0, 1);
        await().atMost(PATIENCE).until(() -> calls.get() == 1);
        emit(1, 40);
        awaitPublished();

        var stopped = reader.stop();
        assertThat(stopped.isComplete()).isFalse();
        goOn.complete();
        await(stopped);

        assertThat(bed.effects()).contains("task:t0");
        try (BusBed beside = bed.besideOnAmqp(broker.url(), settings())) {
            beside.consume(PROBE, BusBed::effect);
            awaitEffects(40);
        }
        await().atMost(PATIENCE).until(() -> broker.length(PROBE) == 0);
        assertThat(bed.effects()).hasSize(40);
    }

    @Test
    void anUnknownTypeIsGivenBackForANewerReplica() {
        await(bed.transport.append(List.of(new Transport.Entry(PROBE, """
                {"specversion":"1.0","id":"019a3e00-0000-7000-8000-000000000000","type":"s2.newer.thing.v1","source":"/s2"}"""))));
        bed.consume(PROBE, BusBed::effect);
        emit(0, 3);
        awaitEffects(3);
        await().atMost(PATIENCE).until(() -> broker.length(PROBE) == 1);

        bed.sql("UPDATE bus_subscription SET active = false");
        await().during(bed.config.reader().claimIdle().multipliedBy(2))
                .atMost(PATIENCE)
                .until(() -> broker.length(PROBE) == 1);
        assertThat(bed.number("SELECT count(*) FROM bus_dead_letter")).isZero();
        assertThat(bed.number("SELECT count(*) FROM bus_attempt")).isZero();
    }

    @Test
    void bellsRingInOtherProcessesAlsoAfterTheBrokerWasKilled() {
        List<String> there = new CopyOnWriteArrayList<>();
        try (BusBed beside = bed.besideOnAmqp(broker.url(), settings())) {
            beside.bells.listen("tasks", there::add);
            beside.bells.start(null);
            await().atMost(PATIENCE).until(() -> {
                bed.bells.ring("tasks:before");
                return there.contains("before");
            });

            broker.kill();
            broker.startAgain();

            await().atMost(PATIENCE).until(() -> {
                bed.bells.ring("tasks:after");
                return there.contains("after");
            });
        }
    }
}
