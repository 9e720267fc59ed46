package io.infrafabric.escalation;

import static io.infrafabric.escalation.Desk.Bodies.json;
import static io.infrafabric.escalation.Desk.PATIENCE;
import static io.infrafabric.escalation.Desk.expect;
import static io.infrafabric.escalation.Receiver.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.standardwebhooks.Webhook;
import io.infrafabric.bus.Transactions;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Role;
import io.infrafabric.door.identity.Tokens;
import io.infrafabric.event.EscalationEvent.CauseEnded;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Webhooks to a receiver that misbehaves: through the real door, database and channel. Short waits. */
@QuarkusTest
class WebhookTest {
    private static final String SECRET = "whsec_"
            + Base64.getEncoder().encodeToString("a secret of thirty-two bytes ...".getBytes(StandardCharsets.UTF_8));
    private static final ObjectMapper JSON = new ObjectMapper();

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @ConfigProperty(name = "s2.escalation.attempts")
    int attempts;

    @Inject
    Transactions transactions;

    @Inject
    Tokens tokens;

    @Inject
    Pool pool;

    private final String name = "hook-" + UUID.randomUUID();
    private final String path = "/escalation/webhooks/" + name;
    private final CountDownLatch over = new CountDownLatch(1);
    private Desk desk;
    private Receiver receiver;

    /** Its operator is of one swarm, so the webhook is told of this test's cases only. */
    private String own;

    @BeforeEach
    void a_desk() {
        desk = new Desk(fabric, operator, transactions);
        own = tokens.issue(new Caller("ann", desk.swarm, Role.OPERATOR), null)
                .await()
                .atMost(PATIENCE)
                .token();
    }

    @AfterEach
    void close() {
        over.countDown();
        desk.api.delete(path, operator);
        if (receiver != null) {
            receiver.close();
        }
    }

    private void hook(Receiver to) {
        receiver = to;
        expect(200, desk.api.put(path, json("url", to.url(), "secret", SECRET), own));
    }

    private List<JsonNode> deliveries() {
        return Desk.items(expect(200, desk.api.get(path + "/deliveries", own)));
    }

    private JsonNode ended(String state) {
        await().atMost(PATIENCE)
                .until(() -> deliveries().size() == 1
                        && deliveries().getFirst().path("state").asText().equals(state));
        return deliveries().getFirst();
    }

    private void verified(Receiver.Request request) {
        assertThatCode(() -> new Webhook(SECRET).verify(request.body(), request.headers()))
                .doesNotThrowAnyException();
    }

    /** Fifteen times there and gone again: three pages, and one more when the hour is over and it is there. */
    @Test
    void a_condition_that_comes_and_goes_pages_only_so_often() {
        hook(Receiver.open(status(204)));
        String subject = desk.of("account:flaps");
        for (int i = 1; i <= 15; i++) {
            desk.emit(desk.question(subject, Severity.HIGH, "" + i));
            int times = i;
            await().atMost(PATIENCE).until(() -> openings(subject) == times);
            desk.emit(new CauseEnded(Desk.ASKING, subject, desk.swarm, "BREAKER_BUDGET", "It rained.", Instant.now()));
            await().atMost(PATIENCE)
                    .until(() -> desk.list("?state=open&swarm=" + desk.swarm).isEmpty());
        }
        assertThat(desk.about(subject)).hasSize(3);
        await().atMost(PATIENCE).until(() -> receiver.requests.size() == 6);
        desk.emit(desk.question(subject, Severity.HIGH, "16"));
        await().atMost(PATIENCE).until(() -> openings(subject) == 16);
        JsonNode held = desk.list("?state=open&swarm=" + desk.swarm).getFirst();
        assertThat(Instant.parse(held.path("heldUntil").asText())).isAfter(Instant.now());
        assertThat(receiver.requests).hasSize(6);
        String id = held.path("id").asText();
        pool.preparedQuery("UPDATE escalation_case SET held_until = now() WHERE id = $1")
                .execute(Tuple.of(UUID.fromString(id)))
                .chain(() -> pool.preparedQuery(
                                "UPDATE bus_due SET at = now() WHERE function = 'escalation' AND entity = $1")
                        .execute(Tuple.of("page:" + id)))
                .await()
                .atMost(PATIENCE);
        await().atMost(PATIENCE).until(() -> receiver.requests.size() == 7);
        assertThat(receiver.requests.getLast().body()).contains("case-opened", id);
        assertThat(desk.read(id).has("heldUntil")).isFalse();
    }

