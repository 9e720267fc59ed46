package io.infrafabric.stealing;

import static io.infrafabric.stealing.Crew.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.coordinator.published.Backlog;
import io.infrafabric.coordinator.published.Backlog.Entry;
import io.infrafabric.coordinator.session.Match.Outcomes;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.task.Task.Requirements;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/**
 * What the statements give an idle session is what the rule says on the values: over random queues, capabilities, outcomes
 * and purses, steal by steal until there is nothing left.
 */
@QuarkusTest
class AgreementTest {
    private static final int SWARMS = 12;
    private static final List<String> DOMAINS = List.of("cli", "sip", "video", "security");
    private static final List<String> TOOLS = List.of("python", "rust", "etcd");
    private static final Choice.Bounds BOUNDS = new Choice.Bounds(5, 0.70, Duration.ofDays(7));

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Pool pool;

    @Test
    void statements_and_rule_agree() {
        int stolen = 0;
        for (int seed = 1; seed <= SWARMS; seed++) {
            stolen += agree(seed);
        }
        assertThat(stolen).as("steals that were compared").isGreaterThan(SWARMS);
    }

    private int agree(int seed) {
        Random random = new Random(seed);
        Crew crew = new Crew(fabric, operator);
        Map<String, List<Entry>> queues = new HashMap<>();
        Map<String, Object> enrolment = new HashMap<>();
        for (String owner : List.of("bob", "cid", "dan")) {
            crew.enrol(owner, Map.of());
            queues.put(owner, tasks(crew, owner, 4 + random.nextInt(9), random));
        }
        List<String> domains = some(DOMAINS, 3, random);
        List<String> tools = some(TOOLS, 2, random);
        enrolment.put("domains", domains);
        enrolment.put("tools", tools);
        enrolment.put("maxConcurrentTasks", 100);
        crew.enrol("ann", enrolment);
        BigDecimal money = BigDecimal.valueOf(20 + random.nextInt(60));
        crew.limit("ann", money.toPlainString());
        Map<String, Outcomes> outcomes = outcomes(crew, random);
        Session ann = new Session(
                "ann", "red", domains, tools, null, null, null, 100, 90, Session.State.LIVE, null, 1, Instant.now(), 1);

        for (int steals = 0; ; steals++) {
            List<Backlog> backlogs = queues.entrySet().stream()
                    .filter(queue -> !queue.getValue().isEmpty())
                    .map(queue -> backlog(crew, queue.getKey(), queue.getValue()))
                    .toList();
            Optional<Choice> choice = Choice.of(backlogs, new Choice.Idle(ann, outcomes, money), BOUNDS, Instant.now());
            Answer answer = crew.idle("ann");
            if (choice.isEmpty()) {
                boolean dear = Choice.of(backlogs, new Choice.Idle(ann, outcomes, null), BOUNDS, Instant.now())
                        .isPresent();
                assertThat(answer.status())
                        .as("seed %d, after %d", seed, steals)
                        .isEqualTo(dear ? 402 : 204);
                return steals;
            }
            JsonNode got = expect(answer, 200);
            Entry task = choice.get().task();
            assertThat(got.at("/task/id").asText() + " of "
                            + got.path("fromSession").asText())
                    .as("seed %d, after %d", seed, steals)
                    .isEqualTo(task.id() + " of " + choice.get().from());
            queues.get(crew.name(choice.get().from())).remove(task);
            money = task.estimatedCost() == null ? money : money.subtract(task.estimatedCost());
        }
    }

    private static List<Entry> tasks(Crew crew, String owner, int count, Random random) {
        List<Entry> entries = new ArrayList<>();
        List<Map<String, Object>> tasks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Priority priority = Priority.valueOf("P" + random.nextInt(4));
            List<String> domains = some(DOMAINS, random.nextInt(3), random);
            List<String> tools = some(TOOLS, random.nextInt(3), random);
            BigDecimal cost = random.nextBoolean() ? null : BigDecimal.valueOf(1 + random.nextInt(30));
            entries.add(new Entry(crew.of(owner + i), priority, i, new Requirements(domains, tools, List.of()), cost));
            Map<String, Object> more =
                    new HashMap<>(Map.of("assignee", crew.of(owner), "domains", domains, "tools", tools));
            if (cost != null) {
                more.put("estimatedCost", cost);
            }
            tasks.add(crew.task(owner + i, priority.name(), more));
        }
        crew.submit(tasks);
        return entries;
    }

    private Map<String, Outcomes> outcomes(Crew crew, Random random) {
        Map<String, Outcomes> outcomes = new HashMap<>();
        for (String domain : DOMAINS) {
            double total = random.nextDouble() * 9;
            Outcomes outcome = new Outcomes(total * random.nextDouble(), total, Instant.now());
            outcomes.put(domain, outcome);
            pool.preparedQuery("INSERT INTO coordinator_outcome (session, domain, successes, total, at)"
                            + " VALUES ($1, $2, $3, $4, now())")
                    .execute(Tuple.of(crew.of("ann"), domain, outcome.successes(), outcome.total()))
                    .await()
                    .atMost(Duration.ofSeconds(30));
        }
        return outcomes;
    }

    private static Backlog backlog(Crew crew, String owner, List<Entry> tasks) {
        Priority least =
                tasks.stream().map(Entry::priority).max(Priority::compareTo).orElseThrow();
        return new Backlog(crew.of(owner), tasks.size(), least, tasks);
    }

    private static List<String> some(List<String> all, int count, Random random) {
        return random.ints(0, all.size())
                .distinct()
                .limit(count)
                .mapToObj(all::get)
                .toList();
    }
}
