package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.proof.Swarm.Grant;
import io.infrafabric.proof.Swarm.Member;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * 50 idle sessions at 4 processes steal from the queues of 3 owners, who claim meanwhile: half of them by claims that would
 * come back empty, half of them by saying that they are idle. A trigger in the database writes down what was left to
 * the owner at every steal.
 */
@Tag("proof")
class StealRaceIT {
    private static final int PROCESSES = 4;
    private static final int THIEVES = 50;
    private static final int OWNERS = 3;
    private static final int TASKS = 60;
    private static final int KEPT = 5;
    /** A client's pause before it says again that it is idle. */
    private static final long REST_NANOS = 20_000_000;

    private static final Map<String, ?> OWNER = Map.of("domains", List.of("cli", "sip"), "tools", List.of("python"));

    private static Cluster cluster;

    @BeforeAll
    static void start() {
        cluster = Cluster.start("steal", PROCESSES, Map.of());
        cluster.update("CREATE TABLE audit (task text, victim text, thief text, priority int, kept int, p3 boolean)");
        cluster.update("""
                CREATE FUNCTION audit_steal() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    INSERT INTO audit
                    SELECT NEW.id, OLD.assignee, NEW.assignee, NEW.priority, count(*), coalesce(bool_or(priority = 3), false)
                      FROM coordinator_task WHERE assignee = OLD.assignee AND state = 'QUEUED';
                    RETURN NULL;
                END $$
                """);
        cluster.update("CREATE TRIGGER audit AFTER UPDATE ON coordinator_task FOR EACH ROW"
                + " WHEN (OLD.assignee IS DISTINCT FROM NEW.assignee) EXECUTE FUNCTION audit_steal()");
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void everyTaskRunsOnceAndOwnersKeepTheirShare() {
        Swarm owners = Swarm.enrol(cluster, "race", OWNERS, OWNER);
        List<Member> cli = thieves("cli", 20, List.of("cli"));
        List<Member> both = thieves("both", 20, List.of("cli", "sip"));
        List<Member> neither = thieves("neither", THIEVES - 40, List.of("video"));
        for (Member owner : owners.members()) {
            owners.submit(cluster.api(0), tasks(owners, owner));
        }
        List<Member> claiming = Stream.of(
                        owners.members(), cli.subList(0, 10), both.subList(0, 10), neither.subList(0, 5))
                .flatMap(List::stream)
                .toList();
        List<Member> calling = Stream.of(cli.subList(10, 20), both.subList(10, 20), neither.subList(5, 10))
                .flatMap(List::stream)
                .toList();

        try (Crew crew = new Crew(claiming, cluster::any, 300, grant -> false);
                Idlers idlers = new Idlers(calling)) {
            await("all are done")
                    .atMost(Duration.ofMinutes(3))
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> owners.inState("DONE") == OWNERS * TASKS
                            || !crew.surprises().isEmpty()
                            || !idlers.surprises.isEmpty());
            crew.finish();
            idlers.finish();
            assertThat(crew.surprises()).isEmpty();
            assertThat(idlers.surprises).isEmpty();
            assertThat(idlers.stolen).as("steals by saying so").isNotEmpty();
        }

        assertThat(owners.steps("claimed")).isEqualTo(OWNERS * TASKS);
        assertThat(owners.steps("completed")).isEqualTo(OWNERS * TASKS);
        long stolen = owners.steps("stolen");
        assertThat(stolen).isPositive().isLessThanOrEqualTo(OWNERS * (TASKS - KEPT));
        assertThat(cluster.count("SELECT count(*) FROM audit")).isEqualTo(stolen);
        assertThat(cluster.texts("SELECT victim || ' kept ' || kept FROM audit WHERE kept < ?", KEPT))
                .isEmpty();
        assertThat(cluster.texts("SELECT task FROM audit WHERE priority = 0 AND p3"))
                .isEmpty();
        assertThat(cluster.texts("SELECT a.task || ' went to ' || a.thief FROM audit a"
                        + " JOIN coordinator_task t ON t.id = a.task JOIN coordinator_session s ON s.id = a.thief"
                        + " WHERE NOT t.domains <@ s.domains"))
                .as("tasks of which the thief knows nothing score at most 0.50")
                .isEmpty();
        assertThat(cluster.count("SELECT count(*) FROM bus_event WHERE type = 's2.stealing.task-stolen.v1'"))
                .isEqualTo(stolen);
        assertThat(cluster.count("SELECT count(*) FROM coordinator_inbox WHERE type = 'taskStolen'"))
                .isEqualTo(2 * stolen);
        cluster.assertNoErrors();
    }

    private static List<Member> thieves(String name, int count, List<String> domains) {
        List<Map<String, Object>> sessions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            sessions.add(Map.of("id", name + i, "swarm", "race", "domains", domains, "tools", List.of("python")));
        }
        Answer enrolled = cluster.api(0)
                .post("/coordinator/sessions/batch", Map.of("sessions", sessions, "tokens", true), cluster.operator());
        assertThat(enrolled.status()).as("%s", enrolled.body()).isEqualTo(201);
        JsonNode tokens = enrolled.body().path("tokens");
        return sessions.stream()
                .map(session -> (String) session.get("id"))
                .map(id -> new Member(id, tokens.path(id).path("token").asText()))
                .toList();
    }

    /** Every priority, and two kinds of needs. */
    private static List<Map<String, Object>> tasks(Swarm swarm, Member owner) {
        List<Map<String, Object>> tasks = new ArrayList<>();
        for (int i = 0; i < TASKS; i++) {
            Map<String, Object> more = new HashMap<>();
            more.put("assignee", owner.id());
            more.put("priority", "P" + i % 4);
            more.put("domains", List.of(i % 3 == 0 ? "sip" : "cli"));
            more.put("tools", List.of("python"));
            tasks.add(swarm.task(owner.id() + "-" + i, more));
        }
        return tasks;
    }

    /** Sessions that say that they are idle, and do what they are given. */
    private static final class Idlers implements AutoCloseable {
        final Queue<String> surprises = new ConcurrentLinkedQueue<>();
        final Queue<Grant> stolen = new ConcurrentLinkedQueue<>();
        private final List<Thread> threads = new ArrayList<>();
        private volatile boolean stop;

        Idlers(List<Member> members) {
            for (Member member : members) {
                threads.add(Thread.ofVirtual().name(member.id()).start(() -> idle(member)));
            }
        }

        private void idle(Member member) {
            try {
                while (!stop) {
                    Answer answer =
                            cluster.any().post("/stealing/sessions/" + member.id() + "/idle", Map.of(), member.token());
                    if (answer.status() == 200) {
                        Grant grant = Grant.of(answer);
                        stolen.add(grant);
                        Answer completed = member.complete(cluster.any(), grant);
                        if (completed.status() != 200) {
                            surprises.add(grant + ": " + completed.body());
                        }
                    } else if (answer.status() == 204) {
                        LockSupport.parkNanos(REST_NANOS);
                    } else {
                        surprises.add(member.id() + ": " + answer.status() + " " + answer.body());
                    }
                }
            } catch (RuntimeException broken) {
                surprises.add(member.id() + ": " + broken);
            }
        }

        @Override
        public void close() {
            finish();
        }

        void finish() {
            stop = true;
            for (Thread thread : threads) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException(e);
                }
            }
        }
    }
}
