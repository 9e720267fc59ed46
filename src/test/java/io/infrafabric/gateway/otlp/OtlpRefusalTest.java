package io.infrafabric.gateway.otlp;

import static io.infrafabric.gateway.otlp.Exporter.HTTP;
import static io.infrafabric.gateway.otlp.Exporter.JSON_TYPE;
import static io.infrafabric.gateway.otlp.Exporter.LOGS;
import static io.infrafabric.gateway.otlp.Records.claude;
import static io.infrafabric.gateway.otlp.Records.codex;
import static io.infrafabric.gateway.otlp.Records.export;
import static io.infrafabric.gateway.otlp.Records.nanos;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.coordinator.Swarm;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.stream.LongStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What agents send that is no export, or too much of it. */
@QuarkusTest
class OtlpRefusalTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Pool pool;

    private Swarm swarm;
    private Exporter anna;

    @BeforeEach
    void a_swarm() {
        swarm = new Swarm(fabric, operator);
        anna = Exporter.enrolled(fabric, swarm, pool);
    }

    @Test
    void bodies_may_be_packed_and_come_in_chunks() throws Exception {
        byte[] packed = UnpackingTest.packed(
                export(List.of(claude(anna.now(0), "m", 1000))).getBytes(StandardCharsets.UTF_8));
        assertThat(anna.send(LOGS, packed, swarm.token("anna"), JSON_TYPE, "Content-Encoding", "gzip")
                        .body())
                .isEqualTo("{}");
        byte[] plain = export(List.of(claude(anna.now(0), "m", 2000))).getBytes(StandardCharsets.UTF_8);
        HttpRequest chunked = HttpRequest.newBuilder(fabric.resolve(LOGS))
                .header("Authorization", "Bearer " + swarm.token("anna"))
                .header("Content-Type", JSON_TYPE)
                .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(plain)))
                .build();
        assertThat(HTTP.send(chunked, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
        assertThat(anna.spent()).isEqualTo("0.003");
    }

    @Test
    void records_that_cannot_be_booked_are_counted_and_the_others_are_booked() {
        String odd = codex(anna.now(0), "gpt-5", 1, 1).replace("\"stringValue\":\"1\"", "\"stringValue\":\"-1\"");
        JsonNode partial = anna.taken(export(List.of(
                        odd,
                        claude(nanos(Instant.parse("1970-01-02T00:00:00Z")), "m", 1000),
                        claude(anna.now(0), "m", 2000))))
                .path("partialSuccess");
        assertThat(partial.path("rejectedLogRecords").asText()).isEqualTo("2");
        assertThat(anna.spent()).isEqualTo("0.002");
    }

    @Test
    void too_much_is_refused_and_nothing_is_taken() throws Exception {
        List<String> costs = LongStream.range(0, 100_000)
                .mapToObj(i -> "{\"timeUnixNano\":" + i + "}")
                .toList();
        refused(export(costs), 413, "log records");
        List<String> many = LongStream.rangeClosed(0, 1000)
                .mapToObj(i -> claude(anna.now(0) - i, "m", 1000))
                .toList();
        refused(export(many), 413, "costs");
        byte[] bomb =
                UnpackingTest.packed(("{\"resourceLogs\":[" + " ".repeat(60_000_000)).getBytes(StandardCharsets.UTF_8));
        assertThat(anna.send(LOGS, bomb, swarm.token("anna"), JSON_TYPE, "Content-Encoding", "gzip")
                        .statusCode())
                .isEqualTo(413);
        refused(export(List.of(claude(anna.now(0), "m", 1000))) + " ".repeat(9_000_000), 413, "bytes");
        assertThat(anna.entries("COST")).isEmpty();
        assertThat(anna.taken(export(many.subList(0, 1000)))).isEqualTo(JSON.createObjectNode());
        assertThat(anna.spent()).isEqualTo("1");
    }

    @Test
    void what_is_no_otlp_in_json_gets_a_clear_answer_and_changes_nothing() {
        String cost = export(List.of(claude(anna.now(0), "m", 1000)));
        refused(cost.substring(0, cost.length() - 2), 400, "JSON");
        refused("[" + cost + "]", 400, "OTLP");
        HttpResponse<String> protobuf =
                anna.send(LOGS, new byte[] {10, 2, 8, 1}, swarm.token("anna"), "application/x-protobuf");
        assertThat(protobuf.statusCode()).isEqualTo(415);
        assertThat(protobuf.body()).contains("OTEL_EXPORTER_OTLP_PROTOCOL=http/json");
        assertThat(anna.send(
                                "/gateway/otlp/v2/logs",
                                cost.getBytes(StandardCharsets.UTF_8),
                                swarm.token("anna"),
                                JSON_TYPE)
                        .statusCode())
                .isEqualTo(404);
        assertThat(anna.spent()).isEqualTo("0");
    }

    @Test
    void metrics_and_traces_are_dropped() {
        for (String signal : List.of("metrics", "traces")) {
            String path = "/gateway/otlp/v1/" + signal;
            assertThat(anna.send(path, "{\"x\":[]}".getBytes(StandardCharsets.UTF_8), swarm.token("anna"), JSON_TYPE)
                            .body())
                    .isEqualTo("{}");
            HttpResponse<String> protobuf =
                    anna.send(path, new byte[] {10, 0}, swarm.token("anna"), "application/x-protobuf");
            assertThat(protobuf.statusCode()).isEqualTo(200);
            assertThat(protobuf.body()).isEmpty();
            assertThat(anna.send(path, new byte[0], "wrong", JSON_TYPE).statusCode())
                    .isEqualTo(401);
        }
    }

    private void refused(String body, int status, String why) {
        HttpResponse<String> answer =
                anna.send(LOGS, body.getBytes(StandardCharsets.UTF_8), swarm.token("anna"), JSON_TYPE);
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(answer.body()).contains(why);
    }
}
