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
import io.infrafabric.bus.Subscriptions;
import io.infrafabric.bus.Transactions;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Role;
import io.infrafabric.door.identity.Tokens;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Webhooks that get events of some types besides cases. */
@QuarkusTest
class WebhookTypesTest {
    private static final String SECRET = "whsec_"
            + Base64.getEncoder().encodeToString("a secret of thirty-two bytes ...".getBytes(StandardCharsets.UTF_8));
    private static final String OPENED = "s2.escalation.case-opened.v1";
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
    Subscriptions subscriptions;

    @Inject
    Tokens tokens;

    @Inject
    Pool pool;

    @Inject
    WebhookTransaction webhooks;

    private final String path = "/escalation/webhooks/hook-" + UUID.randomUUID();
    private Receiver receiver;
    private Desk desk;
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
        desk.api.delete(path, operator);
        if (receiver != null) {
            receiver.close();
        }
    }

    private void hook(Receiver to, String... types) {
        receiver = to;
        expect(
                200,
                desk.api.put(
                        path, json("url", to.url(), "secret", SECRET, "minSeverity", "CRITICAL", "types", types), own));
        // What is written before a process knows of it comes later.
        await().atMost(PATIENCE).until(() -> subscriptions.functionsOf(OPENED).contains("escalation"));
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

    @Test
    void events_of_its_swarm_and_its_types_come_signed_and_no_others() throws Exception {
        hook(Receiver.open(status(204)), "s2.escalation.case-op*");
        assertThat(expect(200, desk.api.get(path, own)).path("types").path(0).asText())
                .isEqualTo("s2.escalation.case-op*");
        Desk other = new Desk(fabric, operator, transactions);
        other.opened(other.of("account:other"));
        String id = desk.opened(desk.of("account:a")).path("id").asText();
        // A type that it did not ask for, of its own swarm; and its own again, which comes after it on the channel.
        expect(200, desk.resolve(id, operator, "option", "RESET"));
        String second = desk.opened(desk.of("account:b")).path("id").asText();
        await().atMost(PATIENCE).until(() -> receiver.requests.size() >= 2);

        List<String> told = new ArrayList<>();
        for (Receiver.Request request : receiver.requests) {
            verified(request);
            JsonNode body = JSON.readTree(request.body());
            assertThat(body.path("type").asText()).isEqualTo(OPENED);
            assertThat(body.path("timestamp").asText()).isNotEmpty();
            JsonNode event = body.path("data");
            assertThat(event.path("specversion").asText()).isEqualTo("1.0");
            assertThat(event.path("type").asText()).isEqualTo(OPENED);
            assertThat(event.path("data").path("swarm").asText()).isEqualTo(desk.swarm);
            told.add(event.path("id").asText());
        }
        assertThat(receiver.requests)
                .hasSize(2)
                .anyMatch(request -> request.body().contains(id))
                .anyMatch(request -> request.body().contains(second));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(deliveries())
                        .hasSize(2)
                        .allSatisfy(delivery -> {
                            assertThat(delivery.path("state").asText()).isEqualTo("DELIVERED");
                            assertThat(delivery.path("type").asText()).isEqualTo(OPENED);
                            assertThat(delivery.path("caseId").isTextual()).isFalse();
                        })
                        .extracting(delivery -> delivery.path("event").asText())
                        .containsExactlyInAnyOrderElementsOf(told));
    }

    @Test
    void one_that_fails_is_tried_again_with_the_same_id() {
        hook(
                Receiver.open((exchange, body) -> (receiver.requests.size() <= 2
                                ? Receiver.text(500, "out of order")
                                : status(200))
                        .to(exchange, body)),
                OPENED);
        desk.opened(desk.of("account:c"));
        JsonNode delivery = ended("DELIVERED");
        assertThat(delivery.path("attempt").asInt())
                .isEqualTo(receiver.requests.size())
                .isGreaterThan(2);
        assertThat(receiver.requests)
                .extracting(Receiver.Request::id)
                .containsOnly("msg_" + delivery.path("id").asText());
        receiver.requests.forEach(this::verified);
    }

    @Test
    void after_the_last_attempt_it_is_dead_and_can_be_replayed() {
        hook(Receiver.open(Receiver.text(503, "away")), OPENED);
        desk.opened(desk.of("account:d"));
        JsonNode dead = ended("DEAD");
        assertThat(receiver.requests).hasSize(attempts);
        assertThat(dead.path("error").asText()).startsWith("HTTP 503");
        receiver.answers(status(200));
        expect(200, desk.api.post(path + "/deliveries/" + dead.path("id").asText() + "/replay", null, own));
        assertThat(ended("DELIVERED").path("attempt").asInt()).isEqualTo(attempts + 1);
    }

    /** A subscription that nobody asks for ends: escalation asks again for what its webhooks want. */
    @Test
    void what_a_webhook_wants_is_asked_for_again() throws Exception {
        hook(Receiver.open(status(204)), OPENED);
        pool.query("UPDATE bus_subscription SET active = false WHERE function = 'escalation' AND type = '" + OPENED
                        + "'")
                .execute()
                .await()
                .atMost(PATIENCE);
        await().atMost(PATIENCE).until(() -> !subscriptions.functionsOf(OPENED).contains("escalation"));
        webhooks.subscribeAgain().await().atMost(PATIENCE);
        await().atMost(PATIENCE).until(() -> subscriptions.functionsOf(OPENED).contains("escalation"));
        desk.opened(desk.of("account:e"));
        ended("DELIVERED");
    }

    @Test
    void an_unknown_type_and_one_that_nobody_may_read_are_refused_and_change_nothing() {
        hook(Receiver.open(status(204)), OPENED);
        for (String type : List.of("s2.nothing.v1", "s2.consensus.vote-reported.v1")) {
            Answer refused = desk.api.put(path, json("types", new String[] {OPENED, type}), own);
            expect(400, refused);
            assertThat(refused.body().toString()).contains("types[1]");
        }
        assertThat(expect(200, desk.api.get(path, own)).path("types")).hasSize(1);
    }
}
