package io.infrafabric.chassis;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.coordinator.Swarm;
import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What nobody should send to the doors of the chassis, each with a problem that says what is wrong. */
@QuarkusTest
class ChassisDoorTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private Swarm swarm;
    private Api api;
    private String module;

    @BeforeEach
    void a_module() {
        swarm = new Swarm(fabric, operator);
        api = swarm.api();
        module = "/chassis/modules/" + swarm.of("m");
    }

    private JsonNode put(String file) {
        return expect(api.put(module, WasmFile.bytes(file), operator), 200);
    }

    private static void problem(Answer answer, int status, String code) {
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(status);
        assertThat(answer.code()).as("%s", answer.body()).isEqualTo(code);
        assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
        assertThat(answer.body().path("detail").asText()).isNotBlank();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-m", ".m", "m%20n", "m%2Fn", "%E2%82%AC", "m%27%3B--"})
    void a_name_that_is_none_is_refused_at_every_door(String name) {
        nameIsRefused("/chassis/modules/" + name);
    }

    @Test
    void a_name_that_is_too_long_is_refused_at_every_door() {
        nameIsRefused("/chassis/modules/" + "m".repeat(129));
    }

    private void nameIsRefused(String path) {
        String run = path + "/runs/00000000-0000-0000-0000-000000000000";
        for (Answer answer : List.of(
                api.put(path, WasmFile.bytes("exit0"), operator),
                api.get(path, operator),
                api.delete(path, operator),
                api.post(path + "/runs", "{}", operator),
                api.get(run, operator))) {
            problem(answer, 400, "IF_ERR_BAD_INPUT");
            assertThat(answer.body().path("field").asText()).isEqualTo("module");
        }
    }

    @Test
    void a_body_of_another_type_is_refused() {
        problem(api.put(module, "{}", operator), 415, "IF_ERR_UNSUPPORTED_MEDIA_TYPE");
        put("exit0");
        problem(api.post(module + "/runs", WasmFile.bytes("exit0"), operator), 415, "IF_ERR_UNSUPPORTED_MEDIA_TYPE");
    }

    @Test
    void what_is_no_module_is_refused_and_changes_nothing() {
        JsonNode there = put("exit0");
        problem(api.put(module, new byte[0], operator), 400, "IF_ERR_BAD_INPUT");
        problem(api.put(module, new byte[] {0, 'a', 's', 'm'}, operator), 422, "IF_ERR_MODULE_REFUSED");
        problem(api.put(module, new byte[100_000], operator), 422, "IF_ERR_MODULE_REFUSED");
        assertThat(expect(api.get(module, operator), 200)).isEqualTo(there);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "{\"input\":{}}|input",
                "{\"limits\":[]}|limits",
                "{\"limits\":{\"fuel\":\"many\"}}|limits.fuel",
                "{\"limits\":{\"fuel\":1.5}}|limits.fuel",
                "{\"limits\":{\"fuel\":-1}}|limits.fuel",
                "{\"limits\":{\"fuel\":5000000001}}|limits.fuel",
                "{\"limits\":{\"fuel\":99999999999999999999}}|limits.fuel",
                "{\"limits\":{\"millis\":-5}}|limits.millis",
                "{\"limits\":{\"millis\":120001}}|limits.millis",
                "{\"limits\":{\"memoryMb\":0}}|limits.memoryMb",
                "{\"limits\":{\"memoryMb\":2147483648}}|limits.memoryMb",
                "{\"limits\":{\"outputBytes\":1048577}}|limits.outputBytes",
                "{\"waitSeconds\":-1}|waitSeconds",
                "{\"waitSeconds\":51}|waitSeconds",
                "{\"waitSeconds\":99999999999}|waitSeconds",
                "{\"inputBase64\":\"%%%\"}|inputBase64",
                "{\"inputBase64\":\"YQ=\"}|inputBase64",
                "{\"inputBase64\":\"Y Q==\"}|inputBase64",
                "{\"clock\":\"yesterday\"}|clock",
                "{\"clock\":\"1969-12-31T23:59:59Z\"}|clock",
                "{\"clock\":\"2554-01-01T00:00:00Z\"}|clock",
                "{\"clock\":\"+999999999-01-01T00:00:00Z\"}|clock",
                "{\"sha256\":\"abc\"}|sha256",
                "null|body"
            })
    void a_wish_that_cannot_be_granted_names_its_field(String body, String field) {
        put("exit0");
        Answer refused = api.post(module + "/runs", body, operator);
        problem(refused, 400, "IF_ERR_BAD_INPUT");
        assertThat(refused.body().path("field").asText()).isEqualTo(field);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {"{\"limits\":{\"wishes\":3}}|limits.wishes", "{\"wish\":1}|wish"})
    void a_field_that_is_none_is_refused(String body, String field) {
        put("exit0");
        Answer refused = api.post(module + "/runs", body, operator);
        problem(refused, 400, "IF_ERR_UNKNOWN_FIELD");
        assertThat(refused.body().path("field").asText()).isEqualTo(field);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "{", "\"text\"", "7", "{} {}"})
    void what_is_no_object_is_refused(String body) {
        put("exit0");
        Answer refused = api.post(module + "/runs", body, operator);
        problem(refused, 400, refused.code());
        assertThat(refused.code()).startsWith("IF_ERR_");
    }

    @Test
    void an_input_that_is_too_long_is_refused() {
        put("exit0");
        String text = "a".repeat(1 << 20);
        expect(api.post(module + "/runs", "{\"input\":\"" + text + "\",\"waitSeconds\":0}", operator), 202);
        Answer refused = api.post(module + "/runs", "{\"input\":\"a" + text + "\"}", operator);
        problem(refused, 400, "IF_ERR_BAD_INPUT");
        assertThat(refused.body().path("field").asText()).isEqualTo("input");
    }

    @Test
    void the_last_clock_that_a_module_can_read_is_taken() {
        put("clock-and-random");
        JsonNode ran = expect(
                api.post(module + "/runs", "{\"clock\":\"2553-12-31T23:59:59.999999Z\",\"waitSeconds\":50}", operator),
                200);
        assertThat(ran.path("clock").asText()).isEqualTo("2553-12-31T23:59:59.999999Z");
    }

    @Test
    void modules_that_are_put_at_once_under_one_name_are_versions_of_one_module() {
        List<String> files = List.of("exit0", "exit7", "echo", "exit0", "exit7", "echo");
        List<CompletableFuture<Answer>> calls = files.stream()
                .map(file -> CompletableFuture.supplyAsync(
                        () -> api.put(module, WasmFile.bytes(file), operator), Thread::startVirtualThread))
                .toList();
        assertThat(calls).extracting(call -> call.join().status()).containsOnly(200);
        JsonNode there = expect(api.get(module, operator), 200);
        assertThat(there.path("older")).as("nobody needs them").isEmpty();
        expect(api.delete(module, operator), 204);
        problem(api.delete(module, operator), 404, "IF_ERR_MODULE_NOT_FOUND");
    }

    @Test
    void a_module_is_deleted_once_and_not_while_a_run_of_it_waits() {
        put("endless");
        String run = expect(
                        api.post(
                                module + "/runs",
                                "{\"waitSeconds\":0,\"limits\":{\"fuel\":3000000,\"millis\":120000}}",
                                operator),
                        202)
                .path("id")
                .asText();
        // Either it waits or runs, or it has finished already.
        Answer now = api.delete(module, operator);
        assertThat(now.status()).isIn(204, 409);
        Answer ran = finished(run);
        if (now.status() == 409) {
            problem(now, 409, "IF_ERR_MODULE_PINNED");
            expect(api.delete(module, operator), 204);
        }
        problem(ran, 422, "IF_ERR_SANDBOX_LIMIT");
        problem(api.post(module + "/runs", "{}", operator), 404, "IF_ERR_MODULE_NOT_FOUND");
    }

    private Answer finished(String run) {
        return await().atMost(Duration.ofMinutes(2))
                .until(() -> api.get(module + "/runs/" + run, operator), answer -> answer.status() != 202);
    }
}
