package io.infrafabric.bus;

import static io.infrafabric.bus.BusBed.PROBE;
import static io.infrafabric.bus.BusBed.await;
import static io.infrafabric.bus.BusBed.failed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.event.CoordinatorEvent;
import io.infrafabric.event.Event;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Promise;
import io.vertx.redis.client.Command;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StreamReaderTest {
    private static final String STREAM = "s2.probe";
    private BusBed bed;

    @BeforeEach
    void start() {
        bed = BusBed.fresh();
        bed.makeEffectTable();
        bed.subscribe(PROBE, Set.of(CoordinatorEvent.TaskFailed.class, CoordinatorEvent.SessionLost.class));
    }

    @AfterEach
    void stop() {
        bed.close();
    }

    private void emit(int from, int to) {
        List<Event> events = new ArrayList<>();
        for (int i = from; i < to; i++) {
            events.add(failed("t" + i));
        }
        bed.emit(events.toArray(Event[]::new));
    }

    /** A consumer that read everything and died before it acknowledged anything. */
    private void readAndDie(int times) {
        bed.redis(Command.XGROUP, "CREATE", STREAM, PROBE, "0", "MKSTREAM");
        bed.redis(Command.XREADGROUP, "GROUP", PROBE, "dead", "COUNT", "1000", "STREAMS", STREAM, ">");
        for (int i = 1; i < times; i++) {
            bed.redis(Command.XPENDING, STREAM, PROBE, "-", "+", "1000")
                    .forEach(entry -> bed.redis(
                            Command.XCLAIM,
                            STREAM,
                            PROBE,
                            "dead",
                            "0",
                            entry.get(0).toString()));
        }
    }

    @Test
    void everyEventHasItsEffectAndLeavesTheStream() {
        emit(0, 100);
        bed.consume(PROBE, BusBed::effect);
        emit(100, 200);

        await().until(() -> bed.effects().size() == 200);
        await().until(() -> bed.streamLength(PROBE) == 0);
        assertThat(bed.effects()).doesNotHaveDuplicates();
        assertThat(bed.pending(PROBE)).isZero();
    }

    @Test
    void aBatchHasItsBound() {
        List<Integer> sizes = new ArrayList<>();
        emit(0, 150);
        await().until(() -> bed.streamLength(PROBE) == 150);
        StreamReader reader = bed.reader(PROBE);

        reader.batches()
                .onItem()
                .transformToUniAndConcatenate(message -> {
                    sizes.add(message.getPayload().deliveries().size());
                    return Uni.createFrom().completionStage(message.ack()).replaceWith(1);
                })
                .select()
                .first(3)
                .collect()
                .asList()
                .await()
                .atMost(java.time.Duration.ofSeconds(20));

        assertThat(sizes).containsExactly(64, 64, 22);
        await(reader.stop());
    }

    @Test
    void aConsumerKilledBetweenCommitAndAcknowledgementCausesNoSecondEffect() {
        emit(0, 10);
        await().until(() -> bed.streamLength(PROBE) == 10);
        Reading[] readings = new Reading[10];
        int i = 0;
        for (var entry : bed.redis(Command.XRANGE, STREAM, "-", "+")) {
            readings[i++] = Envelopes.read(Streams.body(entry.get(1)));
        }
        readAndDie(1);
        await(bed.inbox.take(BusBed.batch(readings), BusBed::effect));

        bed.consume(PROBE, BusBed::effect);

        await().until(() -> bed.streamLength(PROBE) == 0);
        assertThat(bed.effects()).hasSize(10).doesNotHaveDuplicates();
    }

    @Test
    void aConsumerKilledBeforeCommitIsReplaced() {
        emit(0, 10);
        await().until(() -> bed.streamLength(PROBE) == 10);
        readAndDie(1);

        bed.consume(PROBE, BusBed::effect);

        await().until(() -> bed.effects().size() == 10);
        await().until(() -> bed.streamLength(PROBE) == 0);
    }

    @Test
    void whatWasDeliveredOftenIsTakenOverAlone() {
        emit(0, 5);
        await().until(() -> bed.streamLength(PROBE) == 5);
        readAndDie(4);
        List<Integer> sizes = new ArrayList<>();
        StreamReader reader = bed.reader(PROBE);

        reader.batches()
                .onItem()
                .transformToUniAndConcatenate(message -> {
                    sizes.add(message.getPayload().deliveries().size());
                    assertThat(message.getPayload().deliveries().getFirst().count())
                            .isEqualTo(5);
                    return Uni.createFrom().completionStage(message.ack()).replaceWith(1);
                })
                .select()
                .first(5)
                .collect()
                .asList()
                .await()
                .atMost(java.time.Duration.ofSeconds(20));

        assertThat(sizes).containsExactly(1, 1, 1, 1, 1);
        await(reader.stop());
    }

    @Test
    void whatCrashesEveryConsumerBecomesADeadLetterAndThenLeaves() {
        emit(0, 1);
        await().until(() -> bed.streamLength(PROBE) == 1);
        readAndDie(20);

        bed.consume(PROBE, BusBed::effect);

        await().until(() -> await(bed.deadLetters.count(PROBE)) == 1);
        await().until(() -> bed.streamLength(PROBE) == 0);
        assertThat(bed.effects()).isEmpty();
    }

    @Test
    void anUnknownTypeStaysPendingUncountedForANewerReplica() {
        String newer = bed.known(failed("a")).json().replace("task-failed.v1", "task-failed.v2");
        bed.redis(Command.XADD, STREAM, "*", "e", newer);
        emit(0, 3);
        bed.consume(PROBE, BusBed::effect);

        await().until(() -> bed.effects().size() == 3);
        await().until(() -> bed.streamLength(PROBE) == 1);
        await().ignoreExceptions()
                .untilAsserted(() -> assertThat(bed.registry
                                .get("s2_events_unknown")
                                .tag("function", PROBE)
                                .gauge()
                                .value())
                        .isEqualTo(1));
        assertThat(bed.redis(Command.XPENDING, STREAM, PROBE, "-", "+", "10"))
                .singleElement()
                .satisfies(entry -> assertThat(entry.get(3).toInteger()).isEqualTo(1));
        assertThat(await(bed.deadLetters.count(PROBE))).isZero();
    }

    @Test
    void aReplicaThatKnowsTheTypeTakesItOver() {
        // The older replica left this one pending; to the reader below its type is known.
        bed.redis(Command.XADD, STREAM, "*", "e", bed.known(failed("a")).json());
        readAndDie(1);

        bed.consume(PROBE, BusBed::effect);

        await().until(() -> bed.effects().equals(List.of("task:a")));
        await().until(() -> bed.streamLength(PROBE) == 0);
    }

    @Test
    void flushallInTheMiddleLosesAndDoublesNothing() {
        Sweep sweep = bed.sweep();
        await(sweep.recover());
        Promise<Void> flushed = Promise.promise();
        AtomicInteger calls = new AtomicInteger();
        bed.consume(PROBE, (work, envelope) -> {
            Uni<Void> effect = BusBed.effect(work, envelope);
            return calls.incrementAndGet() == 30
                    ? effect.chain(() ->
                            Uni.createFrom().completionStage(flushed.future().toCompletionStage()))
                    : effect;
        });
        emit(0, 300);
        await().until(() -> calls.get() >= 30);
        bed.redis(Command.FLUSHALL);
        flushed.complete();
        emit(300, 400);

        await(sweep.recover());

        await().until(() -> bed.effects().size() == 400);
        assertThat(bed.effects()).doesNotHaveDuplicates();
        await().until(() -> bed.streamLength(PROBE) == 0);
    }

    @Test
    void infrastructureAwayPausesAndCountsNothing() {
        AtomicBoolean away = new AtomicBoolean(true);
        AtomicInteger tries = new AtomicInteger();
        bed.consume(PROBE, (work, envelope) -> {
            tries.incrementAndGet();
            return away.get()
                    ? Uni.createFrom().failure(new ConnectException("refused"))
                    : BusBed.effect(work, envelope);
        });
        emit(0, 1);
        await().until(() -> tries.get() >= 8);
        assertThat(bed.number("SELECT count(*) FROM bus_attempt")).isZero();

        away.set(false);

        await().until(() -> bed.effects().equals(List.of("task:t0")));
        await().until(() -> bed.streamLength(PROBE) == 0);
    }

    @Test
    void whoWorksForLongIsNotTakenForDead() {
        Promise<Void> goOn = Promise.promise();
        AtomicInteger calls = new AtomicInteger();
        bed.consume(PROBE, (work, envelope) -> {
            calls.incrementAndGet();
            return Uni.createFrom()
                    .completionStage(goOn.future().toCompletionStage())
                    .chain(() -> BusBed.effect(work, envelope));
        });
        emit(0, 1);
        await().until(() -> calls.get() == 1);
        AtomicInteger others = new AtomicInteger();
        try (BusBed beside = bed.beside()) {
            beside.consume(PROBE, (work, envelope) -> {
                others.incrementAndGet();
                return Uni.createFrom().voidItem();
            });
            // Several claim-idle times (300 ms): proof that something does not happen needs a while to not happen in.
            await().during(java.time.Duration.ofMillis(1200)).until(() -> others.get() == 0);
        }
        goOn.complete();
        await().until(() -> bed.streamLength(PROBE) == 0);
        assertThat(bed.effects()).hasSize(1);
    }

    @Test
    void stoppingFinishesTheBatchInFlight() {
        Promise<Void> goOn = Promise.promise();
        AtomicInteger calls = new AtomicInteger();
        StreamReader reader = bed.consume(PROBE, (work, envelope) -> {
            calls.incrementAndGet();
            return Uni.createFrom()
                    .completionStage(goOn.future().toCompletionStage())
                    .chain(() -> BusBed.effect(work, envelope));
        });
        emit(0, 1);
        await().until(() -> calls.get() == 1);

        var stopped = reader.stop();
        assertThat(stopped.isComplete()).isFalse();
        goOn.complete();
        await(stopped);

        assertThat(bed.streamLength(PROBE)).isZero();
        assertThat(bed.effects()).containsExactly("task:t0");
    }

    @Test
    void silentConsumersWithNothingPendingAreForgotten() {
        bed.redis(Command.XGROUP, "CREATE", STREAM, PROBE, "0", "MKSTREAM");
        bed.redis(Command.XGROUP, "CREATECONSUMER", STREAM, PROBE, "gone");
        try (BusBed strict = BusBed.fresh(Map.of("s2.bus.reader.forget-consumers", "100ms"))) {
            bed.redis(Command.XGROUP, "CREATE", STREAM, PROBE, "0", "MKSTREAM");
            bed.redis(Command.XGROUP, "CREATECONSUMER", STREAM, PROBE, "gone");
            strict.consume(PROBE, BusBed::effect);

            await().until(() -> !bed.redis(Command.XINFO, "CONSUMERS", STREAM, PROBE)
                    .toString()
                    .contains("gone"));
        }
    }
}
