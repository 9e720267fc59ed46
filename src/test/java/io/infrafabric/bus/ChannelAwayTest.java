package io.infrafabric.bus;

import static io.infrafabric.bus.BusBed.PROBE;
import static io.infrafabric.bus.BusBed.await;
import static io.infrafabric.bus.BusBed.failed;
import static io.infrafabric.bus.BusBed.lost;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.broker.Signal;
import io.infrafabric.event.BusEvent.CameDue;
import io.infrafabric.event.CoordinatorEvent;
import io.infrafabric.event.Event;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Redis refuses writes, is frozen, or is gone: what happened has its effect all the same, once, also when it is back. */
class ChannelAwayTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private BusBed bed;

    /** What becomes of Redis, and how it comes back. */
    enum Trouble {
        FULL {
            @Override
            void begin(BusBed bed) {
                bed.redis(Command.CONFIG, "SET", "maxmemory", "1");
            }

            @Override
            void end(BusBed bed) {
                bed.redis(Command.CONFIG, "SET", "maxmemory", "0");
            }
        },
        REPLICA {
            @Override
            void begin(BusBed bed) {
                bed.redis(Command.REPLICAOF, "127.0.0.1", "1");
            }

            @Override
            void end(BusBed bed) {
                bed.redis(Command.REPLICAOF, "NO", "ONE");
            }
        },
        FROZEN {
            @Override
            void begin(BusBed bed) {
                BusServers.signalRedis(Signal.STOP);
            }

            @Override
            void end(BusBed bed) {
                BusServers.signalRedis(Signal.CONT);
            }
        },
        KILLED {
            @Override
            void begin(BusBed bed) {
                BusServers.signalRedis(Signal.KILL);
            }

            @Override
            void end(BusBed bed) {
                BusServers.restartRedis();
            }
        };

        abstract void begin(BusBed bed);

        abstract void end(BusBed bed);
    }

    private Trouble under;

    @BeforeEach
    void start() {
        bed = BusBed.fresh(Map.of("s2.bus.redis-timeout", "500ms", "s2.bus.sweep.unpublished-after", "100ms"));
        bed.makeEffectTable();
        bed.subscribe(
                PROBE, Set.of(CoordinatorEvent.TaskFailed.class, CoordinatorEvent.SessionLost.class, CameDue.class));
    }

    @AfterEach
    void stop() {
        if (under != null) {
            end();
        }
        bed.close();
    }

    private void begin(Trouble trouble) {
        under = trouble;
        trouble.begin(bed);
        await().atMost(PATIENCE).until(() -> !bed.doorbell.rings());
    }

    private void end() {
        Trouble over = under;
        under = null;
        over.end(bed);
        await().atMost(PATIENCE).until(bed.doorbell::rings);
    }

    private void emit(int from, int to) {
        bed.emit(IntStream.range(from, to).mapToObj(i -> failed("t" + i)).toArray(Event[]::new));
    }

    private static List<String> tasks(int to) {
        return IntStream.range(0, to).mapToObj(i -> "task:t" + i).toList();
    }

    private void awaitEffects(int count) {
        await().atMost(PATIENCE).until(() -> Set.copyOf(bed.effects()).containsAll(tasks(count)));
    }

    @ParameterizedTest
    @EnumSource
    void whatHappensMeanwhileHasItsEffectAndOnlyOnceWhenRedisIsBack(Trouble trouble) {
        bed.consume(PROBE, BusBed::effect);
        emit(0, 10);
        awaitEffects(10);

        begin(trouble);
        emit(10, 200);
        bed.emit(new CameDue("budget", "hold:1", Instant.now()), lost("s", 2), lost("s", 1));
        awaitEffects(200);
        await().atMost(PATIENCE).until(() -> bed.effects().containsAll(List.of("due:hold:1", "session:s")));
        end();

        Sweep sweep = bed.sweep();
        emit(200, 210);
        await().atMost(PATIENCE).until(() -> {
            await(sweep.recover());
            return bed.number("SELECT count(*) FROM bus_event WHERE NOT published") == 0
                    && bed.streamLength(PROBE) == 0
                    && Set.copyOf(bed.effects()).containsAll(tasks(210));
        });
        List<String> once = new ArrayList<>(tasks(210));
        once.addAll(List.of("due:hold:1", "session:s"));
        assertThat(bed.effects()).containsExactlyInAnyOrderElementsOf(once);
        assertThat(bed.number("SELECT count(*) FROM bus_dead_letter")).isZero();
    }

    @Test
    void aFullRedisAndAReplicaRefuseAndAreNotAway() {
        begin(Trouble.FULL);
        assertThat(bed.doorbell.state()).isInstanceOf(Doorbell.State.Refuses.class);
        assertThat(bed.doorbell.trouble()).startsWith("refuses writes: OOM");
        end();
        begin(Trouble.REPLICA);
        assertThat(bed.doorbell.trouble()).startsWith("refuses writes: READONLY");
        end();
        begin(Trouble.FROZEN);
        assertThat(bed.doorbell.state()).isInstanceOf(Doorbell.State.Away.class);
    }

    @Test
    void whatFillsRedisIsTakenOutOfItAlthoughMoreHappens() {
        emit(0, 300);
        await().until(() -> bed.streamLength(PROBE) == 300);
        bed.redis(Command.XGROUP, "CREATE", Streams.key(PROBE), PROBE, "0");
        begin(Trouble.FULL);

        bed.consume(PROBE, BusBed::effect);
        emit(300, 400);

        awaitEffects(400);
        await().atMost(PATIENCE).until(() -> bed.streamLength(PROBE) == 0 && bed.pending(PROBE) == 0);
        assertThat(bed.effects()).hasSize(400);
    }

    @Test
    void whatIsInAStreamThatDoesNotAnswerIsReadFromTheLog() {
        emit(0, 100);
        await().until(() -> bed.streamLength(PROBE) == 100);
        begin(Trouble.FROZEN);

        bed.consume(PROBE, BusBed::effect);

        awaitEffects(100);
        end();
        await().atMost(PATIENCE).until(() -> bed.streamLength(PROBE) == 0);
        assertThat(bed.effects()).hasSize(100);
    }

    @Test
    void severalProcessesLookAndEachEffectIsOne() {
        begin(Trouble.FULL);
        try (BusBed beside = bed.beside()) {
            bed.consume(PROBE, BusBed::effect);
            beside.consume(PROBE, BusBed::effect);
            emit(0, 500);
            awaitEffects(500);
        }
        assertThat(bed.effects()).hasSize(500);
        await().atMost(PATIENCE).until(() -> bed.number("SELECT count(*) FROM bus_attempt") == 0);
    }

    /** As on the stream: whoever is killed counts nothing any more, so it is counted before. */
    @Test
    void whatKillsItsReadersGoesAloneAndBecomesADeadLetterAndTheOthersPass() {
        begin(Trouble.FULL);
        emit(0, 10);
        for (int killed = 1; killed <= bed.config.reader().aloneFrom(); killed++) {
            assertThat(await(process().read(false))).hasSize(10);
            assertThat(bed.number("SELECT sum(attempts) FROM bus_attempt")).isEqualTo(10L * killed);
        }
        await().atMost(PATIENCE).until(() -> await(process().read(false)).size() == 1);
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
        await().atMost(PATIENCE).until(() -> bed.number("SELECT count(*) FROM bus_attempt") == 0);
    }

    /** Under any other id it would be found again, and make a letter with each look. */
    @Test
    void whatCannotBeReadInTheLogBecomesOneDeadLetterUnderTheIdOfItsRow() {
        begin(Trouble.FULL);
        emit(0, 2);
        bed.sql("UPDATE bus_event SET envelope = '{\"type\":' WHERE subject = 'task:t0'");
        bed.consume(PROBE, BusBed::effect);

        await().atMost(PATIENCE).until(() -> bed.effects().equals(List.of("task:t1")));
        await().atMost(PATIENCE).until(() -> bed.number("SELECT count(*) FROM bus_complete") == 1);
        assertThat(bed.strings("SELECT e.subject FROM bus_dead_letter d LEFT JOIN bus_event e ON e.id = d.event"))
                .containsExactly("task:t0");
    }

    /** One that reads, and is killed before it has finished. */
    private LogReader process() {
        return new LogReader(bed.unhandled, bed.ids, bed.config, PROBE);
    }

    /** As on the stream: five tries, and the others are not held up. */
    @Test
    void poisonBecomesADeadLetterAfterAsManyTries() {
        begin(Trouble.FULL);
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
        assertThat(bed.effects()).hasSize(9).doesNotContain("task:t3");
    }

    /** The writer's way to Redis is cut and the reader's is not, so nothing tells the reader. */
    @Test
    void whatAnotherProcessCannotPublishIsReadAllTheSame() {
        try (BusBed near = BusBed.fresh(Map.of("s2.bus.log.left-after", "200ms"))) {
            near.makeEffectTable();
            near.subscribe(PROBE, Set.of(CoordinatorEvent.TaskFailed.class));
            near.consume(PROBE, BusBed::effect);
            try (BusBed cut = near.beside()) {
                cut.loseRedis();
                cut.subscribe(PROBE, Set.of(CoordinatorEvent.TaskFailed.class));
                cut.emit(failed("far"));
                await().atMost(PATIENCE).until(() -> near.effects().equals(List.of("task:far")));
            }
            assertThat(near.doorbell.rings()).isTrue();
        }
    }

    @Test
    void anUnknownTypeIsLeftForANewerReplicaAndNothingIsCompletePastIt() {
        begin(Trouble.FULL);
        bed.sql("INSERT INTO bus_subscription (function, type, since) VALUES ('probe', 's2.newer.thing.v1', 'epoch')");
        bed.sql("SELECT bus_make_day('2026-11-01')");
        bed.sql(
                "INSERT INTO bus_event (day, id, type, subject, published, at, envelope) SELECT '2026-11-01',"
                        + " '019a3e00-0000-7000-8000-000000000000', 's2.newer.thing.v1', 'x', false, now(), '{\"specversion\":"
                        + "\"1.0\",\"id\":\"019a3e00-0000-7000-8000-000000000000\",\"type\":\"s2.newer.thing.v1\",\"source\":\"/s2/newer\"}'");
        bed.consume(PROBE, BusBed::effect);
        emit(0, 3);

        awaitEffects(3);
        await().atMost(PATIENCE).until(() -> bed.number("SELECT count(*) FROM bus_complete") == 1);
        assertThat(bed.number("SELECT count(*) FROM bus_dead_letter")).isZero();
        assertThat(bed.number("SELECT count(*) FROM bus_complete WHERE until <= '2026-11-01T12:00:00Z'"))
                .isEqualTo(1);
    }

    @Test
    void whatNobodyCanPublishIsCountedForEachFunctionAndMarkedWhenAllHaveIt() {
        bed.subscribe("at-zero", Set.of(CoordinatorEvent.TaskFailed.class));
        begin(Trouble.FULL);
        bed.consume(PROBE, BusBed::effect);
        emit(0, 5);
        bed.emit(lost("s", 1));
        await().atMost(PATIENCE).until(() -> bed.effects().size() == 6);

        var undelivered = await(bed.unhandled.undelivered(Duration.ZERO, 3));
        assertThat(undelivered).containsEntry(PROBE, 0L).containsEntry("at-zero", 3L);

        await().atMost(PATIENCE).until(() -> {
            await(bed.sweep().recover());
            return bed.number("SELECT count(*) FROM bus_event WHERE NOT published") == 5;
        });
    }
}
