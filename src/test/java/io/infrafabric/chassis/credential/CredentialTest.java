package io.infrafabric.chassis.credential;

import static io.infrafabric.coordinator.Swarm.body;
import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.coordinator.Swarm;
import io.infrafabric.door.DoorConfig;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.fabric.Listening;
import io.infrafabric.fabric.StoredText;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scoped credentials from outside: ann holds the task "mine", and bob holds nothing. */
@QuarkusTest
class CredentialTest {
    private static final String PATH = Holder.PATH;
    private static final String EVERYTHING =
            "[\"GET /*\",\"POST /*\",\"PUT /*\",\"PATCH /*\",\"DELETE /*\",\"HEAD /*\",\"OPTIONS /*\"]";

    @TestHTTPResource
    URI fabric;

    @Inject
    DoorConfig config;

    @Inject
    Pool pool;

    private Holder ann;
    private Swarm swarm;

    @BeforeEach
    void claim() {
        ann = new Holder(new Swarm(fabric, config.operatorToken().orElseThrow()));
        swarm = ann.swarm();
    }

    @Test
    void it_is_good_for_what_it_names_and_nothing_else() {
        JsonNode issued =
                ann.issued("[\"get " + swarm.task("mine") + "\",\"POST " + swarm.task("mine") + "/complete\"]");
        String token = Holder.token(issued);
        assertThat(token).matches("s2c_[A-Za-z0-9_-]{43}");
        assertThat(Instant.parse(issued.path("expiresAt").asText()))
                .isBetween(Instant.now().plusSeconds(200), Instant.now().plusSeconds(400));
        ann.allows(token);
        String task = swarm.task("mine");
        for (String path : List.of(
                swarm.task("other"),
                swarm.session("ann"),
                "/coordinator/tasks",
                "/coordinator/tasks/x/../" + swarm.of("mine"),
                "/coordinator/tasks/x/%2e%2e/" + swarm.of("mine"),
                "/coordinator/tasks/x/%252e%252e/" + swarm.of("mine"),
                "/coordinator//tasks/" + swarm.of("mine"),
                task + "/",
                task + ";a=b",
                task + "%2f",
                task + "%5c",
                task + "%00",
                task + "/why",
                "/bulkhead/providers/other/call/v1/messages",
                "/q/metrics",
                "/q/openapi",
                "/")) {
            Holder.refused(swarm.api().get(path, token), "NOT_NAMED");
        }
        for (String method : List.of("DELETE", "PATCH", "PUT", "OPTIONS")) {
            assertThat(swarm.api().call(method, task, null, token).status())
                    .as(method)
                    .isEqualTo(403);
        }
        Holder.refused(swarm.api().post(task + "/release", body("epoch", "" + ann.epoch()), token), "NOT_NAMED");
        expect(swarm.api().post(task + "/complete", body("epoch", "" + ann.epoch()), token), 200);
        assertThat(swarm.state("mine")).isEqualTo("DONE");
    }

    @Test
    void one_without_endpoints_allows_nothing() {
        String token = Holder.token(expect(ann.ask(swarm.token("ann"), "taskId", swarm.of("mine")), 201));
        Holder.refused(swarm.api().get(swarm.task("mine"), token), "NOT_NAMED");
        Holder.refused(swarm.api().get("/q/health", token), "NOT_NAMED");
    }

    @Test
    void some_things_are_the_sessions_own_whatever_it_names() {
        String token = Holder.token(ann.issued(EVERYTHING));
        String session = swarm.session("ann");
        ann.allows(token);
        String enrolment = body("swarm", swarm.id(), "domains", "[\"java\"]");
        Holder.refused(swarm.api().put(session, enrolment, token), "NEVER");
        Holder.refused(swarm.api().put("/coordinator/%73essions/" + swarm.of("ann"), enrolment, token), "NEVER");
        Holder.refused(swarm.api().delete(session, token), "NEVER");
        Holder.refused(swarm.api().post(session + "/tokens", "{}", token), "NEVER");
        Holder.refused(swarm.api().post(session + "/heartbeat", "{}", token), "NEVER");
        Holder.refused(swarm.api().post(session + "/claims", "{}", token), "NEVER");
        Holder.refused(swarm.api().get(session + "/inbox", token), "NEVER");
        Holder.refused(
                swarm.api().post(swarm.task("mine") + "/renew", body("epoch", "" + ann.epoch()), token), "NEVER");
        Holder.refused(swarm.api().post("/consensus/decisions/d/votes", "{}", token), "NEVER");
        Holder.refused(swarm.api().post("/stealing/sessions/" + swarm.of("ann") + "/idle", "{}", token), "NEVER");
        Holder.refused(swarm.api().delete(PATH + "?session=" + swarm.of("ann"), token), "NEVER");
        Holder.refused(swarm.api().get(swarm.task("other"), token), "OTHER_TASK");
        Holder.refused(swarm.api().post(swarm.task("other") + "/complete", body("epoch", "1"), token), "OTHER_TASK");
        String costs = "/budget/accounts/session:" + swarm.of("ann") + "/costs";
        Holder.refused(
                swarm.api().post(costs, body("amount", "0.1", "taskId", swarm.of("other")), token), "OTHER_TASK");
        expect(swarm.api().post(costs, body("amount", "0.1", "taskId", swarm.of("mine")), token), 200);
        Holder.refused(
                swarm.api().post("/rescue/blockers", body("description", "d", "taskId", swarm.of("other")), token),
                "OTHER_TASK");
        assertThat(swarm.api()
                        .get("/budget/accounts/session:" + swarm.of("bob"), token)
                        .status())
                .as("it is ann, and no more than ann")
                .isEqualTo(403);
        assertThat(swarm.api()
                        .put("/coordinator/swarms/" + swarm.id(), "{}", token)
                        .status())
                .isEqualTo(403);
    }

