package io.infrafabric.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.budget.HoldStore;
import io.infrafabric.budget.Purses;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Transactions;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.Claiming.Answer;
import io.infrafabric.coordinator.Claiming.Claim;
import io.infrafabric.coordinator.Claiming.Claimant;
import io.infrafabric.coordinator.Claiming.Decision;
import io.infrafabric.coordinator.Claiming.Offer;
import io.infrafabric.coordinator.LeaseStore.Lease;
import io.infrafabric.coordinator.OperateStore.Operation.Patch;
import io.infrafabric.coordinator.QueueStore.Queue;
import io.infrafabric.coordinator.Submission.NewTask;
import io.infrafabric.coordinator.Submission.Placed;
import io.infrafabric.coordinator.Task.State;
import io.infrafabric.door.Once.Reply;
import io.infrafabric.door.Quota;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Where a statement decides by itself, or sorts out beforehand, it agrees with the rule in Java: on thousands of random cases,
 * made by the database from a seed, in a transaction that is rolled back.
 */
@QuarkusTest
class RulesInSqlTest {
    private static final int CASES = 2_000;
    private static final int PATCHES = 300;
    private static final Duration LEASE = Duration.ofMinutes(10);
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** A number for the seed, and how many cases there are. */
    private static final String SEEDED = "SELECT setseed(0.%1$d);";

    // One session in each swarm, most of which could have something; accounts that pay, are stopped, or are missing.
    private static final String SESSIONS = SEEDED + """
            INSERT INTO coordinator_swarm (id, paused) SELECT 'twice-' || n, random() < 0.1 FROM generate_series(1, %2$d) n;
            INSERT INTO coordinator_session (id, swarm, domains, tools, max_tasks, heartbeat_seconds, state, enrolment)
            SELECT 'twice-' || n, 'twice-' || n, '{}', '{}', 1 + floor(random() * 2)::int, 90,
                   (ARRAY['LIVE', 'LIVE', 'LIVE', 'LIVE', 'LOST', 'LEFT'])[1 + floor(random() * 6)::int], 1 + floor(random() * 2)::int
              FROM generate_series(1, %2$d) n;
            INSERT INTO budget_account (id, parent, path, warn_at, daily_limit, day, tripped)
            SELECT 'swarm:twice-' || n, 'org', ARRAY['org', 'swarm:twice-' || n], 0.8, CASE WHEN random() < 0.5 THEN 5 END,
                   (now() AT TIME ZONE 'UTC')::date - floor(random() * 2)::int, random() < 0.2 FROM generate_series(1, %2$d) n;
            INSERT INTO budget_account (id, parent, path, warn_at, daily_limit, day, tripped, probe_at, probe_hold)
            SELECT 'session:twice-' || n, 'swarm:twice-' || n, ARRAY['org', 'swarm:twice-' || n, 'session:twice-' || n], 0.8,
                   CASE WHEN random() < 0.5 THEN 5 END, (now() AT TIME ZONE 'UTC')::date - floor(random() * 2)::int, random() < 0.2,
                   CASE WHEN random() < 0.2 THEN now() + (random() - 0.5) * interval '1 hour' END,
                   CASE WHEN random() < 0.5 THEN 'hold' END
              FROM generate_series(1, %2$d) n WHERE random() < 0.97;
            """;

    // Two tasks in each swarm: for whoever comes, for the session, for another one; now or later; claimed, over, waiting.
    private static final String QUEUES = """
            INSERT INTO coordinator_task (id, swarm, title, domains, tools, priority, assignee, max_attempts, submitted_by,
                   body_hash, state, not_before, holder, lease_until)
            SELECT 'twice-' || n || '-' || k, 'twice-' || n, 'Title', '{}', '{}', floor(random() * 4)::int,
                   CASE WHEN kind IN (2, 3) THEN 'twice-' || n WHEN kind = 4 THEN 'twice-other' END, 3, 'operator', 'hash',
                   CASE kind WHEN 5 THEN 'CLAIMED' WHEN 6 THEN 'WAITING' WHEN 7 THEN 'DONE' ELSE 'QUEUED' END,
                   CASE WHEN kind IN (1, 3) THEN now() + interval '1 minute' ELSE now() END,
                   CASE kind WHEN 5 THEN 'twice-' || n END, CASE kind WHEN 5 THEN now() + interval '1 minute' END
              FROM (SELECT n, k, floor(random() * 8)::int AS kind FROM generate_series(1, %2$d) n, generate_series(1, 2) k
                    OFFSET 0) kinds;
            """;

