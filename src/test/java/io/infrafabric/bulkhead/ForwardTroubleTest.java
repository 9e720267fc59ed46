package io.infrafabric.bulkhead;

import static io.infrafabric.bulkhead.Bulkhead.code;
import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a provider says when it is in trouble passes unchanged, and is understood (issue 38, "Retry and pause", "Breaker"). */
@QuarkusTest
class ForwardTroubleTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final ExecutorService CALLS = Executors.newVirtualThreadPerTaskExecutor();
    private static final String FABLE = "{\"model\":\"fable\"}";

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private Bulkhead bulkhead;

    @BeforeEach
    void a_swarm() {
        bulkhead = new Bulkhead(fabric, operator);
    }

    private JsonNode live() {
        return expect(bulkhead.swarm().api().get(bulkhead.path("p"), operator), 200)
                .path("live");
    }

    /** How long the model rests, from now on. */
    private Duration rest() {
        JsonNode pause = await().atMost(PATIENCE).until(() -> live().at("/pauses/0"), JsonNode::isObject);
        return Duration.between(Instant.now(), Instant.parse(pause.path("until").asText()));
    }

    @ParameterizedTest
    @CsvSource({"60, 60", "1000000000, 3600"})
    void a_model_rests_as_long_as_the_provider_asks_and_others_go_on(String asked, int seconds) throws Exception {
        rests(asked, seconds);
    }

    @Test
    void a_model_rests_until_the_date_that_the_provider_names() throws Exception {
        ZonedDateTime inFiveMinutes = ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(300);
        rests(DateTimeFormatter.RFC_1123_DATE_TIME.format(inFiveMinutes), 300);
    }

    private void rests(String asked, int seconds) throws Exception {
        try (Origin origin =
                Origin.of((request, out) -> out.whole(429, "{\"type\":\"error\"}", "Retry-After: " + asked))) {
            bulkhead.provider("p", origin, "");
            HttpResponse<String> first = bulkhead.post("p", "/v1/x", FABLE);
            assertThat(first.statusCode()).isEqualTo(429);
            assertThat(first.body()).as("the provider's own").isEqualTo("{\"type\":\"error\"}");
            assertThat(first.headers().firstValue("retry-after")).contains(asked);
            assertThat(rest()).isBetween(Duration.ofSeconds(seconds / 2), Duration.ofSeconds(seconds + 5));

            HttpResponse<String> refused = bulkhead.post("p", "/v1/x", FABLE);
            assertThat(refused.statusCode() + " " + code(refused)).isEqualTo("429 IF_ERR_PROVIDER_PAUSED");
            assertThat(Integer.parseInt(
                            refused.headers().firstValue("retry-after").orElseThrow()))
                    .isBetween(seconds / 2, seconds + 1);
            assertThat(origin.requests).hasSize(1);
            origin.answers((request, out) -> out.whole(200, "{}"));
            assertThat(bulkhead.post("p", "/v1/x", "{\"model\":\"other\"}").statusCode())
                    .isEqualTo(200);
            assertThat(live().at("/breaker/state").asText()).as("no failure").isEqualTo("CLOSED");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "soon", "Sun, 06 Nov 1994 08:49:37 GMT"})
    void what_asks_for_no_time_that_is_to_come_pauses_nothing(String asked) throws Exception {
        try (Origin origin = Origin.of((request, out) -> out.whole(429, "{}", "Retry-After: " + asked))) {
            bulkhead.provider("p", origin, "");
            for (int call = 0; call < 3; call++) {
                assertThat(bulkhead.post("p", "/v1/x", FABLE).headers().firstValue("retry-after"))
                        .contains(asked);
            }
            assertThat(origin.requests).hasSize(3);
        }
    }

    @Test
    void a_pause_is_not_shortened_by_a_later_answer() throws Exception {
        CountDownLatch second = new CountDownLatch(1);
        try (Origin origin = Origin.of((request, out) -> {
            if (request.target().equals("/second")) {
                second.await();
                out.whole(429, "{}", "Retry-After: 1");
            } else {
                out.whole(429, "{}", "Retry-After: 60");
            }
        })) {
            bulkhead.provider("p", origin, "");
            CompletableFuture<HttpResponse<String>> later =
                    CompletableFuture.supplyAsync(() -> posted("/second"), CALLS);
            await().atMost(PATIENCE).until(() -> origin.running.get() == 1);
            assertThat(posted("/first").statusCode()).isEqualTo(429);
            rest();
            second.countDown();
            assertThat(later.join().headers().firstValue("retry-after")).contains("1");
            await().atMost(PATIENCE).until(() -> live().path("running").asInt() == 0);
            assertThat(rest()).isGreaterThan(Duration.ofSeconds(20));
            HttpResponse<String> refused = posted("/first");
            assertThat(refused.statusCode() + " " + code(refused)).isEqualTo("429 IF_ERR_PROVIDER_PAUSED");
            assertThat(origin.requests).hasSize(2);
        }
    }

    private HttpResponse<String> posted(String path) {
        try {
            return bulkhead.post("p", path, FABLE);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 502, 503, 504, 529})
    void an_answer_of_a_provider_in_trouble_counts_and_passes_unchanged(int status) throws Exception {
        String said = "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}";
        try (Origin origin = Origin.of((request, out) -> out.whole(status, said, "X-Request-Id: r-38"))) {
            bulkhead.provider("p", origin, ",\"breaker\":{\"minCalls\":2,\"openSeconds\":300}");
            for (int call = 0; call < 2; call++) {
                HttpResponse<String> answer = bulkhead.post("p", "/v1/x", FABLE);
                assertThat(answer.statusCode()).isEqualTo(status);
                assertThat(answer.body()).isEqualTo(said);
                assertThat(answer.headers().firstValue("x-request-id")).contains("r-38");
                assertThat(answer.headers().firstValue("x-should-retry")).isEmpty();
            }
            mustBeOpen(origin);
        }
    }

    @Test
    void an_error_within_a_stream_counts_and_passes_unchanged() throws Exception {
        String stream = """
                event: message_start
                data: {"type":"message_start","message":{"model":"m","usage":{"input_tokens":1,"output_tokens":1}}}

                event: error
                data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}

                """;
        try (Origin origin =
                Origin.of((request, out) -> out.events().chunk(stream).end())) {
            expect(
                    bulkhead.swarm()
                            .api()
                            .put(
                                    bulkhead.path("p"),
                                    "{\"baseUrl\":\"" + origin.url() + "\",\"dialect\":\"anthropic\","
                                            + "\"breaker\":{\"minCalls\":2,\"openSeconds\":300}}",
                                    operator),
                    200);
            for (int call = 0; call < 2; call++) {
                HttpResponse<String> answer = bulkhead.post("p", "/v1/messages", "{\"model\":\"m\",\"stream\":true}");
                assertThat(answer.statusCode()).isEqualTo(200);
                assertThat(answer.body()).isEqualTo(stream);
            }
            mustBeOpen(origin);
        }
    }

    private void mustBeOpen(Origin origin) throws Exception {
        await().atMost(PATIENCE)
                .until(() -> live().at("/breaker/state").asText().equals("OPEN"));
        HttpResponse<String> refused = bulkhead.post("p", "/v1/messages", FABLE);
        assertThat(refused.statusCode() + " " + code(refused)).isEqualTo("503 IF_ERR_PROVIDER_OPEN");
        assertThat(origin.requests).hasSize(2);
    }
}
