package io.infrafabric.coordinator.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.budget.ClaimHolds;
import io.infrafabric.budget.Purses;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Transactions;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.Examples;
import io.infrafabric.coordinator.RandomSwarms;
import io.infrafabric.coordinator.claim.Claiming.Answer;
import io.infrafabric.coordinator.claim.Claiming.Claim;
import io.infrafabric.coordinator.claim.Claiming.Claimant;
import io.infrafabric.coordinator.claim.Claiming.Decision;
import io.infrafabric.coordinator.claim.QueueTable.Queue;
import io.infrafabric.coordinator.session.SessionTable;
import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.task.Submission.NewTask;
import io.infrafabric.coordinator.task.Submission.Placed;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.Task.State;
import io.infrafabric.coordinator.task.TaskRow;
import io.infrafabric.coordinator.transaction.ClaimTransaction;
import io.infrafabric.coordinator.transaction.OfferTransaction;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What statements grant, read and write of claims agrees with {@link Claiming}: in thousands of random swarms, of which each
 * has one session.
 */
@QuarkusTest
class ClaimingInSqlTest {
    private static final int CASES = 1_000;
    private static final int BATCH = 50;
    private static final Duration LEASE = Duration.ofMinutes(10);

    @Inject
    Transactions transactions;

    @Inject
    SessionTable sessions;

    @Inject
    ClaimHolds holds;

    @Inject
    QueueTable queues;

    @Inject
    PickupTable pickups;

    @Inject
    ClaimTransaction claims;

    @Inject
    OfferTransaction offers;

    @Inject
    CoordinatorConfig config;

    /** What was decided about one claim, and whether a pickup granted it a new task. */
    private record Compared(Decision byRule, boolean pickedUp) {}

    /** The same claim decided on what a statement has read, and on all that there is; the id of the task, if one is granted. */
    private record Decided(String read, String there) {}

    @Test
    void what_a_pickup_grants_the_rule_grants() {
        List<Compared> all = swarms().rolledBack(work -> RandomSwarms.make(
                        work, 1, CASES, RandomSwarms.SESSIONS + RandomSwarms.QUEUES)
                .chain(() -> RandomSwarms.inBatches(
                        claims(new Random(1)), BATCH, batch -> read(work, batch).chain(read -> pickUp(work, read)))));
        List<Compared> pickedUp = all.stream().filter(Compared::pickedUp).toList();
        assertThat(pickedUp).allSatisfy(one -> assertThat(granted(one.byRule())).startsWith("twice-new-"));
        assertThat(pickedUp).as("cases that say something").hasSizeBetween(CASES / 20, CASES / 2);
    }

    @Test
    void what_is_read_for_claims_has_all_that_the_rule_would_grant() {
        List<Decided> all = swarms().rolledBack(work -> RandomSwarms.make(
                        work, 2, CASES, RandomSwarms.SESSIONS + RandomSwarms.QUEUES)
                .chain(() -> all(work, State.QUEUED))
                .chain(queued -> RandomSwarms.inBatches(
                        claims(new Random(2)),
                        BATCH,
                        batch -> read(work, batch)
                                .chain(read -> offers.decide(
                                                work,
                                                new OfferTransaction.Batch(
                                                        batch, read.claimants(), read.purses(), read.now()),
                                                read.queue())
                                        .map(offered -> decided(read, offered.decisions(), queued))))));
        assertThat(all).allSatisfy(one -> assertThat(one.read()).isEqualTo(one.there()));
        assertThat(all.stream().filter(one -> !one.there().isEmpty()))
                .as("cases that say something")
                .hasSizeBetween(CASES / 20, CASES / 2);
    }

    @Test
    void what_is_found_in_lanes_is_what_the_rule_would_grant_of_all_that_is_queued() {
        Random random = new Random(4);
        List<Claim> claims = claims(new Random(4)).stream()
                .map(claim ->
                        new Claim(claim.session(), null, random.nextInt(3) == 0 ? 0.7 : null, LEASE, false, 0, false))
                .toList();
        List<Decided> all = swarms().rolledBack(work -> RandomSwarms.make(
                        work, 4, CASES, RandomSwarms.SESSIONS + RandomSwarms.MIXED)
                .chain(() -> all(work, State.QUEUED))
                .chain(queued -> free(work)
                        .chain(free -> RandomSwarms.inBatches(
                                claims,
                                BATCH,
                                batch -> read(work, batch)
                                        .chain(read -> offered(work, read)
                                                .map(seen -> compared(read, seen, queued, free)))))));
        assertThat(all).allSatisfy(one -> assertThat(one.read()).isEqualTo(one.there()));
        assertThat(all.stream().filter(one -> !one.there().isEmpty()))
                .as("cases that say something")
                .hasSizeBetween(CASES / 4, CASES - CASES / 20);
    }

    private Uni<List<Decision>> offered(Work work, Read read) {
        return offers.decide(
                        work,
                        new OfferTransaction.Batch(read.batch(), read.claimants(), read.purses(), read.now()),
                        read.queue())
                .map(OfferTransaction.Decided::decisions);
    }