    // One task in each swarm, that may have been held before: queued, or claimed by the session.
    private static final String HELD = """
            INSERT INTO coordinator_task (id, swarm, title, domains, tools, priority, assignee, max_attempts, submitted_by,
                   body_hash, state, epoch, attempts, reclaims, version, holder, lease_until)
            SELECT 'twice-' || n || '-1', 'twice-' || n, 'Title', '{}', '{}', 1, CASE WHEN random() < 0.5 THEN 'twice-' || n END, 3,
                   'operator', 'hash', CASE WHEN held THEN 'CLAIMED' ELSE 'QUEUED' END, floor(random() * 5)::int,
                   floor(random() * 3)::int, floor(random() * 9)::int, 1 + floor(random() * 9)::int,
                   CASE WHEN held THEN 'twice-' || n END, CASE WHEN held THEN now() + interval '1 minute' END
              FROM (SELECT n, random() < 0.5 AS held FROM generate_series(1, %2$d) n OFFSET 0) tasks;
            """;

    @Inject
    Transactions transactions;

    @Inject
    SessionStore sessions;

    @Inject
    HoldStore holds;

    @Inject
    QueueStore queues;

    @Inject
    PickupStore pickups;

    @Inject
    ClaimStore claims;

    @Inject
    LeaseStore leases;

    @Inject
    TaskStore tasks;

    @Inject
    OperateStore operations;

    @Inject
    CoordinatorConfig config;

    /** Ends a transaction whose outcome is known. */
    private static final class Enough extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** What was decided about one claim, and whether a pickup granted it a new task. */
    private record Compared(Decision byRule, boolean pickedUp) {}

    @Test
    void what_a_pickup_grants_the_rule_grants() {
        List<Compared> all = rolledBack(
                work -> world(work, 1, CASES, SESSIONS + QUEUES).chain(() -> read(work, claims(new Random(1))))
                        .chain(read -> pickUp(work, read)));
        List<Compared> pickedUp = all.stream().filter(Compared::pickedUp).toList();
        assertThat(pickedUp).allSatisfy(one -> assertThat(granted(one.byRule())).startsWith("twice-new-"));
        assertThat(pickedUp).as("cases that say something").hasSizeBetween(CASES / 20, CASES / 2);
    }

    @Test
    void what_is_read_for_claims_has_all_that_the_rule_would_grant() {
        rolledBack(work -> world(work, 2, CASES, SESSIONS + QUEUES)
                .chain(() -> read(work, claims(new Random(2))))
                .chain(read -> all(work, State.QUEUED).map(all -> {
                    List<String> seen = read.decide(read.queue().at(read.now())).stream()
                            .map(RulesInSqlTest::granted)
                            .toList();
                    List<String> there = read.decide(claimable(all, read.now())).stream()
                            .map(RulesInSqlTest::granted)
                            .toList();
                    assertThat(seen).isEqualTo(there);
                    assertThat(seen.stream().filter(id -> !id.isEmpty()).count())
                            .as("cases that say something")
                            .isBetween(CASES / 20L, CASES / 2L);
                    return seen;
                })));
    }

