package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Transactions;
import io.infrafabric.bus.Work;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** More tasks wait for one than one transaction opens or cancels. */
@QuarkusTest
class FanOutBatchTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int MANY = 1200;

    @Inject
    Disputed disputed;

    @Inject
    Transactions transactions;

    private Swarm swarm;

    @BeforeEach
    void a_swarm() {
        swarm = disputed.swarm();
        swarm.enrol("ben");
    }

    private static String name(int number) {
        return "t%04d".formatted(number);
    }

    /** Submits dependants of these tasks, by number. */
    private void dependants(int from, int to, String... on) {
        for (int start = from; start < to; start += 500) {
            String all = IntStream.range(start, Math.min(start + 500, to))
                    .mapToObj(number -> swarm.taskBody(name(number), "dependsOn", swarm.list(on)))
                    .collect(Collectors.joining(",", "{\"tasks\":[", "]}"));
            expect(swarm.api().post("/coordinator/tasks/batch", all, swarm.operator()), 201);
        }
    }

    private <T> List<T> rows(String sql, Function<Row, T> read) {
        return run(work -> work.connection()
                .preparedQuery(sql)
                .execute(Tuple.of(swarm.id()))
                .map(rows -> Rows.all(rows, read)));
    }

    private <T> T run(Function<Work, Uni<T>> in) {
        return transactions.run(in).await().atMost(PATIENCE);
    }

    private long count(String condition) {
        return rows(
                        "SELECT count(*) FROM coordinator_task t WHERE t.swarm = $1 AND t.id LIKE 't____-%' AND "
                                + condition,
                        row -> row.getLong(0))
                .getFirst();
    }

    private void awaitCount(String condition, int expected) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(count(condition)).isEqualTo(expected));
    }

    /** How often each of the tasks that begin with {@code t} went this step, if not once. */
    private void eachOnce(String what, int tasks) {
        List<Long> times = rows(
                "SELECT count(*) FROM coordinator_history h JOIN coordinator_task t ON t.id = h.task WHERE t.swarm = $1"
                        + " AND t.id LIKE 't____-%' AND h.what = '" + what + "' GROUP BY h.task",
                row -> row.getLong(0));
        assertThat(times).hasSize(tasks).containsOnly(1L);
    }

    private void allCounted() {
        assertThat(count("t.open_deps <> (SELECT count(*) FROM coordinator_dependency d"
                        + " JOIN coordinator_task o ON o.id = d.depends_on AND o.state <> 'DONE' WHERE d.task = t.id)"))
                .as("tasks whose count is not that of their open dependencies")
                .isZero();
        assertThat(count("EXISTS (SELECT FROM coordinator_dependency d JOIN coordinator_task o ON o.id = d.depends_on"
                        + " WHERE d.task = t.id AND d.met <> (o.state = 'DONE'))"))
                .as("tasks with a dependency that is wrongly marked")
                .isZero();
    }

    private void complete(String session, String task) {
        long epoch = swarm.claims(session, task, "taskId", swarm.of(task));
        expect(swarm.end(session, "complete", task, epoch), 200);
    }

    @Test
    void many_dependants_are_opened_once_each() {
        swarm.submit("first");
        dependants(0, MANY, "first");
        complete("ann", "first");
        awaitCount("t.state = 'QUEUED'", MANY);
        eachOnce("unblocked", MANY);
        allCounted();
    }

    @Test
    void what_changes_between_two_batches_is_counted_once() throws Exception {
        swarm.submit("first");
        swarm.submit("other");
        dependants(0, MANY, "first", "other");
        dependants(MANY, MANY + 2, "first");
        complete("ann", "other");
        awaitCount("t.open_deps = 1", MANY + 2);
        swarm.submit("late");
        swarm.whileLocked(transactions, name(150), () -> {
            complete("ann", "first");
            awaitCount("t.state = 'QUEUED'", 100);
            JsonNode waiting = swarm.read(name(900));
            assertThat(waiting.path("state").asText()).isEqualTo("WAITING");
            assertThat(waiting.path("blockedBy")).isEmpty();

            dependants(MANY + 2, MANY + 3, "first");
            assertThat(swarm.state(name(MANY + 2))).isEqualTo("QUEUED");
            patch(900, "first");
            assertThat(swarm.state(name(900))).isEqualTo("QUEUED");
            patch(901, "first", "late");
            assertThat(swarm.read(name(901)).path("blockedBy")).hasSize(1);
            patch(902);
            expect(swarm.operate("cancel", name(903), "reason", "for now"), 200);
            expect(swarm.operate("retry", name(903), "reason", "after all"), 200);
            expect(swarm.operate("cancel", name(904), "reason", "for good"), 200);
        });
        awaitCount("t.state = 'QUEUED'", MANY + 1);
        allCounted();
        assertThat(swarm.state(name(901))).isEqualTo("WAITING");
        assertThat(swarm.state(name(904))).isEqualTo("CANCELLED");
        complete("ann", "late");
        awaitCount("t.state = 'QUEUED'", MANY + 2);
        allCounted();
    }

    private void patch(int number, String... dependsOn) {
        String body = Swarm.body("dependsOn", swarm.list(dependsOn));
        expect(swarm.api().patch(swarm.task(name(number)), body, swarm.operator()), 200);
    }

    @Test
    void two_ends_with_common_dependants_open_each_once() {
        swarm.submit("left");
        swarm.submit("right");
        dependants(0, 450, "left", "right");
        dependants(450, 700, "left");
        CompletableFuture<Void> left = CompletableFuture.runAsync(() -> complete("ann", "left"));
        CompletableFuture<Void> right = CompletableFuture.runAsync(() -> complete("ben", "right"));
        CompletableFuture.allOf(left, right).join();
        awaitCount("t.state = 'QUEUED'", 700);
        eachOnce("unblocked", 700);
        allCounted();
    }
}
