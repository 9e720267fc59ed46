package io.infrafabric.coordinator.claim;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.bus.Rows;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.Swarm;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Fronts beside an old snapshot: nothing is hidden behind one, and what has gone costs nothing. */
@QuarkusTest
class FrontTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int STEPS = 80;
    private static final int FLOW = 4_000;

    private static final String SUBMIT = """
            INSERT INTO coordinator_task (id, swarm, title, domains, tools, priority, max_attempts, submitted_by, body_hash, state)
            SELECT $1::text || '-' || $3::int || '-' || n, $1::text, 'front', CASE n % 3 WHEN 0 THEN ARRAY['java'] ELSE '{}' END, '{}',
                   ($3::int + n / 3) % 4, 3, 'front', '', 'QUEUED' FROM generate_series(1, $2::int) n
            """;

    /** How random rows of a swarm change; $2 is how many. */
    private static final List<String> CHANGES = List.of(
            change(
                    "t.state = 'QUEUED'",
                    "state = 'CLAIMED', holder = 'h', lease_until = now(), dormant = false",
                    "priority, seq"),
            change(
                    "t.state = 'QUEUED'",
                    "state = 'CLAIMED', holder = 'h', lease_until = now(), dormant = false",
                    "priority, seq"),
            change(
                    "t.state = 'QUEUED'",
                    "state = 'CLAIMED', holder = 'h', lease_until = now(), dormant = false",
                    "random()"),
            change("t.state = 'CLAIMED'", "state = 'QUEUED', holder = NULL, lease_until = NULL", "random()"),
            change("t.state = 'CLAIMED'", "state = 'DONE', holder = NULL, lease_until = NULL", "random()"),
            change(
                    "t.state = 'CLAIMED'",
                    "state = 'QUEUED', holder = NULL, lease_until = NULL, dormant = true",
                    "random()"),
            change("t.state = 'QUEUED'", "dormant = NOT dormant", "random()"),
            change("t.state = 'QUEUED'", "priority = (priority + 1) % 4", "random()"),
            change(
                    "t.state = 'QUEUED'",
                    "domains = CASE WHEN domains = '{}' THEN ARRAY['java'] ELSE '{}' END",
                    "random()"),
            change("t.state = 'QUEUED'", "assignee = CASE WHEN assignee IS NULL THEN 'a' END", "random()"),
            change("t.state = 'DONE'", "state = 'WAITING', open_deps = 1", "random()"),
            change("t.state = 'WAITING'", "state = 'QUEUED', open_deps = 0", "random()"));

    private static final String OPEN =
            "q.swarm || '' = $1 AND q.state = 'QUEUED' AND q.assignee IS NULL AND NOT q.dormant";

    private static final String THERE =
            "SELECT q.id FROM coordinator_task q WHERE " + OPEN + " AND q.lane = 0 ORDER BY q.priority, q.seq";
    private static final String READ =
            "SELECT q.id FROM coordinator_plain_heads($1, 1000000) q ORDER BY q.priority, q.seq";
    private static final String LANES_THERE =
            "SELECT DISTINCT ON (q.priority, q.lane) q.id FROM coordinator_task q WHERE " + OPEN + " AND q.lane <> 0"
                    + " ORDER BY q.priority, q.lane, q.seq";
    private static final String LANES_READ = "SELECT q.id FROM coordinator_front_lanes($1, -1, 0, 1000000) q";
    private static final String IN_LANES_THERE =
            "SELECT q.id FROM coordinator_task q WHERE " + OPEN + " AND q.lane <> 0 ORDER BY q.priority, q.lane, q.seq";
    private static final String IN_LANES_READ = "SELECT q.id FROM coordinator_front_lanes($1, -1, 0, 1000000) l,"
            + " LATERAL coordinator_heads($1, l.priority, l.lane, 1000000) q ORDER BY q.priority, q.lane, q.seq";

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Pool pool;

    @Inject
    FrontTable fronts;

    @Inject
    CoordinatorConfig config;

    private final List<SqlConnection> open = new ArrayList<>();
    private Object plan;
    private Swarm swarm;

    private static String change(String which, String set, String order) {
        return "UPDATE coordinator_task SET %s WHERE id IN (SELECT t.id FROM coordinator_task t WHERE t.swarm = $1 AND %s ORDER BY %s LIMIT $2::int FOR UPDATE SKIP LOCKED)"
                .formatted(set, which, order);
    }

    @BeforeEach
    void beside_an_old_snapshot() {
        swarm = new Swarm(fabric, operator);
        SqlConnection old = begun("BEGIN ISOLATION LEVEL REPEATABLE READ");
        ask(old.query("SET LOCAL idle_in_transaction_session_timeout = 0").execute());
        ask(old.query("SELECT count(*) FROM coordinator_swarm").execute());
        ask(pool.query("""
                DO $$ BEGIN
                  CREATE TEMP TABLE burnt (n int) ON COMMIT DROP;
                  FOR i IN 1..%d LOOP
                    BEGIN INSERT INTO burnt VALUES (i); EXCEPTION WHEN division_by_zero THEN NULL; END;
                  END LOOP;
                END $$""".formatted(config.frontAge() + 10)).execute());
        assertThat(ask(pool.preparedQuery("SELECT coordinator_snapshot_is_old($1)")
                                .execute(Tuple.of(config.frontAge())))
                        .iterator()
                        .next()
                        .getBoolean(0))
                .isTrue();
    }

    @AfterEach
    void all_snapshots_end() {
        open.forEach(connection -> {
            ask(connection.query("ROLLBACK").execute());
            ask(connection.close());
        });
        await().atMost(PATIENCE).untilAsserted(() -> {
            ask(fronts.look());
            assertThat(number("SELECT count(*) FROM coordinator_front WHERE swarm = $1"))
                    .isZero();
        });
    }

    @Test
    void random_changes_and_late_commits_are_never_hidden() {
        Random random = new Random(33);
        List<SqlConnection> late = new ArrayList<>();
        Row drawn = null;
        int moved = 0;
        for (int step = 0; step < STEPS; step++) {
            SqlClient client = pool;
            if (random.nextInt(6) == 0) {
                SqlConnection begun = begun("BEGIN");
                late.add(begun);
                client = begun;
            }
            int many = 1 + random.nextInt(12);
            if (random.nextInt(3) == 0) {
                ask(client.preparedQuery(SUBMIT).execute(Tuple.of(swarm.id(), many, step)));
            } else {
                String change = CHANGES.get(random.nextInt(CHANGES.size()));
                ask(client.preparedQuery(change).execute(Tuple.of(swarm.id(), many)));
            }
            if (!late.isEmpty() && random.nextInt(4) == 0) {
                SqlConnection ends = late.remove(random.nextInt(late.size()));
                open.remove(ends);
                ask(ends.query(random.nextInt(4) == 0 ? "ROLLBACK" : "COMMIT").execute());
                ask(ends.close());
            }
            if (drawn == null) {
                drawn = first("SELECT xact, place, back FROM coordinator_drawn()", Tuple.tuple());
            } else if (move(drawn, 1)) {
                moved++;
                drawn = null;
            }
            compare("in step " + step);
        }
        assertThat(moved).as("how often the fronts moved").isGreaterThan(STEPS / 20);
    }

    private void compare(String when) {
        SqlConnection connection = begun("BEGIN ISOLATION LEVEL REPEATABLE READ");
        List<String> there = ids(connection, THERE);
        assertThat(ids(
                        connection,
                        "SELECT q.id FROM coordinator_task q WHERE q.swarm = $1 AND q.id = ANY(coordinator_behind($1, q.priority, 0)) AND q.lane = 0"
                                + " UNION ALL SELECT q.id FROM coordinator_task q WHERE " + OPEN
                                + " AND q.lane = 0 AND q.seq >= coordinator_place($1, q.priority, 0)"))
                .as("what is read where nothing is locked, " + when)
                .containsExactlyInAnyOrderElementsOf(there);
        assertThat(ask(connection
                                .preparedQuery("SELECT coordinator_plain($1, 1000000)")
                                .execute(Tuple.of(swarm.id())))
                        .iterator()
                        .next()
                        .getInteger(0))
                .as("the count " + when)
                .isEqualTo(there.size());
        if (number("SELECT count(*) FROM coordinator_front WHERE swarm = $1") > 0) {
            assertThat(ids(connection, LANES_READ))
                    .as("heads of lanes " + when)
                    .containsExactlyElementsOf(ids(connection, LANES_THERE));
        }
        ask(connection.query("ROLLBACK").execute());
        open.remove(connection);
        ask(connection.close());
        if (open.size() == 1) {
            assertThat(ids(pool, READ)).as("heads " + when).containsExactlyElementsOf(ids(pool, THERE));
            if (number("SELECT count(*) FROM coordinator_front WHERE swarm = $1") > 0) {
                assertThat(ids(pool, IN_LANES_READ))
                        .as("in lanes " + when)
                        .containsExactlyElementsOf(ids(pool, IN_LANES_THERE));
            }
        }
    }

    @Test
    void what_a_claim_reads_does_not_grow_with_what_has_gone() {
        swarm.enrol("ann", "maxConcurrentTasks", "100");
        swarm.submit("first");
        move();
        long before = read();
        for (int i = 0; i < 4; i++) {
            ask(pool.preparedQuery(SUBMIT).execute(Tuple.of(swarm.id(), FLOW / 4, i)));
            ask(pool.preparedQuery(CHANGES.getFirst()).execute(Tuple.of(swarm.id(), FLOW / 4 + 1)));
            ask(pool.preparedQuery(CHANGES.get(4)).execute(Tuple.of(swarm.id(), FLOW / 4)));
        }
        swarm.submit("next");
        long without = read();
        move();
        long with = read();
        assertThat(without).as("pages read past what has gone").isGreaterThan(before + 100);
        assertThat(with)
                .as("pages read from the front; before the flow: " + before)
                .isLessThan(before + 80);
        // The planner knows how few are queued, and not how many were.
        ask(pool.query("ANALYZE coordinator_task").execute());
        assertThat(read())
                .as(() -> "pages read from the front once statistics were taken; before the flow: " + before + "; "
                        + plan)
                .isLessThan(before + 80);
        assertThat(queued()).isTrue();
    }

    private boolean queued() {
        return first("SELECT coordinator_queued($1)", Tuple.of(swarm.id())).getBoolean(0);
    }

    /** How many pages the statement of a claim touches; {@link #plan} says where. */
    private long read() {
        SqlConnection connection = begun("BEGIN");
        // At first a connection also reads how its functions are to be run.
        for (int i = 0; i < 3; i++) {
            plan = ask(connection
                            .preparedQuery("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + QueueTable.LOOK)
                            .execute(Tuple.of(ann(), ann(), 30_000L)))
                    .iterator()
                    .next()
                    .getValue(0);
        }
        ask(connection.query("ROLLBACK").execute());
        open.remove(connection);
        ask(connection.close());
        JsonObject top = (plan instanceof JsonArray all ? all : new JsonArray(plan.toString()))
                .getJsonObject(0)
                .getJsonObject("Plan");
        return top.getLong("Shared Hit Blocks") + top.getLong("Shared Read Blocks");
    }

    private String[] ann() {
        return new String[] {swarm.of("ann")};
    }

    @Test
    void what_comes_back_into_its_old_place_is_claimed_first() {
        swarm.enrol("ann", "maxConcurrentTasks", "100");
        swarm.enrol("bob", "maxConcurrentTasks", "100");
        for (String task : List.of("a", "b", "c", "d", "e")) {
            swarm.submit(task);
        }
        swarm.submit(
                "later", "notBefore", java.time.Instant.now().plusSeconds(2).toString());
        long a = swarm.claims("ann", "a");
        long b = swarm.claims("ann", "b", "leaseSeconds", "1");
        swarm.claims("ann", "c");
        look();
        assertThat(number("SELECT count(*) FROM coordinator_front WHERE swarm = $1"))
                .isPositive();
        expect(swarm.end("ann", "release", "a", a, "reason", "front"), 200);
        swarm.claims("bob", "a");
        look();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(swarm.state("b")).isEqualTo("QUEUED"));
        assertThat(b).isPositive();
        look();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(number(
                                "SELECT count(*) FROM coordinator_task WHERE swarm = $1 AND dormant AND not_before <= now()"
                                        + " OR swarm = $1 AND dormant"))
                        .isZero());
        look();
        swarm.claims("bob", "b");
        expect(swarm.api().patch(swarm.task("e"), Swarm.body("priority", "P0"), operator), 200);
        swarm.claims("bob", "e");
        look();
        swarm.claims("bob", "d");
        swarm.claims("bob", "later");
        assertThat(swarm.claim("bob").status()).isEqualTo(204);
    }

    /** Has the fabric look, and then moves what it did not think worth it. */
    private void look() {
        ask(fronts.look());
        move();
    }

    private void move() {
        Row drawn = first("SELECT xact, place, back FROM coordinator_drawn()", Tuple.tuple());
        await().atMost(PATIENCE).until(() -> move(drawn, 1));
    }

    private boolean move(Row drawn, int gain) {
        return first(
                        "SELECT coordinator_move_fronts(array_agg($1::text), array_agg(p::smallint), array_agg(l), $2, $3, $4, $5)"
                                + " FROM generate_series(0, 3) p, (SELECT 0 AS l UNION ALL SELECT DISTINCT t.lane FROM coordinator_task t WHERE t.swarm = $1) l",
                        Tuple.of(swarm.id(), drawn.getLong(0), drawn.getLong(1), drawn.getLong(2), gain))
                .getBoolean(0);
    }

    private SqlConnection begun(String begin) {
        SqlConnection connection = ask(pool.getConnection());
        open.add(connection);
        ask(connection.query(begin).execute());
        return connection;
    }

    private List<String> ids(SqlClient client, String sql) {
        return ask(client.preparedQuery(sql)
                .execute(Tuple.of(swarm.id()))
                .map(rows -> Rows.all(rows, row -> row.getString(0))));
    }

    private long number(String sql) {
        return first(sql, Tuple.of(swarm.id())).getLong(0);
    }

    private Row first(String sql, Tuple tuple) {
        return ask(pool.preparedQuery(sql).execute(tuple)).iterator().next();
    }

    private static <T> T ask(Uni<T> uni) {
        return uni.await().atMost(PATIENCE);
    }
}
