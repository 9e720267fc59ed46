package io.infrafabric.coordinator.published;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Transactions;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.claim.QueueTable;
import io.infrafabric.coordinator.published.Backlog.Entry;
import io.infrafabric.coordinator.published.Handovers.View;
import io.infrafabric.coordinator.session.Match;
import io.infrafabric.coordinator.session.Match.Need;
import io.infrafabric.coordinator.session.Match.Outcomes;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.session.SessionTable;
import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.TaskRow;
import io.infrafabric.stealing.Choice;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What the statement lets an idle session see of other queues holds all that the rules would give it ({@link Match}, {@link
 * Choice}): some 50,000 pairs of a session and a task, at least scores that some of them have exactly.
 */
@QuarkusTest
class HandoverSieveTest {
    private static final int IDLE = 40;
    private static final int BUSY = 12;
    private static final int SCORES = 10;
    private static final int ALL = 10_000;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    // Names twice, none at all, and some that only one side has; from enrolled just now to a year ago; outcomes that
    // make a
    // recent success nearly 1.
    private static final String CREW = """
            SELECT setseed(0.7);
            INSERT INTO coordinator_swarm (id) VALUES ('sieve');
            INSERT INTO coordinator_session (id, swarm, domains, tools, max_tasks, heartbeat_seconds, state, created_at)
            SELECT 'sieve-' || n, 'sieve', ARRAY(SELECT 'd' || floor(random() * 6)::int FROM generate_series(1, n %% 5)),
                   ARRAY(SELECT 't' || floor(random() * 4)::int FROM generate_series(1, n %% 4)), 3, 90, 'LIVE',
                   now() - random() * random() * interval '1 year'
              FROM generate_series(1, %1$d) n;
            INSERT INTO coordinator_outcome (session, domain, successes, total, at)
            SELECT 'sieve-' || n, 'd' || k, CASE WHEN random() < 0.3 THEN 1e12 ELSE 3 * random() END, 1e12, now() - random() * interval '1 day'
              FROM generate_series(1, %1$d) n, generate_series(0, 5) k WHERE random() < 0.5;
            UPDATE coordinator_outcome SET total = successes + random() WHERE session LIKE 'sieve-%%';
            INSERT INTO coordinator_task (id, swarm, title, domains, tools, priority, assignee, max_attempts, submitted_by,
                   body_hash, state, not_before, requires)
            SELECT 'sieve-' || n || '-' || k, 'sieve', 'Title', ARRAY(SELECT 'd' || floor(random() * 7)::int FROM generate_series(1, (n + k) %% 4)),
                   ARRAY(SELECT 't' || floor(random() * 5)::int FROM generate_series(1, k %% 3)), floor(random() * 4)::int, 'sieve-busy-' || n, 3,
                   'operator', 'hash', CASE WHEN random() < 0.9 THEN 'QUEUED' ELSE 'WAITING' END,
                   CASE WHEN random() < 0.9 THEN now() ELSE now() + interval '1 minute' END,
                   CASE WHEN k %% 5 = 0 THEN ARRAY['d' || n %% 6] WHEN k %% 7 = 0 THEN ARRAY['d1', 't' || n %% 4] END
              FROM generate_series(1, %2$d) n, generate_series(1, 20) k WHERE k <= 2 * n;
            """.formatted(IDLE, BUSY);

    @Inject
    Transactions transactions;

    @Inject
    Handovers handovers;

    @Inject
    SessionTable sessions;

    /** All that there is. */
    private record World(
            Map<String, Session> idle, Map<String, Map<String, Outcomes>> outcomes, List<Task> queued, Instant now) {
        double score(Session session, List<String> domains, List<String> tools, Duration halfLife) {
            return Match.score(
                            Need.of(domains, tools),
                            session,
                            outcomes.getOrDefault(session.id(), Map.of()),
                            now,
                            halfLife)
                    .score();
        }

        /** The queues, found without a statement. */
        List<Backlog> backlogs() {
            Map<String, List<Task>> queues = queued.stream().collect(Collectors.groupingBy(Task::assignee));
            List<Backlog> backlogs = new ArrayList<>();
            queues.forEach((owner, tasks) -> backlogs.add(new Backlog(
                    owner,
                    tasks.size(),
                    tasks.stream().map(Task::priority).max(Priority::compareTo).orElseThrow(),
                    tasks.stream()
                            .filter(task -> !task.progress().notBefore().isAfter(now))
                            .map(task -> new Entry(
                                    task.id(),
                                    task.priority(),
                                    task.origin().seq(),
                                    task.specification().requirements(),
                                    task.specification().dispatch().estimatedCost()))
                            .toList())));
            return backlogs;
        }
    }

