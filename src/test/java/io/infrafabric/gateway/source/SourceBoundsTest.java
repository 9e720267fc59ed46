package io.infrafabric.gateway.source;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.infrafabric.coordinator.Swarm;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.time.Duration;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How large and how many deliveries may be, and what may be in them, of a source whose secret is in a file. */
@QuarkusTest
@TestProfile(ScriptedGitHub.class)
class SourceBoundsTest {
    private static final int MEGABYTE = 1 << 20;

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @ConfigProperty(name = "s2.gateway.source-per-minute")
    int perMinute;

    private Swarm swarm;
    private String source;

    @BeforeEach
    void a_source() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("anna");
        source = swarm.of("gh");
        put("file:old");
    }

    private void put(String secret) {
        String body = "{\"kind\": \"github\", \"swarm\": \"" + swarm.id() + "\", \"secrets\": [\"" + secret + "\"]}";
        expect(swarm.api().put("/gateway/sources/" + source, body, operator), 200);
    }

    private Answer send(String body) {
        return send("ping", body);
    }

    private Answer send(String event, String body) {
        return swarm.api()
                .post(
                        "/gateway/webhooks/" + source,
                        body,
                        null,
                        "X-GitHub-Event",
                        event,
                        "X-GitHub-Delivery",
                        UUID.randomUUID().toString(),
                        "X-Hub-Signature-256",
                        "sha256=" + Deliveries.hmac(ScriptedGitHub.OLD, body));
    }

    private static String sized(int bytes) {
        return "{\"a\": \"" + "x".repeat(bytes) + "\"}";
    }

    @Test
    void what_is_too_large_is_refused_and_what_is_not_is_taken() {
        for (int megabytes : new int[] {2, 10}) {
            Answer large = send(sized(megabytes * MEGABYTE));
            assertThat(large.status()).as(megabytes + " MiB").isEqualTo(413);
            assertThat(large.code()).isEqualTo("IF_ERR_BODY_TOO_LARGE");
        }
        expect(send(sized(2 * MEGABYTE - 100)), 202);
    }

    @Test
    void what_comes_too_often_is_refused_and_said_when_to_come_again() {
        for (int i = 0; i < perMinute; i++) {
            expect(send("{\"zen\": " + i + "}"), 202);
        }
        Answer refused = send("{\"zen\": -1}");
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.code()).isEqualTo("IF_ERR_QUOTA_EXCEEDED");
        assertThat(refused.body().path("setting").asText()).isEqualTo("s2.gateway.source-per-minute");
    }

    @Test
    void what_no_text_of_ours_can_keep_is_left_out_of_what_is_applied() {
        String number = Integer.toString(swarm.id().hashCode() & Integer.MAX_VALUE);
        ObjectNode body = (ObjectNode) Deliveries.example("issues", "opened");
        ObjectNode issue = (ObjectNode) body.path("issue");
        issue.put("title", "A NUL here").put("number", Integer.parseInt(number));
        issue.putArray("labels").addObject().put("name", "s2");
        String text = body.toString()
                .replace("A NUL here", "A \\u0000here")
                .replaceFirst("\\{", "{\"na\\\\ud800me\": [\"\\\\u0000\"], ");
        expect(send("issues", text), 202);
        String task = "/coordinator/tasks/gh.Codertocat.Hello-World." + number;
        await().atMost(Duration.ofSeconds(30))
                .until(() -> swarm.api().get(task, operator).status() == 200);
        assertThat(swarm.api().get(task, operator).body().path("title").asText())
                .isEqualTo("A here");
    }

    @Test
    void a_secret_that_is_nowhere_verifies_nothing() {
        put("file:absent");
        Answer refused = send("{}");
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.code()).isEqualTo("IF_ERR_SOURCE_SECRET_MISSING");
        put("env:S2_KEY_ABSENT");
        assertThat(send("{}").code()).isEqualTo("IF_ERR_SOURCE_SECRET_MISSING");
    }
}
