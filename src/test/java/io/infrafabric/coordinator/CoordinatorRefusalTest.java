package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.body;
import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.problem.Code;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Bad input, each with its own clear problem, and calls that are made twice. */
@QuarkusTest
class CoordinatorRefusalTest {
    private static final String TASKS = "/coordinator/tasks";

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private Swarm swarm;

    @BeforeEach
    void a_swarm_of_two() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("ann");
        swarm.enrol("bob");
    }

    // What does not exist

    @Test
    void what_is_unknown_is_named() {
        refused(get("/coordinator/sessions/nobody"), Code.IF_ERR_UNKNOWN_SESSION, null);
        refused(get(TASKS + "/nowhere"), Code.IF_ERR_UNKNOWN_TASK, null);
        refused(get("/coordinator/swarms/nowhere"), Code.IF_ERR_UNKNOWN_SWARM, null);
        refused(submit(body("swarm", "nowhere", "title", "T")), Code.IF_ERR_UNKNOWN_SWARM, null);
        refused(swarm.claim("ann", "taskId", "nowhere"), Code.IF_ERR_UNKNOWN_TASK, null);
        refused(swarm.end("ann", "complete", "nowhere", 1), Code.IF_ERR_UNKNOWN_TASK, null);
        refused(swarm.operate("cancel", "nowhere", "reason", "Why."), Code.IF_ERR_UNKNOWN_TASK, null);
        refused(submit(swarm.taskBody("t", "assignee", "nobody")), Code.IF_ERR_UNKNOWN_ASSIGNEE, "assignee");
        refused(submit(swarm.taskBody("t", "dependsOn", swarm.list("u"))), Code.IF_ERR_UNKNOWN_DEPENDENCY, "dependsOn");
        Answer function = get("/nofunction/dead-letters");
        refused(function, Code.IF_ERR_UNKNOWN_FUNCTION, null);
        assertThat(function.body().path("functions").toString()).contains("coordinator");
    }

    @Test
    void a_cycle_is_named() {
        refused(submit(swarm.taskBody("t", "dependsOn", swarm.list("t"))), Code.IF_ERR_CYCLIC_DEPENDENCY, "dependsOn");
        String tasks = "{\"tasks\":[" + swarm.taskBody("a", "dependsOn", swarm.list("b")) + ","
                + swarm.taskBody("b", "dependsOn", swarm.list("a")) + "]}";
        Answer batch = swarm.api().post(TASKS + "/batch", tasks, operator);
        refused(batch, Code.IF_ERR_CYCLIC_DEPENDENCY, "dependsOn");
        assertThat(batch.body().path("cycle")).hasSize(2);
    }

    /** A task or a session of such a name could be made and never be read. */
    @Test
    void what_stands_beside_ids_in_paths_is_no_id() {
        List<String> paths = new ArrayList<>();
        get("/q/openapi?format=json").body().path("paths").fieldNames().forEachRemaining(paths::add);
        Set<String> found = new HashSet<>();
        for (String list : List.of("tasks", "sessions")) {
            String prefix = "/coordinator/" + list + "/";
            paths.stream()
                    .filter(path -> path.startsWith(prefix))
                    .map(path -> path.substring(prefix.length()).replaceAll("/.*", ""))
                    .filter(segment -> !segment.startsWith("{"))
                    .forEach(segment -> {
                        found.add(segment);
                        bad(submit(body("swarm", swarm.id(), "title", "T", "id", segment)), "id");
                        String sessions = "{\"sessions\":[" + body("swarm", swarm.id(), "id", segment) + "]}";
                        bad(swarm.api().post("/coordinator/sessions/batch", sessions, operator), "sessions[0].id");
                    });
        }
        assertThat(found).containsExactlyInAnyOrder("batch", "bulk");
    }

    // Values out of bounds

    @Test
    void a_bad_value_is_named_with_its_field() {
        bad(submit(swarm.taskBody("t", "priority", "P7")), "priority");
        bad(submit(swarm.taskBody("t", "estimatedCost", "-0.01")), "estimatedCost");
        bad(submit(swarm.taskBody("t", "maxAttempts", "0")), "maxAttempts");
        bad(submit(body("title", "T")), "swarm");
        bad(submit(body("swarm", swarm.id())), "title");
        bad(submit(body("swarm", swarm.id(), "title", "T", "id", "-x")), "id");
        bad(swarm.api().post(TASKS + "/batch", "{\"tasks\":[]}", operator), "tasks");
        bad(
                swarm.api()
                        .post(
                                TASKS + "/batch",
                                "{\"tasks\":[" + swarm.taskBody("t", "priority", "P7") + "]}",
                                operator),
                "tasks[0].priority");
        bad(swarm.claim("ann", "waitSeconds", "51"), "waitSeconds");
        bad(swarm.claim("ann", "leaseSeconds", "0"), "leaseSeconds");
        bad(swarm.claim("ann", "minScore", "1.5"), "minScore");
        bad(swarm.claim("ann", "taskId", "-x"), "taskId");
        bad(get(TASKS + "/-x"), "id");
        bad(get(TASKS + "?state=painted"), "state");
        bad(get(TASKS + "?limit=501"), "limit");
        bad(get(TASKS + "?cursor=abc"), "cursor");
        bad(swarm.operate("cancel", "t"), "reason");
        bad(swarm.api().post(swarm.task("t") + "/complete", "{}", swarm.token("ann")), "epoch");
        bad(swarm.end("ann", "fail", "t", 1), "error");
        bad(swarm.end("ann", "complete", "t", 1, "cost", "-1"), "cost");
        bad(swarm.api().put(swarm.session("ann"), body("heartbeatSeconds", "3601"), operator), "heartbeatSeconds");
        bad(swarm.api().put(swarm.session("ann"), body("swarm", "elsewhere"), operator), "swarm");
        bad(swarm.api().get(swarm.session("ann") + "/inbox?waitSeconds=51", swarm.token("ann")), "waitSeconds");
    }

    @Test
    void a_payload_or_batch_that_is_too_large_is_refused() {
        String large = "\"" + "x".repeat(131_072) + "\"";
        refused(submit(swarm.taskBody("t", "payload", large)), Code.IF_ERR_PAYLOAD_TOO_LARGE, "payload");
        List<String> many = new ArrayList<>();
        for (int i = 0; i <= 1000; i++) {
            many.add("{}");
        }
        Answer batch = swarm.api().post(TASKS + "/batch", "{\"tasks\":[" + String.join(",", many) + "]}", operator);
        refused(batch, Code.IF_ERR_BATCH_TOO_LARGE, "tasks");
    }

    @Test
    void what_cannot_be_read_is_refused() {
        refused(submit("{\"swarm\":"), Code.IF_ERR_MALFORMED_JSON, null);
        refused(submit(swarm.taskBody("t", "titel", "T")), Code.IF_ERR_UNKNOWN_FIELD, "titel");
        refused(get(TASKS + "?sate=QUEUED"), Code.IF_ERR_UNKNOWN_PARAMETER, "sate");
        bad(submit(swarm.taskBody("t", "maxAttempts", "\"3\"")), "maxAttempts");
    }

    // Who may not

    @Test
    void nobody_acts_without_a_token_or_for_another() {
        refused(swarm.api().post(TASKS, swarm.taskBody("t"), null), Code.IF_ERR_UNAUTHENTICATED, null);
        String ann = swarm.token("ann");
        refused(swarm.api().post(swarm.session("bob") + "/claims", "{}", ann), Code.IF_ERR_NOT_YOUR_SESSION, null);
        refused(swarm.api().post(swarm.session("bob") + "/heartbeat", "{}", ann), Code.IF_ERR_NOT_YOUR_SESSION, null);
        refused(swarm.api().get(swarm.session("bob") + "/inbox", ann), Code.IF_ERR_NOT_YOUR_SESSION, null);
        refused(swarm.api().delete(swarm.session("bob"), ann), Code.IF_ERR_NOT_YOUR_SESSION, null);
        swarm.submit("t");
        long epoch = swarm.claims("bob", "t");
        refused(
                swarm.end("ann", "complete", "t", epoch, "session", swarm.of("bob")),
                Code.IF_ERR_NOT_YOUR_SESSION,
                null);
        refused(swarm.api().post(swarm.session("bob") + "/claims", "{}", operator), Code.IF_ERR_FORBIDDEN, null);
        refused(
                swarm.api().post(swarm.task("t") + "/cancel", body("reason", "Why."), ann),
                Code.IF_ERR_FORBIDDEN,
                null);
        refused(
                swarm.api().put(swarm.session("ann"), body("hourlyCost", "1"), ann),
                Code.IF_ERR_FORBIDDEN,
                "hourlyCost");
    }

    @Test
    void a_session_sees_nothing_of_another_swarm() {
        Swarm other = new Swarm(fabric, operator);
        other.enrol("eve");
        other.submit("secret");
        String ann = swarm.token("ann");
        refused(swarm.api().get(other.task("secret"), ann), Code.IF_ERR_UNKNOWN_TASK, null);
        refused(swarm.api().get(TASKS + "?swarm=" + other.id(), ann), Code.IF_ERR_FORBIDDEN, null);
        refused(swarm.api().post(TASKS, other.taskBody("x"), ann), Code.IF_ERR_FORBIDDEN, null);
        refused(swarm.claim("ann", "taskId", other.of("secret")), Code.IF_ERR_UNKNOWN_TASK, null);
        assertThat(swarm.claim("ann").status()).isEqualTo(204);
    }

    // No body

    @Test
    void a_claim_without_any_body_is_a_wish_for_anything() throws IOException {
        swarm.submit("t");
        try (Socket socket = new Socket(fabric.getHost(), fabric.getPort())) {
            String request = "POST " + swarm.session("ann")
                    + "/claims HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                    + "Content-Type: application/json\r\nAuthorization: Bearer " + swarm.token("ann") + "\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 201").contains(swarm.of("t"));
        }
        bad(swarm.api().post(TASKS, null, operator), "body");
    }

    // Twice

    @Test
    void idempotency() {
        String key = UUID.randomUUID().toString();
        String task = body("swarm", swarm.id(), "title", "Without an id");
        Answer first = swarm.api().post(TASKS, task, operator, "Idempotency-Key", key);
        JsonNode created = expect(first, 201);
        assertThat(first.headers().firstValue("Idempotency-Replayed")).isEmpty();
        Answer second = swarm.api().post(TASKS, task, operator, "Idempotency-Key", key);
        assertThat(expect(second, 201)).isEqualTo(created);
        assertThat(second.headers().firstValue("Idempotency-Replayed")).hasValue("true");
        refused(
                swarm.api().post(TASKS, swarm.taskBody("t"), operator, "Idempotency-Key", key),
                Code.IF_ERR_IDEMPOTENCY_KEY_REUSED,
                null);
        expect(swarm.api().post(TASKS, task, swarm.token("ann"), "Idempotency-Key", key), 201);
        assertThat(tasksOfSwarm()).hasSize(2);
    }

    @Test
    void concurrent_duplicates_have_one_effect_and_one_answer() {
        String key = UUID.randomUUID().toString();
        String task = body("swarm", swarm.id(), "title", "Without an id");
        Set<JsonNode> answers = new HashSet<>();
        int replayed = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<Answer>> calls = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                calls.add(CompletableFuture.supplyAsync(
                        () -> swarm.api().post(TASKS, task, operator, "Idempotency-Key", key), threads));
            }
            for (CompletableFuture<Answer> call : calls) {
                Answer answer = call.join();
                answers.add(expect(answer, 201));
                replayed += answer.headers().firstValue("Idempotency-Replayed").isPresent() ? 1 : 0;
            }
        }
        assertThat(answers).hasSize(1);
        assertThat(replayed).isEqualTo(7);
        assertThat(tasksOfSwarm()).hasSize(1);
    }

    @Test
    void a_claim_and_its_completion_can_be_repeated_by_key() {
        swarm.submit("t");
        swarm.submit("u");
        String path = swarm.session("ann") + "/claims";
        String token = swarm.token("ann");
        String key = UUID.randomUUID().toString();
        JsonNode first = expect(swarm.api().post(path, "{}", token, "Idempotency-Key", key), 201);
        assertThat(expect(swarm.api().post(path, "{}", token, "Idempotency-Key", key), 201))
                .isEqualTo(first);
        assertThat(swarm.state("u")).isEqualTo("QUEUED");
    }

    @Test
    void a_refusal_is_not_kept() {
        String key = UUID.randomUUID().toString();
        String path = swarm.session("ann") + "/claims";
        String wish = body("taskId", swarm.of("t"));
        Answer early = swarm.api().post(path, wish, swarm.token("ann"), "Idempotency-Key", key);
        refused(early, Code.IF_ERR_UNKNOWN_TASK, null);
        swarm.submit("t");
        expect(swarm.api().post(path, wish, swarm.token("ann"), "Idempotency-Key", key), 201);
    }

    private JsonNode tasksOfSwarm() {
        return expect(get(TASKS + "?swarm=" + swarm.id()), 200).path("items");
    }

    private Answer get(String path) {
        return swarm.api().get(path, operator);
    }

    private Answer submit(String task) {
        return swarm.api().post(TASKS, task, operator);
    }

    private static void bad(Answer answer, String field) {
        refused(answer, Code.IF_ERR_BAD_INPUT, field);
    }

    private static void refused(Answer answer, Code code, String field) {
        assertThat(answer.code()).as("%s", answer.body()).isEqualTo(code.name());
        assertThat(answer.status()).isEqualTo(code.status());
        assertThat(answer.body().path("detail").asText()).isNotEmpty();
        assertThat(answer.body().path("whatToDo").asText()).isNotEmpty();
        if (field != null) {
            assertThat(answer.body().path("field").asText()).isEqualTo(field);
        }
    }
}
