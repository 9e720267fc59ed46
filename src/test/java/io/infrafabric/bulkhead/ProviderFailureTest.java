package io.infrafabric.bulkhead;

import static io.infrafabric.bulkhead.Bulkhead.code;
import static io.infrafabric.bulkhead.Bulkhead.json;
import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bulkhead.Origin.Script;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One provider that is silent or fails, beside one that is well: calls of two sessions to real servers. */
@QuarkusTest
class ProviderFailureTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final ExecutorService CALLS = Executors.newVirtualThreadPerTaskExecutor();
    private static final Script WELL = (asked, out) -> out.whole(200, "{\"text\":\"Hello.\"}");
    private static final Script FAILING = (asked, out) -> out.whole(500, "{\"text\":\"Ouch.\"}");
    private static final int CONCURRENT = 2;
    private static final int QUEUED = 4;
    private static final String LIMITS = (",\"maxConcurrent\":%d,\"maxQueued\":%d,\"queueSeconds\":60,\"breaker\":"
                    + "{\"window\":60,\"minCalls\":5,\"failureRate\":0.5,\"openSeconds\":300}")
            .formatted(CONCURRENT, QUEUED);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private final Origin ill = Origin.of(WELL);
    private final Origin well = Origin.of(WELL);
    private Bulkhead bulkhead;

    @BeforeEach
    void two_providers_and_two_sessions() {
        bulkhead = new Bulkhead(fabric, operator);
        bulkhead.swarm().enrol("bob");
        bulkhead.provider("ill", ill, LIMITS);
        bulkhead.provider("well", well, LIMITS);
    }

    @AfterEach
    void no_provider_is_left() throws IOException {
        ill.close();
        well.close();
    }

    private HttpResponse<String> call(String session, String provider) {
        HttpRequest.Builder request = bulkhead.request(provider, "/v1/words")
                .setHeader("x-api-key", bulkhead.swarm().token(session))
                .header("content-type", "application/json");
        return send(request.POST(HttpRequest.BodyPublishers.ofString("{}")).build());
    }

    private HttpResponse<String> send(HttpRequest request) {
        try {
            return bulkhead.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private List<CompletableFuture<HttpResponse<String>>> calls(int count) {
        return Stream.generate(() -> CompletableFuture.supplyAsync(() -> call("ann", "ill"), CALLS))
                .limit(count)
                .toList();
    }

    private JsonNode live(String provider) {
        return expect(bulkhead.swarm().api().get(bulkhead.path(provider), operator), 200)
                .path("live");
    }

    /** A figure of the ill provider, as Prometheus sees it. */
    private int gauge(String name) {
        HttpRequest request = HttpRequest.newBuilder(fabric.resolve("/q/metrics"))
                .header("Authorization", "Bearer " + operator)
                .build();
        String row = "s2_bulkhead_" + name + "{provider=\"" + bulkhead.swarm().of("ill") + "\"}";
        return send(request)
                .body()
                .lines()
                .filter(line -> line.startsWith(row))
                .map(line -> (int) Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .findFirst()
                .orElseThrow(() -> new AssertionError(row));
    }

    private static void refused(HttpResponse<String> answer, String code) {
        assertThat(answer.statusCode() + " " + code(answer)).isEqualTo("503 " + code);
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        assertThat(json(answer.body()).at("/error/message").asText())
                .as("for clients of providers")
                .isNotBlank();
    }

    /** As many as may wait for a provider that says nothing, and not one of them holds up a call to another one. */
    @Test
    void provider_isolation() {
        CountDownLatch word = new CountDownLatch(1);
        ill.answers(Origin.after(word, WELL));
        List<CompletableFuture<HttpResponse<String>>> stuck = new ArrayList<>(calls(CONCURRENT));
        await().atMost(PATIENCE).until(() -> ill.running.get() == CONCURRENT);
        stuck.addAll(calls(QUEUED));
        await().atMost(PATIENCE).until(() -> live("ill").path("queued").asInt() == QUEUED);

        assertThat(List.of(gauge("slots_held"), gauge("calls_running"), gauge("calls_queued")))
                .containsExactly(CONCURRENT, CONCURRENT, QUEUED);

        refused(call("ann", "ill"), "IF_ERR_BULKHEAD_FULL");
        for (int i = 0; i < 20; i++) {
            // Of the session whose other calls wait, too.
            HttpResponse<String> answer = call(i % 2 == 0 ? "ann" : "bob", "well");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(json(answer.body()).path("text").asText()).isEqualTo("Hello.");
        }
        assertThat(stuck).as("they still wait").noneMatch(CompletableFuture::isDone);
        assertThat(live("well").at("/breaker/state").asText()).isEqualTo("CLOSED");

        word.countDown();
        for (CompletableFuture<HttpResponse<String>> answer : stuck) {
            assertThat(answer.join().statusCode()).isEqualTo(200);
        }
        assertThat(ill.most.get()).as("never more at once than there may be").isEqualTo(CONCURRENT);
    }

    /** What fails is left alone until somebody says that it is well; others notice nothing. */
    @Test
    void failure_containment() {
        ill.answers(FAILING);
        for (int i = 0; i < 5; i++) {
            HttpResponse<String> failed = call("ann", "ill");
            assertThat(failed.statusCode()).as(failed.body()).isEqualTo(500);
            assertThat(failed.body()).as("the provider's own answer").contains("Ouch.");
        }
        await().atMost(PATIENCE)
                .until(() -> live("ill").at("/breaker/state").asText().equals("OPEN"));
        int seen = ill.requests.size();

        refused(call("ann", "ill"), "IF_ERR_PROVIDER_OPEN");
        refused(call("bob", "ill"), "IF_ERR_PROVIDER_OPEN");
        assertThat(ill.requests).as("it is left alone").hasSize(seen);
        for (String session : List.of("ann", "bob")) {
            assertThat(call(session, "well").statusCode()).isEqualTo(200);
            String account = "/budget/accounts/session:" + bulkhead.swarm().of(session);
            assertThat(expect(bulkhead.swarm().api().get(account, operator), 200)
                            .at("/breaker/state")
                            .asText())
                    .as("its own breaker")
                    .isEqualTo("CLOSED");
        }
        HttpResponse<String> unknown = call("ann", "nobody");
        assertThat(unknown.statusCode() + " " + code(unknown)).isEqualTo("404 IF_ERR_PROVIDER_NOT_ISOLATED");

        ill.answers(WELL);
        String close = bulkhead.path("ill") + "/close";
        expect(bulkhead.swarm().api().post(close, "{\"reason\":\"It is well again.\"}", operator), 200);
        await().atMost(PATIENCE).until(() -> call("bob", "ill").statusCode() == 200);
    }
}
