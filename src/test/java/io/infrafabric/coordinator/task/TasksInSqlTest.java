package io.infrafabric.coordinator.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bus.Transactions;
import io.infrafabric.command.Quota;
import io.infrafabric.coordinator.RandomSwarms;
import io.infrafabric.coordinator.claim.Ending;
import io.infrafabric.coordinator.claim.LeaseTable;
import io.infrafabric.coordinator.claim.LeaseTable.Lease;
import io.infrafabric.coordinator.task.Task.State;
import io.infrafabric.coordinator.transaction.OperateTransaction;
import io.infrafabric.coordinator.transaction.Operation.Patch;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What statements say of leases, dependencies and room agrees with {@link Ending}, {@link Task#next} and {@link Quota}: in
 * thousands of random cases.
 */
@QuarkusTest
class TasksInSqlTest {
    private static final int CASES = 2_000;
    private static final int PATCHES = 300;
    private static final Duration LEASE = Duration.ofMinutes(10);

    @Inject
    Transactions transactions;

    @Inject
    LeaseTable leases;

    @Inject
    TaskTable tasks;

    @Inject
    OperateTransaction operations;

    @Test
    void leases_are_renewed_that_the_rule_lets_their_holder_end() {
        Random random = new Random(4);
        List<Lease> asked = IntStream.rangeClosed(1, CASES)
                .mapToObj(n -> new Lease("twice-" + n + "-1", random.nextInt(5)))
                .toList();
        new RandomSwarms(transactions)
                .rolledBack(work -> RandomSwarms.make(work, 4, CASES, RandomSwarms.SESSIONS + RandomSwarms.HELD)
                        .chain(() -> work.connection()
                                .query(
                                        "UPDATE coordinator_task SET holder = CASE WHEN random() < 0.5 THEN 'ann' ELSE 'bob' END"
                                                + " WHERE id LIKE 'twice-%' AND state = 'CLAIMED'")
                                .execute())
                        .chain(() -> tasks.lock(
                                        work, asked.stream().map(Lease::task).toList())
                                .take())
                        .chain(locked -> leases.renew(work, "ann", asked, LEASE).map(renewed -> {
                            Set<String> mayEnd = new HashSet<>();
                            for (Lease lease : asked) {
                                Task task = locked.tasks().get(lease.task());
                                Ending ending = new Ending.Release(lease.task(), "ann", task.swarm(), lease.epoch());
                                if (task.state() == Task.State.CLAIMED
                                        && Ending.decide(task, ending, Map.of(), locked.now(), tasks.backoff())
                                                instanceof Ending.Decision.Ends) {
                                    mayEnd.add(task.id());
                                }
                            }
                            assertThat(renewed).extracting(Task::id).containsExactlyInAnyOrderElementsOf(mayEnd);
                            assertThat(mayEnd).as("cases that say something").hasSizeBetween(CASES / 50, CASES / 2);
                            return renewed;
                        })));
    }

    @Test
    void a_task_with_other_dependencies_goes_where_the_rule_sends_it() {
        Random random = new Random(5);
        String others = """
                INSERT INTO coordinator_task (id, swarm, title, domains, tools, priority, max_attempts, submitted_by, body_hash, state)
                SELECT 'twice-o' || n, 'twice', 'Title', '{}', '{}', 1, 3, 'operator', 'hash',
                       (ARRAY['DONE', 'DONE', 'QUEUED', 'DEAD'])[1 + floor(random() * 4)::int] FROM generate_series(1, 50) n;
                INSERT INTO coordinator_task (id, swarm, title, domains, tools, priority, max_attempts, submitted_by, body_hash, state)
                SELECT 'twice-' || n, 'twice', 'Title', '{}', '{}', 1, 3, 'operator', 'hash', 'QUEUED' FROM generate_series(1, %2$d) n;
                INSERT INTO coordinator_basis (task, claim, disputed)
                SELECT 'twice-' || n, 'claim-' || k, random() < 0.3 FROM generate_series(1, %2$d) n, generate_series(1, 2) k;
                UPDATE coordinator_task t SET open_deps = b.open, state = CASE WHEN b.open = 0 THEN 'QUEUED' ELSE 'WAITING' END
                  FROM (SELECT task, count(*) FILTER (WHERE disputed) AS open FROM coordinator_basis WHERE task LIKE 'twice-%%' GROUP BY task) b
                 WHERE b.task = t.id;
                """;
        new RandomSwarms(transactions)
                .rolledBack(work -> RandomSwarms.make(work, 5, PATCHES, RandomSwarms.SEEDED + others)
                        .chain(() -> RandomSwarms.inTurn(PATCHES, n -> {
                            List<String> wanted = random.ints(random.nextInt(3), 1, 51)
                                    .mapToObj(other -> "twice-o" + other)
                                    .toList();
                            return operations
                                    .operate(work, new Patch("twice-" + n, "op", null, null, wanted, null))
                                    .map(outcome -> ((OperateTransaction.Outcome.Done) outcome).task());
                        }))
                        .invoke(patched -> {
                            assertThat(patched).allSatisfy(task -> {
                                assertThat(task.links().open())
                                        .isEqualTo(task.links().blockedBy().size());
                                assertThat(task.state()).isEqualTo(task.next());
                            });
                            assertThat(patched).extracting(Task::state).contains(State.WAITING, State.QUEUED);
                        }));
    }

    @Test
    void where_there_is_room_for_sure_no_quota_is_exceeded() {
        // A count from before, and as much of the sequence since as was added, or more.
        String counted = """
                INSERT INTO coordinator_task (id, swarm, title, domains, tools, priority, max_attempts, submitted_by, body_hash, state)
                SELECT 'twice-' || n || '-' || k, 'twice-' || n, 'Title', '{}', '{}', 1, 3, 'twice-' || k %% 2, 'hash',
                       (ARRAY['QUEUED', 'WAITING', 'DONE'])[1 + floor(random() * 3)::int]
                  FROM generate_series(1, %2$d) n, generate_series(1, 6) k;
                INSERT INTO coordinator_usage (swarm, waiting, seq)
                SELECT w.swarm, w.n - w.since, s.last_value - w.since - floor(random() * 3)::int FROM coordinator_task_seq_seq s, (
                  SELECT swarm, count(*) AS n, floor(random() * (count(*) + 1))::int AS since FROM coordinator_task
                   WHERE swarm LIKE 'twice-%%' AND state IN ('QUEUED', 'WAITING') GROUP BY swarm) w;
                """;
        String rooms = """
                SELECT q.*, coordinator_room(ARRAY[q.swarm], ARRAY['twice-1'], ARRAY[q.swarm], q.more, q.per_swarm, q.per_session) AS room,
                       (SELECT count(*) FROM coordinator_task t WHERE t.swarm = q.swarm AND t.state IN ('QUEUED', 'WAITING')) AS of_swarm,
                       (SELECT count(*) FROM coordinator_task t WHERE t.swarm = q.swarm AND t.submitted_by = 'twice-1'
                           AND t.state IN ('QUEUED', 'WAITING')) AS of_session
                  FROM (SELECT 'twice-' || n AS swarm, 1 + floor(random() * 3)::int::bigint AS more,
                               1 + floor(random() * 9)::int::bigint AS per_swarm, 1 + floor(random() * 6)::int::bigint AS per_session
                          FROM generate_series(1, $1::int) n OFFSET 0) q
                """;
        new RandomSwarms(transactions)
                .rolledBack(work -> RandomSwarms.make(work, 6, CASES, RandomSwarms.SEEDED + counted)
                        .chain(() -> work.connection().preparedQuery(rooms).execute(Tuple.of(CASES)))
                        .invoke(rows -> {
                            int roomy = 0;
                            for (Row row : rows) {
                                Quota swarm = new Quota("tasks", "key", "swarm:red", row.getLong("per_swarm"));
                                Quota session = new Quota("tasks", "key", "session:ann", row.getLong("per_session"));
                                Quota.Room room = new Quota.Room(
                                        Map.of(swarm, row.getLong("of_swarm"), session, row.getLong("of_session")),
                                        Duration.ZERO);
                                if (row.getBoolean("room")) {
                                    roomy++;
                                    assertThat(room.take(
                                                    List.of(session, swarm),
                                                    row.getLong("more").intValue()))
                                            .isNull();
                                }
                            }
                            assertThat(roomy).as("cases that say something").isBetween(CASES / 20, CASES / 2);
                        }));
    }
}