    private int openings(String subject) {
        return desk.about(subject).stream()
                .mapToInt(found -> found.path("openings").asInt())
                .sum();
    }

    @Test
    void every_step_of_a_case_is_told_and_signed() throws Exception {
        hook(Receiver.open(status(204)));
        String id = desk.opened(desk.of("account:a")).path("id").asText();
        await().atMost(PATIENCE).until(() -> !receiver.requests.isEmpty());
        expect(200, desk.api.post(Desk.CASES + "/" + id + "/acknowledge", null, operator));
        await().atMost(PATIENCE).until(() -> receiver.requests.size() == 2);
        expect(200, desk.resolve(id, operator, "option", "RESET"));
        await().atMost(PATIENCE).until(() -> receiver.requests.size() == 3);

        for (int i = 0; i < 3; i++) {
            Receiver.Request request = receiver.requests.get(i);
            verified(request);
            JsonNode body = JSON.readTree(request.body());
            assertThat(body.path("type").asText())
                    .isEqualTo("s2.escalation.case-"
                            + List.of("opened", "acknowledged", "resolved").get(i) + ".v1");
            assertThat(body.path("timestamp").asText()).isNotEmpty();
            assertThat(body.path("data").path("id").asText()).isEqualTo(id);
            assertThat(body.path("data").path("version").asInt()).isEqualTo(i);
            assertThat(request.path()).isEqualTo("/hook?a=b");
        }
        assertThat(receiver.requests).extracting(Receiver.Request::id).doesNotHaveDuplicates();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(deliveries())
                        .hasSize(3)
                        .allSatisfy(delivery ->
                                assertThat(delivery.path("state").asText()).isEqualTo("DELIVERED")));
        assertThat(dueRows()).isZero();
    }

    private long dueRows() {
        return pool.preparedQuery("SELECT count(*) FROM bus_due d JOIN escalation_delivery e"
                        + " ON d.entity = 'delivery:' || e.id WHERE d.function = 'escalation' AND e.webhook = $1")
                .execute(Tuple.of(name))
                .await()
                .atMost(PATIENCE)
                .iterator()
                .next()
                .getLong(0);
    }

    @Test
    void one_that_fails_is_tried_again_with_the_same_id() {
        hook(Receiver.open(
                (exchange, body) -> (receiver.requests.size() <= 2 ? Receiver.text(500, "out of\n order") : status(200))
                        .to(exchange, body)));
        desk.opened(desk.of("account:b"));
        JsonNode delivery = ended("DELIVERED");
        assertThat(delivery.path("attempt").asInt())
                .isEqualTo(receiver.requests.size())
                .isGreaterThan(2);
        assertThat(receiver.requests)
                .extracting(Receiver.Request::id)
                .containsOnly("msg_" + delivery.path("id").asText());
        assertThat(receiver.requests)
                .extracting(Receiver.Request::body)
                .containsOnly(receiver.requests.getFirst().body());
        receiver.requests.forEach(this::verified);
    }

    @Test
    void one_that_hangs_is_given_up_and_tried_again() {
        hook(Receiver.open((exchange, body) -> {
            try {
                assertThat(over.await(60, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }));
        desk.opened(desk.of("account:c"));
        await().atMost(PATIENCE).until(() -> receiver.requests.size() >= 2);
        assertThat(deliveries().getFirst().path("error").asText()).contains("no answer within");
        receiver.answers(status(200));
        assertThat(ended("DELIVERED").path("attempt").asInt()).isGreaterThan(1);
    }

    @Test
    void one_that_is_away_is_told_when_it_is_back() {
        hook(Receiver.closed(status(200)));
        desk.opened(desk.of("account:d"));
        await().atMost(PATIENCE)
                .until(() -> !deliveries().isEmpty()
                        && deliveries().getFirst().path("error").asText().contains("refused"));
        receiver.start();
        ended("DELIVERED");
        assertThat(receiver.requests).hasSize(1).allSatisfy(this::verified);
    }

    @Test
    void one_that_is_gone_is_disabled_until_it_is_put_again() {
        hook(Receiver.open(status(410)));
        desk.opened(desk.of("account:e"));
        JsonNode dead = ended("DEAD");
        assertThat(dead.path("attempt").asInt()).isEqualTo(1);
        JsonNode hook = expect(200, desk.api.get(path, own));
        assertThat(hook.path("enabled").asBoolean()).isFalse();
        assertThat(hook.path("disabledWhy").asText()).contains("410");
        Answer replay = desk.api.post(path + "/deliveries/" + dead.path("id").asText() + "/replay", null, own);
        expect(409, replay);
        assertThat(replay.code()).isEqualTo("IF_ERR_DELIVERY_STATE");

        desk.opened(desk.of("account:e2"));
        assertThat(deliveries()).hasSize(1);
        assertThat(expect(200, desk.api.put(path, json(), own)).path("enabled").asBoolean())
                .isTrue();
        receiver.answers(status(200));
        expect(200, desk.api.post(path + "/deliveries/" + dead.path("id").asText() + "/replay", null, own));
        ended("DELIVERED");
    }

    @Test
    void a_redirect_is_not_followed() {
        try (Receiver elsewhere = Receiver.open(status(200))) {
            hook(Receiver.open(status(302, "Location", elsewhere.url())));
            desk.opened(desk.of("account:f"));
            JsonNode dead = ended("DEAD");
            assertThat(dead.path("status").asInt()).isEqualTo(302);
            assertThat(dead.path("attempt").asInt()).isEqualTo(attempts);
            assertThat(elsewhere.requests).isEmpty();
        }
    }

    @Test
    void after_the_last_attempt_it_is_dead_and_can_be_replayed() {
        hook(Receiver.open(Receiver.text(503, "x".repeat(100_000))));
        desk.opened(desk.of("account:g"));
        JsonNode dead = ended("DEAD");
        assertThat(receiver.requests).hasSize(attempts);
        assertThat(dead.path("error").asText()).startsWith("HTTP 503: xxx").hasSizeLessThan(300);
        assertThat(dueRows()).isZero();

        receiver.answers(status(200));
        String replay = path + "/deliveries/" + dead.path("id").asText() + "/replay";
        JsonNode again = expect(200, desk.api.post(replay, null, own, "Idempotency-Key", name));
        assertThat(again.path("state").asText()).isEqualTo("WAITING");
        assertThat(ended("DELIVERED").path("attempt").asInt()).isEqualTo(attempts + 1);
        assertThat(receiver.requests)
                .extracting(Receiver.Request::id)
                .containsOnly("msg_" + dead.path("id").asText());
        expect(200, desk.api.post(replay, null, own, "Idempotency-Key", name));
        expect(409, desk.api.post(replay, null, own));
        assertThat(receiver.requests).hasSize(attempts + 1);
    }

    @Test
    void while_one_message_is_retried_a_newer_one_arrives_and_the_version_tells() {
        hook(Receiver.open(
                (exchange, body) -> status(version(body) == 0 ? 500 : 200).to(exchange, body)));
        String id = desk.opened(desk.of("account:h")).path("id").asText();
        await().atMost(PATIENCE).until(() -> !receiver.requests.isEmpty());
        expect(200, desk.resolve(id, operator, "option", "RESET"));
        await().atMost(PATIENCE).until(() -> versions().contains(1));
        receiver.answers(status(200));
        await().atMost(PATIENCE)
                .until(() -> deliveries().stream()
                        .allMatch(delivery -> delivery.path("state").asText().equals("DELIVERED")));
        assertThat(versions().lastIndexOf(0)).isGreaterThan(versions().indexOf(1));
    }

    private List<Integer> versions() {
        return receiver.requests.stream()
                .map(request -> version(request.body()))
                .toList();
    }

    private static int version(String body) {
        try {
            return JSON.readTree(body).path("data").path("version").asInt();
        } catch (com.fasterxml.jackson.core.JsonProcessingException broken) {
            throw new java.io.UncheckedIOException(broken);
        }
    }

    @Test
    void an_attempt_whose_process_died_is_taken_over() {
        hook(Receiver.closed(status(200)));
        desk.opened(desk.of("account:i"));
        await().atMost(PATIENCE)
                .until(() -> !deliveries().isEmpty()
                        && deliveries().getFirst().path("attempt").asInt() >= 1
                        && deliveries().getFirst().path("state").asText().equals("WAITING"));
        // What a process that dies in an attempt leaves behind: a claim, its lease, and the due row.
        pool.preparedQuery(
                        "WITH dying AS (UPDATE escalation_delivery SET state = 'SENDING', attempt = 1, next_at = NULL,"
                                + " lease_until = now() + interval '2 s' WHERE webhook = $1 RETURNING id)"
                                + " INSERT INTO bus_due (function, entity, at) SELECT 'escalation', 'delivery:' || id,"
                                + " now() + interval '2 s' FROM dying ON CONFLICT (function, entity) DO UPDATE SET at = excluded.at")
                .execute(Tuple.of(name))
                .await()
                .atMost(PATIENCE);
        receiver.start();
        assertThat(ended("DELIVERED").path("attempt").asInt()).isEqualTo(2);
        assertThat(receiver.requests).hasSize(1);
    }

    @Test
    void less_than_the_least_severity_is_not_told() {
        hook(Receiver.open(status(200)));
        expect(200, desk.api.put(path, json("minSeverity", "high"), own));
        desk.opened(desk.of("account:low"), Severity.MEDIUM);
        desk.opened(desk.of("account:high"), Severity.CRITICAL);
        await().atMost(PATIENCE).until(() -> !receiver.requests.isEmpty());
        assertThat(receiver.requests.getFirst().body()).contains(desk.of("account:high"));
        assertThat(deliveries()).hasSize(1);
    }

    @Test
    void a_put_is_idempotent_merges_and_never_shows_the_secret() {
        Object body = json("url", "https://example.org/a", "secret", SECRET, "minSeverity", "CRITICAL");
        JsonNode first = expect(200, desk.api.put(path, body, own));
        assertThat(expect(200, desk.api.put(path, body, own))).isEqualTo(first);
        JsonNode changed = expect(200, desk.api.put(path, json("url", "https://example.org/b"), own));
        assertThat(changed.path("minSeverity").asText()).isEqualTo("CRITICAL");
        assertThat(changed.path("url").asText()).endsWith("/b");
        assertThat(changed.path("swarm").asText()).isEqualTo(desk.swarm);
        String listed = expect(200, desk.api.get("/escalation/webhooks", own)).toString();
        assertThat(listed).contains(name).doesNotContain("whsec_", "secret");
        expect(204, desk.api.delete(path, own));
        expect(404, desk.api.delete(path, own));
        expect(404, desk.api.get(path + "/deliveries", own));
    }

    @Test
    void bad_webhooks_are_refused() {
        expect(400, desk.api.put(path, json("url", "https://example.org"), own));
        expect(400, desk.api.put(path, json("secret", SECRET), own));
        expect(400, desk.api.put(path, json("url", "ftp://example.org", "secret", SECRET), own));
        expect(400, desk.api.put(path, json("url", "https://example.org", "secret", "whsec_c2hvcnQ="), own));
        expect(400, desk.api.put(path, json("url", "https://example.org", "secret", SECRET, "minSeverity", "x"), own));
        expect(400, desk.api.put("/escalation/webhooks/a b".replace(" ", "%20"), json(), own));
        expect(200, desk.api.put(path, json("url", "https://example.org", "secret", SECRET), operator));
        expect(403, desk.api.put(path, json("url", "https://evil.example.org"), own));
        expect(404, desk.api.get(path, own));
        expect(404, desk.api.post(path + "/deliveries/" + UUID.randomUUID() + "/replay", null, operator));
        expect(404, desk.api.post(path + "/deliveries/nonsense/replay", null, operator));
    }
}
