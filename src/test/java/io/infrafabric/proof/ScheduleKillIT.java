package io.infrafabric.proof;

import static io.infrafabric.proof.Accounts.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Two processes run schedules. Whichever is killed on the way from the due row to the task, and however long the database is
 * away: each firing makes its task once, and missed ones make tasks as the schedule says. Judged by the tasks.
 *
 * <p>Nobody can move the database's clock. Instead the rows of a schedule are set back by an hour, which to them is as if the
 * clock had been put forward; its firings of the next hour are due then. While the database is away, that happens in a PostgreSQL
 * on a port that no process knows.
 */
@Tag("proof")
@Tag("soak")
class ScheduleKillIT {
    private static final String SWARM = "clock";
    private static final Duration LATE_AFTER = Duration.ofMinutes(10);
    private static final DateTimeFormatter FIRING =
            DateTimeFormatter.ofPattern("'.'yyyyMMdd'T'HHmm'Z'").withZone(ZoneOffset.UTC);

    /** What tells the locks of this test from others. */
    private static final int LOCKS = 33;

    private static final List<Map<String, Object>> POLICIES = List.of(
            Map.of("missed", "LAST", "overlap", "SKIP"),
            Map.of("missed", "NONE", "overlap", "REPLACE"),
            Map.of("missed", "ALL", "overlap", "QUEUE"));

    private static Cluster cluster;

    /** Where a firing can be held on its way. */
    enum Moment {
        /** The due row is deleted, and nobody is told yet. */
        DUE(1, "AFTER DELETE ON bus_due FOR EACH ROW WHEN (OLD.entity LIKE '@schedule:%')"),
        /** The due row is gone, and the task is not there yet. */
        TASK(2, "BEFORE INSERT ON coordinator_task FOR EACH ROW"),
        /** All is written, and the commit is under way. */
        COMMIT(3, "AFTER INSERT ON coordinator_task DEFERRABLE INITIALLY DEFERRED FOR EACH ROW");

        private final int number;
        private final String trigger;

        Moment(int number, String trigger) {
            this.number = number;
            this.trigger = trigger;
        }

        private String sql() {
            return "CREATE " + (trigger.contains("DEFERRED") ? "CONSTRAINT " : "") + "TRIGGER hold_" + name() + " "
                    + trigger + " EXECUTE FUNCTION hold(" + number + ")";
        }
    }

    /** Holds everybody at a moment until it is closed, or its database stops. */
    private record Gate(Connection connection) implements AutoCloseable {
        static Gate shut(Moment moment) {
            try {
                Connection connection = cluster.servers().connect();
                connection.createStatement().execute("SELECT pg_advisory_lock(" + LOCKS + ", " + moment.number + ")");
                return new Gate(connection);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }

        /** Waits until a process is held there; which one. */
        int victim() {
            List<String> held = new ArrayList<>();
            await("somebody is held")
                    .atMost(Cluster.PATIENCE)
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> held.addAll(cluster.texts("SELECT a.application_name FROM pg_locks l"
                            + " JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.classid = "
                            + LOCKS + " AND NOT l.granted")));
            return Integer.parseInt(held.getFirst());
        }

