package io.infrafabric.stealing;

import static io.infrafabric.stealing.Crew.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Stealing through the door: what an idle session gets from a busy one, and what it does not. */
@QuarkusTest
class StealingTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final ExecutorService THREADS = Executors.newVirtualThreadPerTaskExecutor();
    private static final Map<String, ?> CLI = Map.of("domains", List.of("cli"), "tools", List.of("python"));

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Pool pool;

    private Crew crew;

    @BeforeEach
    void ann_is_idle_and_bob_may_be_busy() {
        crew = new Crew(fabric, operator);
        crew.enrol("ann", CLI);
        crew.enrol("bob", CLI);
    }

    @Test
    void an_idle_session_gets_the_newest_of_the_least_important_with_its_lease_and_both_are_told() {
        crew.queue("bob", "P1", 3);
        crew.queue("bob", "P3", 3);
        JsonNode stolen = crew.steals("ann", "bob-P3-2", "bob");
        assertThat(stolen.at("/task/state").asText()).isEqualTo("CLAIMED");
        assertThat(stolen.at("/task/holder").asText()).isEqualTo(crew.of("ann"));
        assertThat(stolen.at("/lease/epoch").asLong()).isEqualTo(1);
        assertThat(stolen.path("hold").asText()).isNotEmpty();
        JsonNode task = crew.task("bob-P3-2");
        assertThat(task.path("history").findValuesAsText("what")).containsExactly("submitted", "stolen", "claimed");
        assertThat(task.at("/history/1/note").asText()).isEqualTo(crew.of("bob"));
        assertThat(task.path("attempts").asInt()).isZero();
        assertThat(task.path("assignee").asText()).isEqualTo(crew.of("ann"));
        for (String session : List.of("ann", "bob")) {
            JsonNode notice = crew.told(session, "taskStolen");
            assertThat(notice.path("subject").asText()).isEqualTo("task:" + crew.of("bob-P3-2"));
            assertThat(notice.at("/data/fromSession").asText()).isEqualTo(crew.of("bob"));
            assertThat(notice.at("/data/toSession").asText()).isEqualTo(crew.of("ann"));
        }
        assertThat(pool.preparedQuery("SELECT type FROM bus_event WHERE subject = $1 AND type LIKE 's2.stealing.%'")
                        .execute(Tuple.of("task:" + crew.of("bob-P3-2")))
                        .map(rows -> rows.iterator().next().getString(0))
                        .await()
                        .atMost(PATIENCE))
                .isEqualTo("s2.stealing.task-stolen.v1");
        expect(crew.end("ann", "bob-P3-2", "complete", 1), 200);
    }

    /** Neither in the same queue nor in another one. */
    @Test
    void a_full_concurrency_key_hides_nothing_that_could_be_taken() {
        crew.enrol("cid", CLI);
        List<Map<String, Object>> keyed = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            keyed.add(crew.task("keyed-" + i, "P3", Map.of("assignee", crew.of("bob"), "concurrency", List.of("db"))));
        }
        crew.submit(keyed);
        expect(crew.claim("bob", Map.of("steal", false)), 201);
        crew.queue("bob", "P2", 1);
        crew.queue("cid", "P2", 6);
        crew.steals("ann", "bob-P2-0", "bob");
        crew.steals("ann", "cid-P2-5", "cid");
        assertThat(crew.idle("ann").status()).isEqualTo(204);
    }

    /** From the longest queue first, until owners have five; then owners and thieves do what they have, each task once. */
    @Test
    void work_redistribution() {
        crew.enrol("cid", CLI);
        crew.enrol("dan", CLI);
        crew.queue("bob", "P2", 8);
        crew.queue("cid", "P1", 6);
        crew.steals("ann", "bob-P2-7", "bob");
        crew.steals("dan", "bob-P2-6", "bob");
        List<String> stolen = List.of(
                crew.idle("ann").body().at("/task/id").asText(),
                crew.idle("dan").body().at("/task/id").asText());
        assertThat(stolen).containsExactlyInAnyOrder(crew.of("bob-P2-5"), crew.of("cid-P1-5"));
        assertThat(crew.idle("ann").status()).as("nobody has more than five").isEqualTo(204);
        for (String owner : List.of("bob", "cid")) {
            assertThat(crew.session(owner).path("queued").asInt()).as(owner).isEqualTo(5);
            for (int task = 0; task < 5; task++) {
                JsonNode own = expect(crew.claim(owner, Map.of("steal", false)), 201);
                assertThat(own.at("/task/assignee").asText()).isEqualTo(crew.of(owner));
                expect(crew.end(owner, crew.name(own.at("/task/id").asText()), "complete", 1), 200);
            }
            assertThat(crew.claim(owner, Map.of()).status()).as(owner).isEqualTo(204);
        }
        for (String task : stolen) {
            assertThat(crew.task(crew.name(task)).path("history").findValuesAsText("what"))
                    .containsExactly("submitted", "stolen", "claimed");
        }
    }

    /** What an idle session cannot do, it does not get, however long the queue is; somebody who can gets it. */
    @Test
    void capability_check() {
        crew.enrol("cook", Map.of("domains", List.of("cooking"), "tools", List.of("python")));
        crew.enrol("bare", Map.of("domains", List.of("cli")));
        crew.queue("bob", "P3", 9);
        assertThat(crew.idle("cook").status())
                .as("0.30 for the tool, 0.10 of a newcomer")
                .isEqualTo(204);
        assertThat(crew.idle("bare").status())
                .as("0.50 for the domain, 0.10 of a newcomer")
                .isEqualTo(204);
        assertThat(crew.session("bob").path("queued").asInt()).isEqualTo(9);
        crew.submit(List.of(crew.task(
                "sauce", "P3", Map.of("assignee", crew.of("bob"), "domains", List.of("cooking"), "tools", List.of()))));
        crew.steals("cook", "sauce", "bob");
        crew.steals("ann", "bob-P3-8", "bob");
    }

    @Test
    void an_owner_keeps_five_and_what_it_has_claimed_does_not_count() {
        crew.queue("bob", "P2", 7);
        expect(crew.claim("bob", Map.of()), 201);
        crew.steals("ann", "bob-P2-6", "bob");
        assertThat(crew.idle("ann").status()).isEqualTo(204);
        assertThat(crew.session("bob").path("queued").asInt()).isEqualTo(5);
    }

    @Test
    void who_gives_back_what_it_took_gets_another_one_and_not_the_same() {
        crew.queue("bob", "P2", 8);
        crew.steals("ann", "bob-P2-7", "bob");
        expect(crew.end("ann", "bob-P2-7", "release", 1), 200);
        crew.steals("ann", "bob-P2-6", "bob");
        expect(crew.end("ann", "bob-P2-6", "release", 1), 200);
        JsonNode next = expect(crew.claim("ann", Map.of()), 201);
        assertThat(next.at("/task/id").asText()).isEqualTo(crew.of("bob-P2-5"));
        assertThat(crew.claim("ann", Map.of()).status()).isEqualTo(204);
    }

    @Test
    void who_has_tasks_of_its_own_is_not_idle() {
        crew.queue("bob", "P2", 7);
        crew.queue("ann", "P2", 1);
        assertThat(crew.idle("ann").status()).isEqualTo(204);
    }

    @Test
    void a_claim_that_would_come_back_empty_steals_unless_told_not_to() {
        crew.queue("bob", "P2", 6);
        assertThat(crew.claim("ann", Map.of("steal", false)).status()).isEqualTo(204);
        crew.submit(List.of(crew.task("common", "P3", Map.of())));
        JsonNode first = expect(crew.claim("ann", Map.of()), 201);
        assertThat(first.at("/task/id").asText()).isEqualTo(crew.of("common"));
        assertThat(first.has("fromSession") && !first.path("fromSession").isNull())
                .isFalse();
        JsonNode second = expect(crew.claim("ann", Map.of("leaseSeconds", 60)), 201);
        assertThat(second.at("/task/id").asText()).isEqualTo(crew.of("bob-P2-5"));
        assertThat(second.path("fromSession").asText()).isEqualTo(crew.of("bob"));
        assertThat(crew.claim("ann", Map.of()).status()).isEqualTo(204);
    }

    @Test
    void a_claim_that_asks_for_more_steals_nothing_less() {
        crew.queue("bob", "P2", 6);
        assertThat(crew.claim("ann", Map.of("minScore", 0.95)).status()).isEqualTo(204);
        expect(crew.claim("ann", Map.of("minScore", 0.9)), 201);
    }

    @Test
    void who_waits_steals_when_somebody_gets_busy_also_behind_one_that_cannot() {
        crew.enrol("cook", Map.of("domains", List.of("cooking")));
        CompletableFuture<Answer> cook = waiting("cook", Map.of("waitSeconds", 10));
        CompletableFuture<Answer> honest = waiting("bob", Map.of("waitSeconds", 10, "taskId", crew.of("none")));
        CompletableFuture<Answer> ann = waiting("ann", Map.of("waitSeconds", 40));
        assertThat(honest.join().status()).isEqualTo(404);
        crew.queue("bob", "P2", 6);
        JsonNode stolen = expect(ann.join(), 201);
        assertThat(stolen.path("fromSession").asText()).isEqualTo(crew.of("bob"));
        assertThat(cook.join().status()).isEqualTo(204);
    }

    @Test
    void no_task_goes_to_a_session_that_scores_too_low() {
        crew.enrol("half", Map.of("domains", List.of("cli")));
        crew.queue("bob", "P2", 6);
        // 0.50 for the domain, nothing for the tool, 0.10 of a newcomer
        assertThat(crew.idle("half").status()).isEqualTo(204);
        crew.submit(List.of(crew.task("fits", "P0", Map.of("assignee", crew.of("bob"), "tools", List.of()))));
        crew.steals("half", "fits", "bob");
    }

    @Test
    void a_p0_is_not_stolen_while_a_p3_is_there() {
        crew.enrol("half", Map.of("domains", List.of("cli")));
        crew.queue("bob", "P3", 6);
        crew.submit(List.of(crew.task("urgent", "P0", Map.of("assignee", crew.of("bob"), "tools", List.of()))));
        assertThat(crew.idle("half").status()).isEqualTo(204);
        crew.steals("ann", "bob-P3-5", "bob");
    }

    @Test
    void in_a_paused_swarm_nothing_is_stolen() {
        crew.queue("bob", "P2", 6);
        expect(crew.post("/coordinator/swarms/" + crew.swarm() + "/pause", Map.of("reason", "stop")), 200);
        assertThat(crew.idle("ann").code()).isEqualTo("IF_ERR_SWARM_PAUSED");
        assertThat(crew.claim("ann", Map.of()).code()).isEqualTo("IF_ERR_SWARM_PAUSED");
        expect(crew.post("/coordinator/swarms/" + crew.swarm() + "/resume", Map.of("reason", "go on")), 200);
        crew.steals("ann", "bob-P2-5", "bob");
    }

    @Test
    void a_full_session_gets_nothing() {
        crew.enrol("one", Map.of("domains", List.of("cli"), "tools", List.of("python"), "maxConcurrentTasks", 1));
        crew.queue("bob", "P2", 8);
        crew.steals("one", "bob-P2-7", "bob");
        Answer full = crew.idle("one");
        assertThat(full.status() + " " + full.code()).isEqualTo("409 IF_ERR_SESSION_FULL");
        assertThat(crew.session("bob").path("queued").asInt()).isEqualTo(7);
        assertThat(crew.task("bob-P2-6").path("history").findValuesAsText("what"))
                .containsExactly("submitted");
    }

    @Test
    void what_cannot_be_paid_is_passed_over_and_402_comes_only_if_money_alone_was_in_the_way() {
        crew.limit("ann", "20");
        for (String task : List.of("a", "b", "c", "d", "e", "f", "g")) {
            crew.submit(List.of(crew.task(task, "P3", Map.of("assignee", crew.of("bob"), "estimatedCost", 15))));
        }
        crew.submit(List.of(crew.task("cheap", "P1", Map.of("assignee", crew.of("bob"), "estimatedCost", 2))));
        crew.steals("ann", "g", "bob");
        crew.steals("ann", "cheap", "bob");
        Answer poor = crew.idle("ann");
        assertThat(poor.status() + " " + poor.code()).isEqualTo("402 IF_ERR_BUDGET_EXCEEDED");
        assertThat(poor.body().path("account").asText()).isEqualTo("session:" + crew.of("ann"));
        assertThat(crew.claim("ann", Map.of()).status()).isEqualTo(204);
        crew.limit("ann", "50");
        crew.steals("ann", "f", "bob");
    }

    @Test
    void a_session_that_cannot_pay_for_the_longest_queue_takes_from_the_next() {
        crew.enrol("cid", CLI);
        crew.limit("ann", "20");
        crew.queue("cid", "P2", 6);
        for (int i = 0; i < 8; i++) {
            crew.submit(List.of(crew.task("dear" + i, "P3", Map.of("assignee", crew.of("bob"), "estimatedCost", 25))));
        }
        crew.steals("ann", "cid-P2-5", "cid");
    }

    @Test
    void a_session_that_is_stopped_gets_nothing_and_the_queue_of_one_that_is_stopped_is_stolen_from() {
        crew.queue("bob", "P2", 6);
        expect(crew.post("/budget/accounts/session:" + crew.of("ann") + "/costs", Map.of("amount", 60)), 200);
        assertThat(crew.idle("ann").code()).isEqualTo("IF_ERR_BREAKER_OPEN");
        expect(crew.post("/budget/accounts/session:" + crew.of("bob") + "/costs", Map.of("amount", 60)), 200);
        crew.enrol("cid", CLI);
        crew.steals("cid", "bob-P2-5", "bob");
    }

    @Test
    void a_stolen_task_is_not_stolen_again_soon() {
        crew.enrol("cid", CLI);
        crew.queue("bob", "P3", 6);
        crew.steals("ann", "bob-P3-5", "bob");
        expect(crew.end("ann", "bob-P3-5", "release", 1), 200);
        crew.queue("ann", "P2", 5);
        crew.steals("cid", "ann-P2-4", "ann");
        assertThat(crew.idle("cid").status()).isEqualTo(204);
        pool.preparedQuery("UPDATE coordinator_history SET at = at - interval '61 seconds' WHERE task = $1")
                .execute(Tuple.of(crew.of("bob-P3-5")))
                .await()
                .atMost(PATIENCE);
        crew.queue("ann", "P1", 1);
        crew.steals("cid", "bob-P3-5", "ann");
    }

    @Test
    void a_failure_after_stealing_counts_one_attempt_and_the_task_stays_with_the_thief() {
        crew.queue("bob", "P3", 6);
        crew.steals("ann", "bob-P3-5", "bob");
        expect(crew.end("ann", "bob-P3-5", "fail", 1), 200);
        JsonNode task = crew.task("bob-P3-5");
        assertThat(task.path("attempts").asInt()).isEqualTo(1);
        assertThat(task.path("assignee").asText()).isEqualTo(crew.of("ann"));
    }

    @Test
    void the_same_call_again_gives_the_same_answer_and_steals_once() {
        crew.queue("bob", "P3", 8);
        Answer first = crew.idle("ann", "Idempotency-Key", "k");
        Answer again = crew.idle("ann", "Idempotency-Key", "k");
        assertThat(first.status()).isEqualTo(200);
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(again.headers().firstValue("Idempotency-Replayed")).hasValue("true");
        assertThat(crew.session("bob").path("queued").asInt()).isEqualTo(7);
    }

    @Test
    void nobody_is_idle_for_another() {
        assertThat(crew.idleOf("bob", "ann").code()).isEqualTo("IF_ERR_NOT_YOUR_SESSION");
    }

    @Test
    void when_the_breaker_of_a_busy_session_opens_those_who_wait_are_called() {
        crew.queue("bob", "P2", 6);
        expect(crew.post("/budget/accounts/session:" + crew.of("bob") + "/costs", Map.of("amount", 60)), 200);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(
                                pool.preparedQuery("SELECT count(*) FROM bus_inbox i JOIN bus_event e ON e.id = i.event"
                                                + " AND e.day = i.day WHERE i.function = 'stealing' AND e.subject = $1")
                                        .execute(Tuple.of("account:session:" + crew.of("bob")))
                                        .map(rows -> rows.iterator().next().getLong(0))
                                        .await()
                                        .atMost(PATIENCE))
                        .isEqualTo(1));
    }

    private CompletableFuture<Answer> waiting(String session, Map<String, ?> wish) {
        return CompletableFuture.supplyAsync(() -> crew.claim(session, wish), THREADS);
    }
}
