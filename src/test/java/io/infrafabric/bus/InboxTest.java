package io.infrafabric.bus;

import static io.infrafabric.bus.BusBed.PROBE;
import static io.infrafabric.bus.BusBed.await;
import static io.infrafabric.bus.BusBed.batch;
import static io.infrafabric.bus.BusBed.failed;
import static io.infrafabric.bus.BusBed.lost;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.infrafabric.event.CoordinatorEvent;
import io.infrafabric.event.Envelope;
import io.smallrye.mutiny.Uni;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import org.jboss.logging.MDC;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class InboxTest {
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

    private void take(BiFunction<Work, Envelope, Uni<Void>> handler, Reading... readings) {
        await(bed.inbox.take(batch(readings), handler));
    }

    private void take(Reading... readings) {
        take(BusBed::effect, readings);
    }

    private static BiFunction<Work, Envelope, Uni<Void>> failingOn(String subject) {
        return (work, envelope) -> envelope.event().subject().equals(subject)
                ? BusBed.effect(work, envelope).onItem().failWith(() -> new IllegalStateException("poison"))
                : BusBed.effect(work, envelope);
    }

    @Test
    void duplicatesHaveOneEffect() {
        Reading.Known event = bed.known(failed("a"));

        take(event, event);
        take(event);

        assertThat(bed.effects()).containsExactly("task:a");
        assertThat(bed.registry
                        .counter("s2_events_handled_total", "function", PROBE)
                        .count())
                .isGreaterThanOrEqualTo(1);
        assertThat(bed.registry
                        .counter("s2_events_duplicate_total", "function", PROBE)
                        .count())
                .isEqualTo(1);
    }

    @Test
    void anotherFunctionTakesTheSameEventForItself() {
        Reading.Known event = bed.known(failed("a"));
        take(event);

        await(bed.inbox.take(
                new EventBatch("other", List.of(new EventBatch.Delivery("0-0", event, 1))), BusBed::effect));

        assertThat(bed.effects()).containsExactly("task:a", "task:a");
    }

    @Test
    void anOlderOrEqualVersionIsTakenInWithoutEffect() {
        take(bed.known(lost("s", 2)));
        Reading.Known older = bed.known(lost("s", 1));
        Reading.Known equal = bed.known(lost("s", 2));

        take(older, equal, bed.known(lost("other", 1)), bed.known(lost("s", 3)));

        assertThat(bed.effects()).containsExactly("session:s", "session:other", "session:s");
        assertThat(bed.inbox(PROBE))
                .hasSize(5)
                .contains(older.envelope().id(), equal.envelope().id());
        assertThat(bed.strings("SELECT version FROM bus_seen WHERE subject = 'session:s'"))
                .containsExactly("3");
    }

    @Test
    void withinABatchOnlyTheNewestOfASubjectCounts() {
        List<Long> versions = new ArrayList<>();

        take(
                (work, envelope) -> {
                    versions.add(envelope.version());
                    return Uni.createFrom().voidItem();
                },
                bed.known(lost("s", 1)),
                bed.known(lost("s", 3)),
                bed.known(lost("s", 2)));

        assertThat(versions).containsExactly(3L);
    }

    @Test
    void factsOutOfOrderAndReplayedAfterStateEventsAllCountOnce() {
        List<Reading> facts = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            facts.add(bed.known(failed("t" + i)));
        }
        Collections.reverse(facts);
        take(facts.toArray(Reading[]::new));
        take(bed.known(lost("s", 9)));
        take(facts.toArray(Reading[]::new));

        assertThat(bed.effects()).hasSize(11).doesNotHaveDuplicates();
    }

    @Test
    void onePoisonAmong63GoodOnes() {
        Reading[] readings = new Reading[64];
        for (int i = 0; i < 64; i++) {
            readings[i] = bed.known(failed(i == 30 ? "poison" : "good" + i));
        }

        take(failingOn("task:poison"), readings);

        assertThat(bed.effects()).hasSize(63).doesNotHaveDuplicates().doesNotContain("task:poison");
        assertThat(bed.inbox(PROBE)).hasSize(64);
        List<DeadLetters.Letter> letters = await(bed.deadLetters.page(PROBE, null, null, 10));
        assertThat(letters).singleElement().satisfies(letter -> {
            assertThat(letter.subject()).isEqualTo("task:poison");
            assertThat(letter.attempts()).isEqualTo(5);
            assertThat(letter.error()).contains("poison");
            assertThat(letter.firstAt()).isBeforeOrEqualTo(letter.lastAt());
        });
        assertThat(bed.number("SELECT count(*) FROM bus_attempt")).isZero();
        assertThat(bed.registry
                        .counter("s2_events_failed_total", "function", PROBE)
                        .count())
                .isEqualTo(5);
    }

    @Test
    void triesAreCountedAcrossProcesses() {
        Reading.Known poison = bed.known(failed("poison"));
        for (int i = 0; i < 3; i++) {
            await(bed.deadLetters.count(PROBE, poison.envelope().id(), "before a restart"));
        }
        List<UUID> tries = new ArrayList<>();

        take(
                (work, envelope) -> {
                    tries.add(envelope.id());
                    return Uni.createFrom().failure(new IllegalStateException("poison"));
                },
                poison);

        assertThat(tries).hasSize(2);
        assertThat(await(bed.deadLetters.count(PROBE))).isEqualTo(1);
    }

    @Test
    void aDeadLetterIsReplayedOnceTheFaultIsMended() {
        AtomicBoolean mended = new AtomicBoolean();
        bed.consume(
                PROBE,
                (work, envelope) -> mended.get()
                        ? BusBed.effect(work, envelope)
                        : Uni.createFrom().failure(new IllegalStateException("fault")));
        bed.emit(failed("a"));
        await().until(() -> await(bed.deadLetters.count(PROBE)) == 1);
        await().until(() -> bed.streamLength(PROBE) == 0);
        UUID id = await(bed.deadLetters.page(PROBE, null, null, 10)).getFirst().id();

        mended.set(true);
        assertThat(await(bed.deadLetters.replay(PROBE, id))).isTrue();

        await().until(() -> bed.effects().equals(List.of("task:a")));
        await().until(() -> bed.streamLength(PROBE) == 0);
        assertThat(await(bed.deadLetters.count(PROBE))).isZero();
        assertThat(await(bed.deadLetters.replay(PROBE, id))).isFalse();
    }

    @Test
    void aLetterOlderThanItsPartitionIsReplayedToo() {
        UUID old =
                new UUID(java.time.Instant.now().minusSeconds(30L * 86_400).toEpochMilli() << 16 | 0x7000L, 1L << 63);
        Envelope envelope = new Envelope(
                old,
                "s2.coordinator.task-failed.v1",
                "/s2/test",
                java.time.Instant.now(),
                io.infrafabric.event.Trace.NONE,
                failed("old"));
        await(bed.deadLetters.add(PROBE, new Reading.Known(envelope, Envelopes.write(envelope)), "fault", 5));
        bed.consume(PROBE, BusBed::effect);

        await(bed.deadLetters.replay(PROBE, old));

        await().until(() -> bed.effects().equals(List.of("task:old")));
    }

    @Test
    void anInfrastructureFailureIsNotCountedAndFailsTheBatch() {
        Reading.Known event = bed.known(failed("a"));

        assertThatThrownBy(() ->
                        take((work, envelope) -> Uni.createFrom().failure(new ConnectException("refused")), event))
                .hasRootCauseInstanceOf(ConnectException.class);

        assertThat(bed.number("SELECT count(*) FROM bus_attempt")).isZero();
        assertThat(bed.inbox(PROBE)).isEmpty();
        take(event);
        assertThat(bed.effects()).containsExactly("task:a");
    }

    @Test
    void anAbortedTransactionIsRunAgainAndNotCounted() {
        Map<UUID, Integer> runs = new ConcurrentHashMap<>();

        take(
                (work, envelope) -> runs.merge(envelope.id(), 1, Integer::sum) < 4
                        ? work.connection()
                                .query("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$")
                                .execute()
                                .replaceWithVoid()
                        : BusBed.effect(work, envelope),
                bed.known(failed("a")));

        assertThat(bed.effects()).containsExactly("task:a");
        assertThat(bed.number("SELECT count(*) FROM bus_attempt")).isZero();
    }

    @Test
    void whatCannotBeReadIsSetAsideAtOnce() {
        Reading.Known good = bed.known(failed("a"));
        Reading unreadable = Envelopes.read(good.json().replace("\"epoch\":1", "\"epoch\":\"one\""));
        Reading garbage = Envelopes.read("garbage");

        take(unreadable, garbage, bed.known(failed("b")));

        assertThat(bed.effects()).containsExactly("task:b");
        assertThat(await(bed.deadLetters.page(PROBE, null, null, 10)))
                .extracting(DeadLetters.Letter::type)
                .containsExactlyInAnyOrder("s2.coordinator.task-failed.v1", "unreadable");
    }

    @Test
    void whatWasDeliveredTooOftenMayCrashTheProcess() {
        Reading.Known event = bed.known(failed("a"));

        await(bed.inbox.take(
                new EventBatch(PROBE, List.of(new EventBatch.Delivery("0-0", event, 21))), BusBed::effect));

        assertThat(bed.effects()).isEmpty();
        assertThat(await(bed.deadLetters.page(PROBE, null, null, 10)))
                .singleElement()
                .satisfies(letter -> assertThat(letter.attempts()).isEqualTo(21));
    }

    @Test
    void logLinesOfAHandlerCarryEventAndTraceToken() {
        Map<String, Object> seen = new HashMap<>();
        Reading.Known event = bed.known(failed("a"));

        take(
                (work, envelope) -> {
                    seen.putAll(MDC.getMap());
                    return Uni.createFrom().voidItem();
                },
                event);

        assertThat(seen)
                .containsEntry("traceToken", "token")
                .containsEntry("event", event.envelope().id().toString());
    }

    @Test
    void deadLettersArePaged() {
        for (int i = 0; i < 5; i++) {
            await(bed.deadLetters.add(PROBE, bed.known(failed("t" + i)), "error", 5));
        }
        List<DeadLetters.Letter> first = await(bed.deadLetters.page(PROBE, null, null, 3));
        List<DeadLetters.Letter> second = await(bed.deadLetters.page(
                PROBE, first.getLast().lastAt(), first.getLast().id(), 3));

        assertThat(first).extracting(DeadLetters.Letter::subject).containsExactly("task:t4", "task:t3", "task:t2");
        assertThat(second).extracting(DeadLetters.Letter::subject).containsExactly("task:t1", "task:t0");
    }
}