    @Test
    void only_the_holder_of_the_task_gets_one_and_only_for_itself() {
        String mine = swarm.of("mine");
        assertThat(ann.ask(swarm.token("bob"), "taskId", mine).code()).isEqualTo("IF_ERR_TASK_STATE");
        assertThat(ann.ask(swarm.token("ann"), "taskId", swarm.of("other")).code())
                .isEqualTo("IF_ERR_TASK_STATE");
        assertThat(ann.ask(swarm.token("ann"), "taskId", "none-" + UUID.randomUUID())
                        .code())
                .isEqualTo("IF_ERR_UNKNOWN_TASK");
        assertThat(ann.ask(swarm.token("bob"), "session", swarm.of("ann"), "taskId", mine)
                        .code())
                .isEqualTo("IF_ERR_NOT_YOUR_SESSION");
        JsonNode byOperator = expect(
                ann.ask(swarm.operator(), "session", swarm.of("ann"), "taskId", mine, "endpoints", ann.reading()), 201);
        ann.allows(Holder.token(byOperator));
        assertThat(ann.ask(swarm.operator(), "taskId", mine)
                        .body()
                        .path("field")
                        .asText())
                .isEqualTo("session");
        assertThat(ann.ask(swarm.operator(), "session", "none-" + UUID.randomUUID(), "taskId", mine)
                        .code())
                .isEqualTo("IF_ERR_UNKNOWN_SESSION");
        String viewer = ann.other("viewer", swarm.id());
        assertThat(ann.ask(viewer, "session", swarm.of("ann"), "taskId", mine).status())
                .isEqualTo(403);
        String elsewhere = ann.other("operator", "elsewhere");
        assertThat(ann.ask(elsewhere, "session", swarm.of("ann"), "taskId", mine)
                        .status())
                .isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"taskId\":\"\"}",
                "{\"taskId\":\"t\",\"ttlSeconds\":0}",
                "{\"taskId\":\"t\",\"ttlSeconds\":3601}",
                "{\"taskId\":\"t\",\"endpoints\":[\"GET /a\",\"GET a\"]}",
                "{\"taskId\":\"t\",\"endpoints\":[null]}",
                "{\"taskId\":\"t\",\"endpoints\":[\"GET /a/../b\"]}",
                "{\"taskId\":\"t\",\"endpoints\":[\"GET /a/*/b\"]}",
                "{\"taskId\":\"t\",\"endpoints\":[\"* /a\"]}",
                "{\"taskId\":\"t\",\"endpoints\":[\"GET /\\u0000\"]}"
            })
    void a_bad_request_is_told_what_is_wrong(String body) {
        Answer answer = swarm.api().post(PATH, body, swarm.token("ann"));
        assertThat(answer.code()).as("%s", answer.body()).isEqualTo("IF_ERR_BAD_INPUT");
        assertThat(answer.body().path("field").asText()).isNotEmpty();
    }

    @Test
    void the_number_and_the_length_of_endpoints_are_bounded() {
        String many = "[" + String.join(",", java.util.Collections.nCopies(33, "\"GET /a\"")) + "]";
        assertThat(ann.ask(swarm.token("ann"), "taskId", swarm.of("mine"), "endpoints", many)
                        .code())
                .isEqualTo("IF_ERR_BAD_INPUT");
        String longest = "[\"GET /" + "a".repeat(508) + "\"]";
        assertThat(ann.ask(swarm.token("ann"), "taskId", swarm.of("mine"), "endpoints", longest)
                        .code())
                .isEqualTo("IF_ERR_BAD_INPUT");
    }

    @Test
    void a_session_has_at_most_so_many_however_many_ask_at_once() throws Exception {
        int most = 100;
        List<Integer> statuses;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Integer>> calls = Stream.<Callable<Integer>>generate(
                            () -> () -> ann.ask(swarm.token("ann"), "taskId", swarm.of("mine"))
                                    .status())
                    .limit(most + 10)
                    .toList();
            statuses =
                    threads.invokeAll(calls).stream().map(CredentialTest::got).toList();
        }
        assertThat(statuses).containsOnly(201, 429);
        assertThat(statuses.stream().filter(status -> status == 201)).hasSize(most);
        Answer refusal = ann.ask(swarm.token("ann"), "taskId", swarm.of("mine"));
        assertThat(refusal.code()).isEqualTo("IF_ERR_QUOTA_EXCEEDED");
        assertThat(refusal.body().path("setting").asText()).isEqualTo("s2.chassis.credentials-per-session");
        swarm.claims("ann", "mine", "taskId", swarm.of("mine"));
        ann.issued(ann.reading());
    }

    private static int got(Future<Integer> future) {
        return future.resultNow();
    }

    // Answers, logs and rows

    @Test
    void the_list_shows_them_to_whom_they_concern_without_their_tokens() {
        JsonNode first = ann.issued(ann.reading());
        JsonNode second = ann.issued("[]");
        JsonNode page = expect(swarm.api().get(PATH + "?limit=1", swarm.token("ann")), 200);
        JsonNode newest = page.path("items").get(0);
        assertThat(newest.path("id").asText()).isEqualTo(second.path("id").asText());
        assertThat(newest.path("session").asText()).isEqualTo(swarm.of("ann"));
        assertThat(newest.path("taskId").asText()).isEqualTo(swarm.of("mine"));
        assertThat(newest.path("epoch").asLong()).isEqualTo(ann.epoch());
        assertThat(newest.path("issuedBy").asText()).isEqualTo(swarm.of("ann"));
        JsonNode next =
                expect(swarm.api().get(PATH + "?cursor=" + page.path("next").asText(), swarm.token("ann")), 200);
        assertThat(next.path("items").get(0).path("id").asText())
                .isEqualTo(first.path("id").asText());
        for (String caller : List.of(swarm.operator(), ann.other("viewer", swarm.id()))) {
            JsonNode seen = expect(swarm.api().get(PATH + "?session=" + swarm.of("ann"), caller), 200);
            assertThat(seen.path("items")).hasSize(2);
            assertThat(seen.toString()).doesNotContain("s2c_");
        }
        assertThat(expect(swarm.api().get(PATH, ann.other("operator", swarm.id())), 200)
                        .path("items"))
                .hasSize(2);
        assertThat(expect(swarm.api().get(PATH, swarm.token("bob")), 200).path("items"))
                .isEmpty();
        assertThat(swarm.api()
                        .get(PATH + "?session=" + swarm.of("ann"), swarm.token("bob"))
                        .code())
                .isEqualTo("IF_ERR_NOT_YOUR_SESSION");
        assertThat(expect(
                                swarm.api()
                                        .get(PATH + "?session=" + swarm.of("ann"), ann.other("operator", "elsewhere")),
                                200)
                        .path("items"))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"s2c_", "s2c_short", "s2c_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "s2c_%00"})
    void what_nobody_issued_is_refused(String token) {
        Answer answer = swarm.api().get(swarm.task("mine"), token);
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.body().path("reason").asText()).isEqualTo("MALFORMED");
    }

    @Test
    void the_token_is_in_no_row_and_in_no_line_of_the_log() {
        try (Listening log = new Listening()) {
            String bySession = Holder.token(ann.issued("[\"GET /*\",\"POST " + PATH + "\"]"));
            String byOperator = Holder.token(expect(
                    ann.ask(
                            swarm.operator(),
                            "session",
                            swarm.of("ann"),
                            "taskId",
                            swarm.of("mine"),
                            "endpoints",
                            ann.reading()),
                    201));
            String byCredential = Holder.token(expect(ann.ask(bySession, "taskId", swarm.of("mine")), 201));
            for (String token : List.of(bySession, byOperator, byCredential)) {
                swarm.api().get(swarm.task("mine"), token);
                swarm.api().get(swarm.task("other"), token);
                swarm.api().post(swarm.task("mine") + "/complete", "not JSON", token);
            }
            expect(swarm.api().delete(PATH + "?session=" + swarm.of("ann"), swarm.operator()), 204);
            for (String token : List.of(bySession, byOperator, byCredential)) {
                assertThat(swarm.api().get(swarm.task("mine"), token).status()).isEqualTo(401);
                String secret = token.substring("s2c_".length());
                assertThat(log.heard()).noneMatch(line -> line.contains(secret));
                assertThat(StoredText.tablesWith(pool, secret)).isEmpty();
            }
            assertThat(log.heard()).as("it does listen").isNotEmpty();
        }
        assertThat(StoredText.tablesWith(pool, swarm.of("ann")))
                .as("it does look")
                .contains("chassis_credential", "door_audit");
    }
}