        @Override
        public void close() {
            try {
                connection.close();
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @BeforeAll
    static void start() {
        cluster = Cluster.start("schedulekill", 1, settings(0));
        cluster.add(settings(1));
        cluster.update("""
                CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    PERFORM pg_advisory_xact_lock_shared(%d, TG_ARGV[0]::int);
                    RETURN NEW;
                END $$
                """.formatted(LOCKS));
        for (Moment moment : Moment.values()) {
            cluster.update(moment.sql());
        }
        Swarm.enrol(cluster, SWARM, 1, Map.of());
    }

    private static Map<String, String> settings(int process) {
        return Map.of(
                "s2.bus.reader.claim-idle",
                "5s",
                "s2.coordinator.schedule-late-after",
                LATE_AFTER.toString(),
                "quarkus.datasource.reactive.additional-properties.application_name",
                Integer.toString(process));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @ParameterizedTest
    @EnumSource
    void whoeverIsKilledOnTheWayEachFiringMakesItsTaskOnce(Moment moment) {
        String name = "kill" + moment.number;
        List<Instant> firings = put(name, 5);
        try (Gate gate = Gate.shut(moment)) {
            putForward(name);
            int victim = gate.victim();
            assertThat(dueRows(name))
                    .as("due rows that others see")
                    .isEqualTo(moment == Moment.DUE ? POLICIES.size() : 0);
            cluster.process(victim).kill();
            assertThat(tasks(name)).as("tasks that others see").isEmpty();
            cluster.again(victim);
        }
        awaitNothingDue(name);
        assertThat(tasks(name)).isEqualTo(Map.of("LAST", ids(firings), "NONE", ids(firings), "ALL", ids(firings)));
        assertSubmittedOnce();
        cluster.process(0).awaitReady();
        cluster.process(1).awaitReady();
        cluster.assertNoErrors();
    }

    @Test
    void theDatabaseStopsOnTheWayAndEachFiringMakesItsTaskOnce() {
        List<Instant> firings = put("stop", 5);
        try (Gate gate = Gate.shut(Moment.TASK)) {
            putForward("stop");
            gate.victim();
            assertThat(dueRows("stop")).isZero();
            cluster.servers().stopPostgres();
        }
        cluster.servers().startPostgres();
        awaitNothingDue("stop");
        assertThat(tasks("stop")).isEqualTo(Map.of("LAST", ids(firings), "NONE", ids(firings), "ALL", ids(firings)));
        assertSubmittedOnce();
        cluster.assertNoErrors();
    }

    @Test
    void ofThreeFiringsWhileTheDatabaseIsAwayThoseAreMadeThatTheScheduleWants() {
        List<Instant> firings = put("away", 40, 30, 20);
        List<String> next = nextFirings("away");
        cluster.servers().stopPostgres();
        await("both know that it is away")
                .atMost(Cluster.PATIENCE)
                .until(() -> cluster.process(0).degraded().equals("postgres")
                        && cluster.process(1).degraded().equals("postgres"));
        cluster.servers()
                .changeStoppedPostgres(anHourAhead("away"), "UPDATE bus_pulse SET at = at - interval '1 hour'");
        cluster.servers().startPostgres();
        awaitNothingDue("away");

        assertThat(tasks("away")).isEqualTo(Map.of("LAST", ids(List.of(firings.getLast())), "ALL", ids(firings)));
        assertThat(nextFirings("away")).as("they go on").isEqualTo(next);
        assertSubmittedOnce();
        cluster.assertNoErrors();
    }

    /**
     * Makes a schedule of each policy, of which the names begin like this.
     *
     * @param minutesAgo when it fires in each hour
     * @return its firings of the last hour
     */
    private static List<Instant> put(String name, int... minutesAgo) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.MINUTES);
        List<Instant> firings = new ArrayList<>();
        for (int minutes : minutesAgo) {
            firings.add(now.minus(Duration.ofMinutes(minutes)));
        }
        String cron = firings.stream()
                        .map(firing ->
                                Integer.toString(firing.atOffset(ZoneOffset.UTC).getMinute()))
                        .collect(Collectors.joining(","))
                + " * * * *";
        for (int i = 0; i < POLICIES.size(); i++) {
            Map<String, Object> wish = new TreeMap<>(POLICIES.get(i));
            wish.putAll(Map.of("swarm", SWARM, "cron", cron, "task", Map.of("title", "Tick")));
            String path =
                    "/coordinator/schedules/" + name + "-" + POLICIES.get(i).get("missed");
            expect(cluster.api(i % cluster.size()).put(path, wish, cluster.operator()), 200);
        }
        return firings;
    }

    /** Has these schedules live an hour later. */
    private static void putForward(String name) {
        cluster.update(anHourAhead(name));
    }

    private static String anHourAhead(String name) {
        return "WITH moved AS (UPDATE coordinator_schedule SET next_at = next_at - interval '1 hour' WHERE name LIKE '"
                + name + "-%') UPDATE bus_due SET at = at - interval '1 hour' WHERE entity LIKE '@schedule:" + name
                + "-%'";
    }

    private static long dueRows(String name) {
        return cluster.count(
                "SELECT count(*) FROM bus_due WHERE entity LIKE '@schedule:' || ? || '-%' AND at <= now()", name);
    }

    private static List<String> nextFirings(String name) {
        return cluster.texts(
                "SELECT s.next_at::text || ' ' || d.at::text FROM coordinator_schedule s"
                        + " JOIN bus_due d ON d.entity = '@schedule:' || s.name WHERE s.name LIKE ? || '-%' ORDER BY name",
                name);
    }

    private static void awaitNothingDue(String name) {
        await("each has its next firing before it")
                .atMost(Cluster.PATIENCE)
                .ignoreExceptions()
                .until(() -> cluster.count(
                                "SELECT count(*) FROM coordinator_schedule s JOIN bus_due d"
                                        + " ON d.entity = '@schedule:' || s.name AND d.at = s.next_at"
                                        + " WHERE s.name LIKE ? || '-%' AND s.next_at > now()",
                                name)
                        == POLICIES.size());
        await("nothing is under way")
                .atMost(Cluster.PATIENCE)
                .ignoreExceptions()
                .until(() -> cluster.hasHeardAll("coordinator"));
    }

    /** When there are tasks of these schedules, by their policy. */
    private static Map<String, List<String>> tasks(String name) {
        return cluster.texts("SELECT id FROM coordinator_task WHERE id LIKE ? || '-%' ORDER BY id", name).stream()
                .collect(Collectors.groupingBy(
                        id -> id.substring(id.indexOf('-') + 1, id.indexOf('.')),
                        Collectors.mapping(id -> id.substring(id.indexOf('.')), Collectors.toList())));
    }

    private static List<String> ids(List<Instant> firings) {
        return firings.stream().map(FIRING::format).toList();
    }

    private static void assertSubmittedOnce() {
        assertThat(cluster.texts(
                        "SELECT t.id || ' ' || count(h.task) FROM coordinator_task t LEFT JOIN coordinator_history h"
                                + " ON h.task = t.id AND h.what = 'submitted' GROUP BY t.id HAVING count(h.task) <> 1"))
                .isEmpty();
        assertThat(cluster.deadLetters()).isZero();
    }
}
