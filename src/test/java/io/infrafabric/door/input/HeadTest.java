package io.infrafabric.door.input;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.door.Wire;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Heads of calls that frameworks would refuse in their own words, or none. */
@QuarkusTest
class HeadTest {
    @Inject
    ObjectMapper mapper;

    @TestHTTPResource("/")
    URI door;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @ParameterizedTest
    @ValueSource(strings = {"/coordinator/tasks/%zz", "/%", "/%4", "/%ff", "/coordinator/tasks?label=%zz", "/%00"})
    void an_address_that_cannot_be_read_is_refused_with_a_problem(String path) throws IOException {
        assertThatIsBadInput(call("GET " + path + " HTTP/1.1\r\nhost: door\r\n" + Wire.bearer(operator) + "\r\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "host:\r\n", "host: a\r\nhost: b\r\n"})
    void a_call_names_its_host_once(String hosts) throws IOException {
        Wire.Answer answer = call("GET /coordinator/swarms HTTP/1.1\r\n" + hosts + Wire.bearer(operator) + "\r\n");
        assertThatIsBadInput(answer);
        assertThat(answer.body()).contains("Host");
    }

    @Test
    void before_http_1_1_a_host_may_be_missing() throws IOException {
        assertThat(call("GET /coordinator/swarms HTTP/1.0\r\n" + Wire.bearer(operator) + "\r\n")
                        .status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        PATCH  | /coordinator/swarms           | GET, HEAD, OPTIONS
        PATCH  | /coordinator/swarms/some      | GET, HEAD, OPTIONS, PUT
        DELETE | /coordinator/tasks/some       | GET, HEAD, OPTIONS, PATCH
        PUT    | /coordinator//tasks/some/     | GET, HEAD, OPTIONS, PATCH
        """)
    void a_method_that_an_address_does_not_have_is_refused_with_those_that_it_has(
            String method, String path, String allowed) throws IOException {
        Wire.Answer refused = call(method + " " + path + " HTTP/1.1\r\nhost: door\r\n" + Wire.bearer(operator)
                + "content-length: 0\r\n\r\n");
        assertThat(refused.status()).isEqualTo(405);
        assertThat(refused.body()).contains("IF_ERR_METHOD_NOT_ALLOWED");
        assertThat(allow(refused)).isEqualToIgnoringCase(allowed);

        Wire.Answer asked = call("OPTIONS " + path + " HTTP/1.1\r\nhost: door\r\n" + Wire.bearer(operator) + "\r\n");
        assertThat(asked.status()).isEqualTo(200);
        assertThat(allow(asked)).isEqualToIgnoringCase(allowed);
    }

    @Test
    void pages_of_other_origins_are_not_let_in() throws IOException {
        Wire.Answer preflight = call(String.join(
                "\r\n",
                "OPTIONS /coordinator/swarms HTTP/1.1",
                "host: door",
                "origin: https://board.example",
                "access-control-request-method: GET",
                "",
                ""));
        assertThat(preflight.status()).isEqualTo(401);
        assertThat(preflight.head()).doesNotContain("access-control-");
        assertThat(call("GET /coordinator/swarms HTTP/1.1\r\nhost: door\r\norigin: https://board.example\r\n"
                                + Wire.bearer(operator) + "\r\n")
                        .head())
                .startsWith("http/1.1 200")
                .doesNotContain("access-control-");
    }

    private Wire.Answer call(String text) throws IOException {
        try (Wire wire = new Wire(door)) {
            return wire.send(text).answer();
        }
    }

    private static String allow(Wire.Answer answer) {
        return answer.head()
                .lines()
                .filter(line -> line.startsWith("allow: "))
                .map(line -> line.substring("allow: ".length()))
                .findFirst()
                .orElse("");
    }

    private void assertThatIsBadInput(Wire.Answer answer) throws IOException {
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.head()).contains("content-type: application/problem+json");
        JsonNode problem = mapper.readTree(answer.body());
        assertThat(problem.path("code").asText()).isEqualTo("IF_ERR_BAD_INPUT");
        assertThat(problem.path("status").asInt()).isEqualTo(400);
    }
}
