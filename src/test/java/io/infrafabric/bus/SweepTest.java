package io.infrafabric.bus;

import static io.infrafabric.bus.BusBed.PROBE;
import static io.infrafabric.bus.BusBed.await;
import static io.infrafabric.bus.BusBed.failed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.event.Catalogue;
import io.infrafabric.event.CoordinatorEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SweepTest {
    private static final String FUNCTION = "coordinator";
    private final Due due = new Due();
    private BusBed bed;

    @BeforeEach
    void start() {
        bed = BusBed.fresh();
        bed.subscribe(PROBE, Set.of(CoordinatorEvent.TaskFailed.class));
    }

    @AfterEach
    void stop() {
        bed.close();
    }

    private void at(Map<String, Instant> entities) {
        await(bed.transactions.run(work -> due.at(work.connection(), FUNCTION, entities)));
    }

    private List<String> cameDue() {
        return bed.strings("SELECT subject FROM bus_event WHERE type = 's2.coordinator.came-due.v1'");
    }

    @Test
    void aDueRowFiresOnceWithTwoSweepers() {
        Map<String, Instant> entities = new HashMap<>();
        for (int i = 0; i < 1200; i++) {
            entities.put("lease:" + i, Instant.now().minusSeconds(i));
        }
        at(entities);
        at(Map.of("later", Instant.now().plusSeconds(3600)));

        try (BusBed beside = bed.beside()) {
            for (int i = 0; i < 3; i++) {
                await(Uni.combine()
                        .all()
                        .unis(bed.sweep().tick(), beside.sweep().tick())
                        .discardItems());
            }
        }

        assertThat(cameDue()).hasSize(1200).doesNotHaveDuplicates().doesNotContain("due:later");
        assertThat(bed.strings("SELECT entity FROM bus_due")).containsExactly("later");
    }

    @Test
    void askingAgainReplacesAndForgettingForgets() {
        at(Map.of("a", Instant.now().minusSeconds(1), "b", Instant.now().minusSeconds(1)));
        at(Map.of("a", Instant.now().plusSeconds(3600)));
        await(bed.transactions.run(work -> due.forget(work.connection(), FUNCTION, List.of("b", "unknown"))));

        await(bed.sweep().tick());

        assertThat(cameDue()).isEmpty();
        assertThat(bed.strings("SELECT entity FROM bus_due")).containsExactly("a");
    }

    @Test
    void afterAGapDeadlinesMoveByTheGap() {
        Instant soon = Instant.parse("2026-01-01T00:00:30Z");
        bed.sql("UPDATE bus_pulse SET at = now() - interval '1 hour'");
        bed.sql("INSERT INTO bus_due VALUES ('coordinator', 'in the gap', now() - interval '30 min'),"
                + " ('coordinator', 'before the gap', now() - interval '61 min')");
        AtomicReference<Duration> told = new AtomicReference<>();
        Deadlines deadlines = new Deadlines() {
            @Override
            public Uni<Void> extend(SqlConnection c, Instant gapStart, Duration gap) {
                told.set(gap);
                return c.query("INSERT INTO bus_attempt (function, event, attempts, error)"
                                + " VALUES ('in the same transaction', gen_random_uuid(), 1, '" + soon + "')")
                        .execute()
                        .replaceWithVoid();
            }
        };

        await(bed.sweep(deadlines).tick());
        assertThat(told.get()).isBetween(Duration.ofMinutes(60), Duration.ofMinutes(61));
        assertThat(bed.number("SELECT count(*) FROM bus_attempt")).isEqualTo(1);
        assertThat(cameDue()).containsExactly("due:before the gap");
        assertThat(bed.number(
                        "SELECT extract(epoch FROM at - now())::bigint / 60 FROM bus_due WHERE entity = 'in the gap'"))
                .isBetween(29L, 30L);

        told.set(null);
        await(bed.sweep(deadlines).tick());
        assertThat(told.get()).isNull();
    }

    /** The clock went on, so what was due in the gap is due now. */
    @Test
    void timesOfTheCalendarStayWhereTheyAreAfterAGap() {
        bed.sql("UPDATE bus_pulse SET at = now() - interval '1 hour'");
        bed.sql("INSERT INTO bus_due VALUES ('coordinator', '@in the gap', now() - interval '30 min'),"
                + " ('coordinator', '@later', now() + interval '30 min')");

        await(bed.sweep().tick());

        assertThat(cameDue()).containsExactly("due:@in the gap");
        assertThat(bed.number(
                        "SELECT extract(epoch FROM at - now())::bigint / 60 FROM bus_due WHERE entity = '@later'"))
                .isBetween(29L, 30L);
    }

    @Test
    void whatWasNeverPublishedIsPublished() {
        bed.emit(failed("a"));
        await().until(() -> bed.number("SELECT count(*) FROM bus_event WHERE published") == 1);
        bed.redis(Command.DEL, "s2.probe");
        bed.sql("UPDATE bus_event SET published = false, at = now() - interval '3 s'");
        // Not a lost stream: its marker is there.
        bed.redis(Command.SET, "s2.probe.incarnation", "x");

        await(bed.sweep().recover());

        assertThat(bed.streamLength(PROBE)).isEqualTo(1);
        assertThat(bed.strings("SELECT published FROM bus_event")).containsExactly("true");
    }

    @Test
    void whatIsYoungIsLeftToTheRelay() {
        bed.emit(failed("a"));
        await().until(() -> bed.number("SELECT count(*) FROM bus_event WHERE published") == 1);
        bed.redis(Command.DEL, "s2.probe");
        bed.redis(Command.SET, "s2.probe.incarnation", "x");
        bed.sql("UPDATE bus_event SET published = false");

        await(bed.sweep().recover());

        assertThat(bed.streamLength(PROBE)).isZero();
    }

    @Test
    void aLostStreamIsRestoredOnceAndOnlyWithWhatIsLeft() {
        bed.emit(failed("handled"), failed("left"));
        await().until(() -> bed.number("SELECT count(*) FROM bus_event WHERE published") == 2);
        bed.sql("INSERT INTO bus_inbox SELECT day, 'probe', id FROM bus_event WHERE subject = 'task:handled'");
        bed.redis(Command.FLUSHALL);

        await(bed.sweep().recover());
        await(bed.sweep().recover());

        assertThat(bed.streamLength(PROBE)).isEqualTo(1);
        assertThat(bed.redis(Command.EXISTS, "s2.probe.incarnation").toInteger())
                .isEqualTo(1);
        assertThat(bed.redis(Command.PTTL, "s2.probe.incarnation").toInteger()).isEqualTo(-1);
    }

    @Test
    void restoringIsDoneInPages() {
        List<CoordinatorEvent> events = new ArrayList<>();
        for (int i = 0; i < 1100; i++) {
            events.add(failed("t" + i));
        }
        bed.emit(events.toArray(CoordinatorEvent[]::new));
        await().until(() -> bed.number("SELECT count(*) FROM bus_event WHERE published") == 1100);
        bed.redis(Command.FLUSHALL);

        await(bed.sweep().recover());

        assertThat(bed.streamLength(PROBE)).isEqualTo(1100);
    }

    @Test
    void whatIsMissingFromAStreamIsPublishedAgainAndTheRestIsNot() {
        try (BusBed now = BusBed.fresh(Map.of("s2.bus.sweep.unhandled-after", "0s"))) {
            now.subscribe(PROBE, Set.of(CoordinatorEvent.TaskFailed.class));
            now.redis(Command.SET, "s2.probe.incarnation", "x");
            now.emit(failed("missing"), failed("waiting"));
            await().until(() -> now.number("SELECT count(*) FROM bus_event WHERE published") == 2);
            String first = now.redis(Command.XRANGE, "s2.probe", "-", "+")
                    .get(0)
                    .get(0)
                    .toString();
            now.redis(Command.XDEL, "s2.probe", first);

            await(now.recovery.publishUnhandled());
            await(now.recovery.publishUnhandled());

            assertThat(now.streamLength(PROBE)).isEqualTo(2);
        }
    }

    @Test
    void theCheckStartsFromWhatIsCompleteAndNeverPassesWhatIsNot() {
        bed.emit(failed("a"));
        await(bed.recovery.publishUnhandled());
        assertThat(bed.number("SELECT count(*) FROM bus_complete WHERE until < now() - interval '9 min'"))
                .isEqualTo(1);

        bed.sql("UPDATE bus_complete SET until = 'epoch'");
        bed.sql("UPDATE bus_event SET id = '01900000-0000-7000-8000-000000000000'");
        await(bed.recovery.publishUnhandled());

        assertThat(bed.strings("SELECT extract(year FROM until)::int FROM bus_complete"))
                .containsExactly("2024");
    }

    @Test
    void aTypeThatNobodyAsksForAnyMoreIsUnsubscribed() {
        bed.subscribe(PROBE, Set.of(CoordinatorEvent.SessionLost.class));
        bed.subscribe("at zero", Set.of(CoordinatorEvent.TaskFailed.class));
        bed.sql("UPDATE bus_subscription SET asked_at = now() - interval '2 days'"
                + " WHERE function = 'at zero' OR type LIKE '%session-lost%'");

        await(bed.sweep().keepHouse());
        await(bed.subscriptions.refresh());

        assertThat(bed.subscriptions.functionsOf("s2.coordinator.session-lost.v1"))
                .isEmpty();
        assertThat(bed.subscriptions.functionsOf("s2.coordinator.task-failed.v1"))
                .containsExactlyInAnyOrder(PROBE, "at zero");
    }

    @Test
    void whoAsksForAllFunctionsKeepsThoseThatAreAtZeroAndWhatTheyStillWant() {
        await(bed.subscriptions.askForAll());
        bed.sql("INSERT INTO bus_subscription (function, type) VALUES ('budget', 's2.coordinator.of-old.v1')");
        bed.sql("DELETE FROM bus_subscription WHERE type = 's2.budget.cost-reported.v1'");
        bed.sql("UPDATE bus_subscription SET asked_at = now() - interval '2 days'");

        await(bed.subscriptions.askForAll());
        await(bed.sweep().keepHouse());

        assertThat(bed.strings("SELECT type FROM bus_subscription WHERE function = 'budget' AND active"))
                .containsExactlyInAnyOrderElementsOf(FunctionTables.typesOf("budget"));
        assertThat(bed.strings("SELECT DISTINCT function FROM bus_subscription WHERE active"))
                .containsAll(Catalogue.FUNCTIONS);
    }

    @Test
    void daysAreMadeAheadAndDroppedOnlyWhenAllIsTakenIn() {
        bed.sql("SELECT bus_make_day((now() AT TIME ZONE 'UTC')::date - ago) FROM generate_series(6, 9) AS ago");
        bed.sql("INSERT INTO bus_event (day, id, type, subject, published, at, envelope)"
                + " SELECT (now() AT TIME ZONE 'UTC')::date - 9, gen_random_uuid(), 's2.coordinator.task-failed.v1',"
                + " 'task:old', true, now() - interval '9 days', '{}'");
        bed.sql("UPDATE bus_subscription SET since = 'epoch'");

        await(bed.days.make());
        await(bed.days.drop());

        assertThat(bed.strings("SELECT (now() AT TIME ZONE 'UTC')::date - day FROM bus_day ORDER BY day"))
                .containsExactly("9", "7", "6", "1", "0", "-1", "-2", "-3");

        bed.sql("INSERT INTO bus_inbox SELECT day, 'probe', id FROM bus_event WHERE subject = 'task:old'");
        await(bed.days.drop());

        assertThat(bed.strings("SELECT (now() AT TIME ZONE 'UTC')::date - day FROM bus_day ORDER BY day"))
                .containsExactly("7", "6", "1", "0", "-1", "-2", "-3");
    }

    @Test
    void whileRedisIsAwayDueRowsStillComeDue() {
        at(Map.of("lease", Instant.now().minusSeconds(1)));
        bed.loseRedis();

        await(bed.sweep().tick());

        assertThat(cameDue()).containsExactly("due:lease");
    }
}