    /** The same decided on all that is queued, and all that is free under each key. */
    private static List<Decided> compared(Read read, List<Decision> seen, List<Task> queued, FreeKeys free) {
        Offer all = claimable(queued, read.now());
        List<Decision> there = read.decide(new Offer(
                all.assigned(),
                all.unassigned(),
                Map.of(),
                read.queue().outcomes(),
                Map.of(),
                Lanes.Seen.NOTHING.under(free),
                read.now()));
        return IntStream.range(0, seen.size())
                .mapToObj(i -> new Decided(granted(seen.get(i)), granted(there.get(i))))
                .toList();
    }

    private static Uni<FreeKeys> free(Work work) {
        return LimitTable.free(
                work.connection(),
                IntStream.rangeClosed(1, CASES)
                        .boxed()
                        .flatMap(n -> Stream.of("k1", "k2").map(key -> new LimitTable.Key("twice-" + n, key)))
                        .toList());
    }

    private static List<Decided> decided(Read read, List<Decision> seen, List<Task> queued) {
        List<Decision> there = read.decide(claimable(queued, read.now()));
        return IntStream.range(0, seen.size())
                .mapToObj(i -> new Decided(granted(seen.get(i)), granted(there.get(i))))
                .toList();
    }

    /** What was answered, and the tasks as they were written. */
    private record Written(List<Answer> answers, Map<String, Task> tasks) {}

    @Test
    void what_is_written_of_a_grant_is_what_the_rule_says_of_the_task() {
        Written written = swarms().rolledBack(work -> RandomSwarms.make(
                        work, 3, CASES, RandomSwarms.SESSIONS + RandomSwarms.HELD)
                .chain(() -> RandomSwarms.inBatches(
                        named(CASES),
                        BATCH,
                        batch -> claims.decide(
                                work, batch, Lock.none(Uni.createFrom().voidItem()))))
                .chain(answers -> all(work, State.CLAIMED)
                        .map(tasks -> new Written(
                                answers, tasks.stream().collect(Collectors.toMap(Task::id, task -> task))))));
        List<Task> granted = written.answers().stream()
                .filter(Answer.Granted.class::isInstance)
                .map(Answer::granted)
                .toList();
        assertThat(granted)
                .hasSizeGreaterThan(CASES / 4)
                .allSatisfy(task -> assertThat(written.tasks().get(task.id()))
                        .usingRecursiveComparison()
                        .isEqualTo(task));
        assertThat(written.answers()).as("some are given up").anyMatch(Answer.GivenUp.class::isInstance);
    }

    private RandomSwarms swarms() {
        return new RandomSwarms(transactions);
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
        return work.inOrder(sessions.lock(work, ids), holds.lock(work, ids), queues.read(work, batch))
                .with((locked, purses, queue) -> {
                    Map<String, Claimant> claimants = new HashMap<>();
                    locked.sessions()
                            .forEach((id, session) ->
                                    claimants.put(id, queue.counted().get(id).of(session)));
                    return new Read(batch, claimants, queue, purses, locked.now(), Claiming.Bounds.of(config));
                });
    }

    /** The rule decides with a new task in each queue; then each new task is tried by the statement. */
    private Uni<List<Compared>> pickUp(Work work, Read read) {
        Queue queue = read.queue();
        List<Task> unassigned = new ArrayList<>(queue.unassigned());
        read.batch()
                .forEach(claim ->
                        unassigned.add(Placed.alone(fresh(claim.session())).added("op", Long.MAX_VALUE, read.now())));
        List<Decision> decisions = read.decide(Offer.of(
                queue.assigned(),
                unassigned,
                List.copyOf(queue.named().tasks().values()),
                queue.outcomes(),
                queue.rests(),
                Lanes.Seen.NOTHING,
                read.now()));
        return RandomSwarms.inTurn(
                read.batch().size(),
                n -> pickups.pickup(
                                work,
                                fresh(read.batch().get(n - 1).session()),
                                "op",
                                read.batch().get(n - 1))
                        .map(pickup -> new Compared(decisions.get(n - 1), pickup != null)));
    }

    private static NewTask fresh(String swarm) {
        return Examples.task(swarm.replace("twice-", "twice-new-"))
                .swarm(swarm)
                .priority(Priority.P1)
                .estimate(null)
                .payload(null)
                .trace(null)
                .wish();
    }

    /** A claim of each session, some of them of an earlier enrolment. */
    private static List<Claim> claims(Random random) {
        return IntStream.rangeClosed(1, CASES)
                .mapToObj(n -> new Claim("twice-" + n, null, null, LEASE, false, random.nextInt(3), false))
                .toList();
    }

    private static List<Claim> named(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(n -> new Claim("twice-" + n, "twice-" + n + "-1", null, LEASE))
                .toList();
    }

    /** All that there is to claim, found without a statement. */
    private static Offer claimable(List<Task> all, Instant now) {
        List<Task> due = all.stream()
                .filter(task -> !task.progress().notBefore().isAfter(now))
                .sorted(Comparator.comparing(Task::priority)
                        .thenComparingLong((Task task) -> task.origin().seq()))
                .toList();
        return Offer.of(
                due.stream().filter(task -> task.assignee() != null).toList(),
                due.stream().filter(task -> task.assignee() == null).toList(),
                List.of(),
                Map.of(),
                Map.of(),
                Lanes.Seen.NOTHING,
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
}