    @Test
    void what_the_rules_would_give_is_seen() {
        int chosen = transactions
                .run(work -> work.connection()
                        .query(CREW)
                        .execute()
                        .chain(() -> world(work))
                        .chain(world -> Multi.createFrom()
                                .iterable(scores(world))
                                .onItem()
                                .transformToUniAndConcatenate(least -> compare(work, world, least))
                                .collect()
                                .with(Collectors.summingInt(choices -> choices)))
                        .invoke(work::nothingWritten))
                .await()
                .atMost(PATIENCE);
        assertThat(chosen).as("cases that say something").isGreaterThan(SCORES * IDLE / 4);
    }

    private Uni<World> world(Work work) {
        List<String> ids =
                IntStream.rangeClosed(1, IDLE).mapToObj(n -> "sieve-" + n).toList();
        return sessions.find(work.connection(), ids)
                .chain(idle -> QueueTable.outcomes(work.connection(), ids)
                        .chain(outcomes -> work.connection()
                                .preparedQuery("SELECT" + TaskRow.COLUMNS
                                        + "FROM coordinator_task t WHERE t.swarm = $1 AND t.state = 'QUEUED'")
                                .execute(Tuple.of("sieve"))
                                .chain(rows -> Rows.now(work.connection())
                                        .map(now -> new World(idle, outcomes, Rows.all(rows, TaskRow::task), now)))));
    }

    /** Scores that there are, so that some are just enough; the highest of them among them. */
    private List<Double> scores(World world) {
        List<Double> all = new ArrayList<>(new HashSet<>(world.idle().values().stream()
                .flatMap(session -> world.queued().stream()
                        .map(task -> world.score(
                                session,
                                task.specification().requirements().domains(),
                                task.specification().requirements().tools(),
                                handovers.outcomeHalfLife())))
                .toList()));
        all.sort(null);
        Random random = new Random(7);
        List<Double> some = new ArrayList<>(List.of(0.0, all.getLast()));
        while (some.size() < SCORES) {
            some.add(all.get(random.nextInt(all.size())));
        }
        return some;
    }

    /** How many sessions the rule gives something. */
    private Uni<Integer> compare(Work work, World world, double least) {
        int keep = 5;
        var bounds = new Handovers.Bounds(keep, least, Duration.ZERO, ALL, ALL);
        return handovers
                .look(work.connection(), List.copyOf(world.idle().keySet()), bounds)
                .map(views -> {
                    int chosen = 0;
                    for (Session session : new TreeMap<>(world.idle()).values()) {
                        chosen += compare(world, session, views.get(session.id()), keep, least);
                    }
                    return chosen;
                });
    }

    private int compare(World world, Session session, View view, int keep, double least) {
        List<Backlog> seen = view == null ? List.of() : view.backlogs();
        Set<String> ids = seen.stream()
                .flatMap(backlog -> backlog.tasks().stream())
                .map(Entry::id)
                .collect(Collectors.toSet());
        Duration halfLife = handovers.outcomeHalfLife();
        for (Backlog backlog : world.backlogs()) {
            for (Entry task : backlog.tasks()) {
                boolean able = task.requirements()
                        .missing(session.domains(), session.tools())
                        .isEmpty();
                if (!able) {
                    assertThat(ids).as("%s, which lacks something", session).doesNotContain(task.id());
                    continue;
                }
                double score = world.score(
                        session,
                        task.requirements().domains(),
                        task.requirements().tools(),
                        halfLife);
                if (backlog.queued() > keep && score >= least) {
                    assertThat(ids)
                            .as("%s for %s: %s, at least %s", task, session, score, least)
                            .contains(task.id());
                }
            }
        }
        var idle = new Choice.Idle(session, world.outcomes().getOrDefault(session.id(), Map.of()), null);
        var bounds = new Choice.Bounds(keep, least, halfLife);
        var choice = Choice.of(world.backlogs(), idle, bounds, world.now());
        assertThat(Choice.of(seen, idle, bounds, world.now())).isEqualTo(choice);
        return choice.isPresent() ? 1 : 0;
    }
}