    @Test
    void what_is_written_of_a_grant_is_what_the_rule_says_of_the_task() {
        rolledBack(work -> world(work, 3, CASES, SESSIONS + HELD)
                .chain(() -> claims.claim(work, named(CASES), Uni.createFrom().voidItem()))
                .chain(replies -> all(work, State.CLAIMED).map(written -> {
                    Map<String, Task> rows = new HashMap<>();
                    written.forEach(task -> rows.put(task.id(), task));
                    List<Task> granted = replies.stream()
                            .filter(ClaimStore::isGrant)
                            .map(Answer::granted)
                            .toList();
                    assertThat(granted).hasSizeGreaterThan(CASES / 4).allSatisfy(task -> assertThat(rows.get(task.id()))
                            .usingRecursiveComparison()
                            .isEqualTo(task));
                    assertThat(replies).anySatisfy(reply -> assertThat(reply)
                            .isInstanceOfSatisfying(
                                    Reply.Now.class,
                                    now -> assertThat(now.answer()).isInstanceOf(Answer.GivenUp.class)));
                    return granted;
                })));
    }

    @Test
    void leases_are_renewed_that_the_rule_lets_their_holder_end() {
        Random random = new Random(4);
        List<Lease> asked = IntStream.rangeClosed(1, CASES)
                .mapToObj(n -> new Lease("twice-" + n + "-1", random.nextInt(5)))
                .toList();
        rolledBack(work -> world(work, 4, CASES, SESSIONS + HELD)
                .chain(() -> work.connection()
                        .query("UPDATE coordinator_task SET holder = CASE WHEN random() < 0.5 THEN 'ann' ELSE 'bob' END"
                                + " WHERE id LIKE 'twice-%' AND state = 'CLAIMED'")
                        .execute())
                .chain(() -> tasks.lock(
                        work.connection(), asked.stream().map(Lease::task).toList()))
                .chain(locked -> leases.renew(work, "ann", asked, LEASE).map(renewed -> {
                    Set<String> mayEnd = new HashSet<>();
                    for (Lease lease : asked) {
                        Task task = locked.tasks().get(lease.task());
                        Ending ending = new Ending.Release(lease.task(), "ann", task.swarm(), lease.epoch(), null);
                        if (Ending.decide(task, ending, locked.now(), tasks.backoff()) instanceof Ending.Decision.Ends) {
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
        rolledBack(work -> world(work, 5, PATCHES, SEEDED + others)
                .chain(() -> inTurn(PATCHES, n -> {
                    List<String> wanted = random.ints(random.nextInt(3), 1, 51)
                            .mapToObj(other -> "twice-o" + other)
                            .toList();
                    return operations.operate(work, new Patch("twice-" + n, "op", null, null, wanted, null, null));
                }))
                .invoke(patched -> {
                    assertThat(patched).allSatisfy(task -> {
                        assertThat(task.openDependencies())
                                .isEqualTo(task.blockedBy().size());
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
        rolledBack(work -> world(work, 6, CASES, SEEDED + counted)
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
                            assertThat(room.take(List.of(session, swarm), row.getLong("more").intValue()))
                                    .isNull();
                        }
                    }
                    assertThat(roomy).as("cases that say something").isBetween(CASES / 20, CASES / 2);
                }));
    }

    /** Claims as the rule gets them: under lock, with what was read for them. */
    private record Read(
            List<Claim> batch,
            Map<String, Claimant> claimants,
            Queue queue,
            Purses purses,
            Instant now,
            Claiming.Bounds bounds) {
        List<Decision> decide(Offer offer) {
            return Claiming.decide(batch, claimants, offer, purses, bounds);
        }
    }

    private Uni<Read> read(Work work, List<Claim> batch) {
        List<String> ids = batch.stream().map(Claim::session).toList();
        return sessions.lock(work.connection(), ids)
                .chain(locked -> holds.lock(work, ids).chain(purses -> queues.read(work, batch)
                        .map(queue -> {
                            Map<String, Claimant> claimants = new HashMap<>();
                            locked.sessions()
                                    .forEach((id, session) -> claimants.put(
                                            id, queue.counted().get(id).of(session)));
                            return new Read(
                                    batch, claimants, queue, purses, locked.now(), Claiming.Bounds.of(config));
                        })));
    }

    /** The rule decides with a new task in each queue; then each new task is tried by the statement. */
    private Uni<List<Compared>> pickUp(Work work, Read read) {
        Queue queue = read.queue();
        List<Task> unassigned = new ArrayList<>(queue.unassigned());
        read.batch().forEach(claim -> unassigned.add(
                Placed.alone(fresh(claim.session())).added("op", Long.MAX_VALUE, read.now())));
        List<Decision> decisions = read.decide(Offer.of(
                queue.assigned(),
                unassigned,
                queue.looked(),
                queue.named(),
                queue.outcomes(),
                queue.rests(),
                read.now()));
        return inTurn(CASES, n -> pickups.pickup(
                        work,
                        fresh(read.batch().get(n - 1).session()),
                        "op",
                        read.batch().get(n - 1))
                .map(pickup -> new Compared(decisions.get(n - 1), pickup != null)));
    }

    private static NewTask fresh(String swarm) {
        return new NewTask(
                swarm.replace("twice-", "twice-new-"),
                swarm,
                "Title",
                List.of(),
                List.of(),
                Priority.P1,
                null,
                List.of(),
                List.of(),
                null,
                null,
                3,
                null,
                "hash");
    }

    /** A claim of each session, some of them of an earlier enrolment. */
    private static List<Claim> claims(Random random) {
        return IntStream.rangeClosed(1, CASES)
                .mapToObj(n -> new Claim("twice-" + n, null, null, LEASE, null, false, random.nextInt(3)))
                .toList();
    }

    private static List<Claim> named(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(n -> new Claim("twice-" + n, "twice-" + n + "-1", null, LEASE, null))
                .toList();
    }

    /** All that there is to claim, found without a statement. */
    private static Offer claimable(List<Task> all, Instant now) {
        List<Task> due = all.stream()
                .filter(task -> !task.notBefore().isAfter(now))
                .sorted(Comparator.comparing(Task::priority).thenComparingLong(Task::seq))
                .toList();
        return Offer.of(
                due.stream().filter(task -> task.assignee() != null).toList(),
                due.stream().filter(task -> task.assignee() == null).toList(),
                List.of(),
                List.of(),
                Map.of(),
                Map.of(),
                now);
    }

    /** The id of the task that is granted; empty if none is. */
    private static String granted(Decision decision) {
        return decision instanceof Decision.Grant grant ? grant.task().id() : "";
    }

    private static Uni<List<Task>> all(Work work, State state) {
        return work.connection()
                .preparedQuery("SELECT" + TaskRow.COLUMNS
                        + "FROM coordinator_task t WHERE t.id LIKE 'twice-%' AND t.state = $1")
                .execute(Tuple.of(state.name()))
                .map(rows -> Rows.all(rows, TaskRow::task));
    }

    private static Uni<Void> world(Work work, int seed, int count, String sql) {
        return work.connection().query(sql.formatted(seed, count)).execute().replaceWithVoid();
    }

    private static <T> Uni<List<T>> inTurn(int count, Function<Integer, Uni<T>> step) {
        return Multi.createFrom()
                .range(1, count + 1)
                .onItem()
                .transformToUniAndConcatenate(step::apply)
                .collect()
                .asList();
    }

    /** What the body comes to, in a transaction that is rolled back whatever it has written and told. */
    private <T> T rolledBack(Function<Work, Uni<T>> body) {
        AtomicReference<T> done = new AtomicReference<>();
        Throwable ended = transactions
                .run(work -> body.apply(work).invoke(done::set).<T>map(ignored -> {
                    throw new Enough();
                }))
                .onFailure(Enough.class)
                .recoverWithNull()
                .map(ignored -> (Throwable) null)
                .onFailure()
                .recoverWithItem(failure -> failure)
                .await()
                .atMost(PATIENCE);
        if (ended instanceof Error error) {
            throw error;
        }
        assertThat(ended).isNull();
        return done.get();
    }
}
