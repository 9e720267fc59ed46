package io.infrafabric.chassis;

import static io.infrafabric.coordinator.Swarm.body;
import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Role;
import io.infrafabric.coordinator.Swarm;
import io.infrafabric.door.identity.Tokens;
import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.awaitility.Awaitility;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Modules and their runs over HTTP. */
@QuarkusTest
class ChassisTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Tokens tokens;

    private Swarm swarm;
    private Api api;

    @BeforeEach
    void a_swarm() {
        swarm = new Swarm(fabric, operator);
        api = swarm.api();
    }

    private String path(String module) {
        return "/chassis/modules/" + swarm.of(module);
    }

    private JsonNode put(String module, String file) {
        return expect(api.put(path(module), WasmFile.bytes(file), operator), 200);
    }

    private Answer run(String module, String token, String... members) {
        return api.post(path(module) + "/runs", body(members), token);
    }

    private String session(String name) {
        swarm.enrol(name);
        return expect(api.post("/coordinator/sessions/" + swarm.of(name) + "/tokens", "{}", operator), 201)
                .path("token")
                .asText();
    }

    @Test
    void a_module_is_uploaded_shown_listed_and_deleted() {
        JsonNode made = put("m", "echo");
        assertThat(made.path("imports")).extracting(JsonNode::asText).containsExactly("fd_read", "fd_write");
        assertThat(made.path("version").asLong()).isEqualTo(1);
        assertThat(made.path("size").asInt()).isEqualTo(WasmFile.bytes("echo").length);
        assertThat(made.path("sha256").asText()).hasSize(64);
        assertThat(put("m", "echo")).isEqualTo(made);
        assertThat(expect(api.get(path("m"), operator), 200)).isEqualTo(made);
        assertThat(expect(api.get("/chassis/modules?limit=500", operator), 200)
                        .path("items")
                        .findValuesAsText("name"))
                .contains(swarm.of("m"));
        JsonNode second = put("m", "exit0");
        assertThat(second.path("version").asLong()).isEqualTo(2);
        assertThat(second.path("older")).isEmpty();
        expect(api.delete(path("m"), operator), 204);
        assertThat(api.get(path("m"), operator).code()).isEqualTo("IF_ERR_MODULE_NOT_FOUND");
        assertThat(api.delete(path("m"), operator).code()).isEqualTo("IF_ERR_MODULE_NOT_FOUND");
        assertThat(run("m", operator).code()).isEqualTo("IF_ERR_MODULE_NOT_FOUND");
    }

    @Test
    void what_may_not_run_is_refused_and_named() {
        Answer refused = api.put(path("m"), WasmFile.bytes("refused/two-memories"), operator);
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.code()).isEqualTo("IF_ERR_MODULE_REFUSED");
        assertThat(refused.body().path("refused").asText()).contains("2 memories");
        assertThat(api.put(path("m"), WasmFile.bytes("refused/wrong-type"), operator)
                        .code())
                .isEqualTo("IF_ERR_MODULE_REFUSED");
        Answer large = api.put(path("m"), new byte[(4 << 20) + 1], operator);
        assertThat(large.code()).isEqualTo("IF_ERR_MODULE_REFUSED");
        assertThat(large.body().path("refused").asText()).contains("4194305 bytes");
        assertThat(api.get(path("m"), operator).status()).isEqualTo(404);
    }

    @Test
    void only_operators_of_the_whole_installation_upload() {
        String ofOne = tokens.issue(new Caller("olga", swarm.id(), Role.OPERATOR), Duration.ofHours(1))
                .await()
                .indefinitely()
                .token();
        assertThat(api.put(path("m"), WasmFile.bytes("exit0"), ofOne).code()).isEqualTo("IF_ERR_FORBIDDEN");
        assertThat(api.put(path("m"), WasmFile.bytes("exit0"), session("ann")).code())
                .isEqualTo("IF_ERR_FORBIDDEN");
        put("m", "exit0");
        assertThat(api.delete(path("m"), ofOne).code()).isEqualTo("IF_ERR_FORBIDDEN");
    }

    @Test
    void a_run_answers_with_what_came_out_and_can_be_repeated() {
        JsonNode module = put("m", "clock-and-random");
        String ann = session("ann");
        JsonNode first = expect(run("m", ann, "input", "a", "clock", "2026-01-31T12:00:00Z"), 200);
        assertThat(first.path("state").asText()).isEqualTo("FINISHED");
        assertThat(first.path("exitCode").asLong()).isZero();
        assertThat(first.path("sha256").asText())
                .isEqualTo(module.path("sha256").asText());
        assertThat(Base64.getDecoder().decode(first.path("stdoutBase64").asText()))
                .hasSize(48);
        JsonNode again = expect(run("m", operator, "input", "a", "clock", "2026-01-31T12:00:00Z"), 200);
        assertThat(again.path("stdoutBase64")).isEqualTo(first.path("stdoutBase64"));
        assertThat(again.path("fuel")).isEqualTo(first.path("fuel"));
        String run = path("m") + "/runs/" + first.path("id").asText();
        assertThat(expect(api.get(run, ann), 200)).isEqualTo(first);
        assertThat(api.get(run, session("bob")).code()).isEqualTo("IF_ERR_UNKNOWN_RUN");
        assertThat(api.get(path("m") + "/runs/none", operator).code()).isEqualTo("IF_ERR_UNKNOWN_RUN");
    }

    @Test
    void a_run_that_does_not_exit_says_why() {
        put("m", "endless");
        Answer limited = api.post(path("m") + "/runs", "{\"limits\":{\"fuel\":1000}}", operator);
        assertThat(limited.status()).isEqualTo(422);
        assertThat(limited.code()).isEqualTo("IF_ERR_SANDBOX_LIMIT");
        assertThat(limited.body().path("limit").asText()).isEqualTo("FUEL");
        assertThat(limited.body().path("fuel").asLong()).isEqualTo(1000);
        put("t", "unreachable");
        Answer trapped = run("t", operator);
        assertThat(trapped.status()).isEqualTo(422);
        assertThat(trapped.code()).isEqualTo("IF_ERR_SANDBOX_TRAP");
        assertThat(trapped.body().path("trap").asText()).contains("unreachable");
        put("f", "flood-stdout");
        Answer flooded = api.post(path("f") + "/runs", "{\"limits\":{\"outputBytes\":10}}", operator);
        assertThat(flooded.body().path("limit").asText()).isEqualTo("OUTPUT");
        assertThat(flooded.body().path("stdout").asText()).hasSize(10);
    }

    @Test
    void who_does_not_wait_asks_for_the_run_later() {
        put("m", "exit7");
        JsonNode queued = expect(api.post(path("m") + "/runs", "{\"waitSeconds\":0}", operator), 202);
        assertThat(queued.path("state").asText()).isIn("QUEUED", "RUNNING");
        String run = path("m") + "/runs/" + queued.path("id").asText();
        Awaitility.await().until(() -> api.get(run, operator).status() == 200);
        JsonNode finished = expect(api.get(run, operator), 200);
        assertThat(finished.path("exitCode").asLong()).isEqualTo(7);
        assertThat(finished.path("stderr").asText()).isEqualTo("no\n");
    }

    @Test
    void what_a_run_may_use_has_bounds() {
        put("m", "exit0");
        for (String limits : new String[] {
            "\"fuel\":0", "\"millis\":0", "\"memoryMb\":100000", "\"outputBytes\":-1", "\"fuel\":9999999999999"
        }) {
            Answer refused = api.post(path("m") + "/runs", "{\"limits\":{" + limits + "}}", operator);
            assertThat(refused.code()).as(limits).isEqualTo("IF_ERR_BAD_INPUT");
            assertThat(refused.body().path("field").asText()).startsWith("limits.");
        }
        assertThat(run("m", operator, "inputBase64", "%").code()).isEqualTo("IF_ERR_BAD_INPUT");
        assertThat(run("m", operator, "input", "a", "inputBase64", "YQ==").code())
                .isEqualTo("IF_ERR_BAD_INPUT");
        assertThat(run("m", operator, "sha256", "a".repeat(64)).code()).isEqualTo("IF_ERR_MODULE_NOT_FOUND");
        assertThat(run("m", operator, "sha256", "xyz").code()).isEqualTo("IF_ERR_BAD_INPUT");
    }

    @Test
    void a_version_stays_while_a_run_needs_it() {
        JsonNode first = put("m", "endless");
        String queued = expect(
                        api.post(
                                path("m") + "/runs",
                                "{\"waitSeconds\":0,\"limits\":{\"millis\":2000,\"fuel\":5000000000}}",
                                operator),
                        202)
                .path("id")
                .asText();
        Answer pinned = api.delete(path("m"), operator);
        assertThat(pinned.status()).isEqualTo(409);
        assertThat(pinned.code()).isEqualTo("IF_ERR_MODULE_PINNED");
        assertThat(put("m", "exit0").path("older").findValuesAsText("sha256"))
                .containsExactly(first.path("sha256").asText());
        String run = path("m") + "/runs/" + queued;
        Awaitility.await().until(() -> api.get(run, operator).status() == 422);
        assertThat(api.get(run, operator).body().path("limit").asText()).isEqualTo("TIME");
        assertThat(put("m", "exit7").path("older")).isEmpty();
        expect(api.delete(path("m"), operator), 204);
    }

    @Test
    void bombs_of_all_kinds_wait_in_one_queue_and_harm_nobody() {
        Map<String, String> bombs = Map.of(
                "endless", "FUEL",
                "endless-in-start", "FUEL",
                "fill", "FUEL",
                "memory-grow", "MEMORY",
                "memory-grow-billions", "MEMORY",
                "table-grow", "TABLE",
                "flood-stdout", "OUTPUT",
                "flood-stderr", "OUTPUT",
                "deep", "STACK",
                "deep-locals", "STACK");
        Map<String, String> runs = new HashMap<>();
        bombs.forEach((bomb, limit) -> {
            put(bomb, bomb);
            for (int i = 0; i < 3; i++) {
                JsonNode queued = expect(
                        api.post(
                                path(bomb) + "/runs",
                                "{\"waitSeconds\":0,\"limits\":{\"fuel\":4000000,\"millis\":120000}}",
                                operator),
                        202);
                runs.put(path(bomb) + "/runs/" + queued.path("id").asText(), limit);
            }
        });
        put("good", "echo");
        assertThat(expect(run("good", operator, "input", "still here", "waitSeconds", "50"), 200)
                        .path("stdout")
                        .asText())
                .isEqualTo("still here");
        assertThat(api.get("/q/health/ready", null).status()).isEqualTo(200);
        runs.forEach((run, limit) -> {
            Awaitility.await()
                    .atMost(Duration.ofMinutes(3))
                    .until(() -> api.get(run, operator).status() != 202);
            assertThat(api.get(run, operator).body().path("limit").asText())
                    .as(run)
                    .isEqualTo(limit);
        });
    }
}
