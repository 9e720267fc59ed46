package io.infrafabric.bulkhead;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Listening;
import io.infrafabric.fabric.StoredText;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The provider's key, the caller's token and the client's own credentials, however a call ends: in no line of the log, not
 * even at TRACE, in no row, in no event and in no answer.
 */
@QuarkusTest
class SecretsTest {
    private static final String ASKED =
            "{\"model\":\"m\",\"max_tokens\":10,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    private static final String ANSWER =
            "{\"type\":\"message\",\"model\":\"m\",\"usage\":{\"input_tokens\":10,\"output_tokens\":10}}";
    private static final String TRACED = "traced-" + UUID.randomUUID();

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @ConfigProperty(name = "s2.bulkhead.own-directory")
    String directory;

    @Inject
    Pool pool;

    private final String key = "sk-key-" + UUID.randomUUID();
    private final String clients = "sk-client-" + UUID.randomUUID();
    private final List<String> answers = new ArrayList<>();
    private Bulkhead bulkhead;

    @BeforeEach
    void a_swarm() throws Exception {
        bulkhead = new Bulkhead(fabric, operator);
        Path keys = Files.createDirectories(Path.of(directory, "keys"));
        Files.writeString(keys.resolve(bulkhead.swarm().of("k")), key);
    }

    @Test
    void no_key_and_no_token_is_left_behind_by_any_call() throws Exception {
        List<String> heard;
        try (Listening log = new Listening();
                Origin origin = Origin.of(this::misbehaves)) {
            // The level of the build hides nothing from us here.
            Logger.getLogger("io.infrafabric.bulkhead.forward").log(Level.FINEST, TRACED);
            callsOfAllKinds(origin);
            heard = List.copyOf(log.heard());
        }
        assertThat(heard).as("it does listen").anyMatch(line -> line.contains(TRACED));
        for (String secret : List.of(key, clients, bulkhead.token())) {
            assertThat(heard.stream().filter(line -> has(line, secret))).isEmpty();
            assertThat(answers.stream().filter(answer -> has(answer, secret))).isEmpty();
            assertThat(StoredText.tablesWith(pool, secret)).isEmpty();
        }
        assertThat(StoredText.tablesWith(pool, bulkhead.swarm().of("p")))
                .as("it does look")
                .contains("bulkhead_provider", "bus_event");
    }

    /** In whatever spelling. */
    private static boolean has(String text, String secret) {
        return text.toLowerCase(Locale.ROOT).contains(secret.toLowerCase(Locale.ROOT));
    }

    /** Whatever path is asked for, another thing goes wrong; and it says the key again where it may. */
    private void misbehaves(Origin.Asked asked, Origin.Out out) throws IOException {
        String path = asked.target().replaceAll("\\?.*", "");
        String again = key.equals(asked.header("x-api-key")) ? key : "none";
        switch (path) {
            case "/v1/closes" -> out.close();
            case "/v1/cuts" -> out.events().chunk("data: 1\n\n").close();
            case "/v1/nonsense" -> out.text(again + " is no HTTP\r\n\r\n").close();
            case "/v1/silent" -> out.untilClosed();
            case "/v1/refuses" -> out.whole(401, "{}", "X-Given: " + again, "Retry-After: " + again);
            case "/v1/throttles" -> out.whole(429, "{}", "Retry-After: 1");
            case "/v1/fails" -> out.whole(500, "{}", "Content-Type: " + again);
            default -> out.whole(200, ANSWER, "Content-Type: application/json", "X-Key-" + again + ": a");
        }
    }

    private void callsOfAllKinds(Origin origin) throws Exception {
        String some = "\"dialect\":\"anthropic\",\"timeouts\":{\"firstByte\":0.3},\"breaker\":{\"minCalls\":1000}}";
        put(
                "p",
                "{\"baseUrl\":\"" + origin.url() + "\",\"auth\":{\"key\":\"file:"
                        + bulkhead.swarm().of("k") + "\"}," + some);
        put("own", "{\"baseUrl\":\"" + origin.url() + "\"," + some);
        put("keyless", "{\"baseUrl\":\"" + origin.url() + "\",\"auth\":{\"key\":\"env:S2_KEY_NOT_THERE\"}," + some);
        for (String path : List.of(
                "/v1/messages",
                "/v1/closes",
                "/v1/nonsense",
                "/v1/silent",
                "/v1/refuses",
                "/v1/fails",
                "/v1/%2e%2e/x",
                "/elsewhere",
                "/v1/throttles")) {
            for (String provider : List.of("p", "own", "keyless", "nobody")) {
                call(provider, path + "?key=" + clients + "&api_key=" + clients + "&a=1");
            }
        }
        call("p", "/v1/messages?key=" + bulkhead.token());
        call("p", "/v1/cuts");
        origin.close();
        call("p", "/v1/messages");
        shown();
    }

    private void put(String name, String body) {
        expect(bulkhead.swarm().api().put(bulkhead.path(name), body, operator), 200);
    }

    private void call(String provider, String path) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(fabric.resolve(bulkhead.call(provider, path)))
                .timeout(Duration.ofSeconds(60))
                .header("content-type", "application/json")
                .header("S2-Authorization", "Bearer " + bulkhead.token())
                .header("Authorization", "Bearer " + clients)
                .header("x-api-key", clients)
                .POST(HttpRequest.BodyPublishers.ofString(ASKED))
                .build();
        try {
            var answer = bulkhead.send(request, BodyHandlers.ofString());
            answers.add(answer.statusCode() + " " + answer.headers().map() + " " + answer.body());
        } catch (IOException cut) {
            answers.add(cut.toString());
        }
    }

    /** What the fabric tells of these calls, when their ends are written. */
    private void shown() throws IOException, InterruptedException {
        String path = "/bulkhead/calls?session=" + bulkhead.swarm().of("ann") + "&limit=200";
        JsonNode calls = await().atMost(Duration.ofSeconds(60))
                .until(
                        () -> expect(bulkhead.swarm().api().get(path, operator), 200)
                                .path("items"),
                        items -> items.size() > 10
                                && java.util.stream.StreamSupport.stream(items.spliterator(), false)
                                        .allMatch(item -> item.has("endedAt")));
        answers.add(calls.toString());
        for (String also : List.of(bulkhead.path("p"), "/bulkhead/providers", "/q/metrics")) {
            for (String token : List.of(operator, bulkhead.token())) {
                answers.add(bulkhead.send(
                                HttpRequest.newBuilder(fabric.resolve(also))
                                        .header("Authorization", "Bearer " + token)
                                        .build(),
                                BodyHandlers.ofString())
                        .body());
            }
        }
    }
}
