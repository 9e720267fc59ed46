package io.infrafabric.chassis.credential;

import static io.infrafabric.coordinator.Swarm.body;
import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.coordinator.Swarm;
import io.infrafabric.fabric.Api.Answer;
import java.time.Duration;
import org.awaitility.Awaitility;

/** A session that holds a task, and asks for credentials: ann and "mine", beside bob, who holds nothing, and "other". */
record Holder(Swarm swarm, long epoch) {
    static final String PATH = "/chassis/credentials";
    static final Duration PATIENCE = Duration.ofSeconds(30);

    Holder(Swarm swarm) {
        this(swarm, claimed(swarm));
    }

    private static long claimed(Swarm swarm) {
        swarm.enrol("ann");
        swarm.enrol("bob");
        swarm.submit("mine");
        swarm.submit("other");
        return swarm.claims("ann", "mine", "taskId", swarm.of("mine"));
    }

    Answer ask(String token, String... more) {
        return swarm.api().post(PATH, body(more), token);
    }

    /** A credential of ann's for her claim, with these endpoints. */
    JsonNode issued(String endpoints) {
        return expect(ask(swarm.token("ann"), "taskId", swarm.of("mine"), "endpoints", endpoints), 201);
    }

    String reading() {
        return "[\"GET " + swarm.task("mine") + "\"]";
    }

    static String token(JsonNode issued) {
        return issued.path("token").asText();
    }

    void allows(String token) {
        expect(swarm.api().get(swarm.task("mine"), token), 200);
    }

    static void refused(Answer answer, String reason) {
        assertThat(answer.code() + " " + answer.body().path("reason").asText())
                .as("%s", answer.body())
                .isEqualTo("IF_ERR_ENDPOINT_NOT_ALLOWED " + reason);
        assertThat(answer.status()).isEqualTo(403);
    }

    void ends(String token, String reason) {
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> swarm.api().get(swarm.task("mine"), token).status() == 401);
        assertThat(swarm.api()
                        .get(swarm.task("mine"), token)
                        .body()
                        .path("reason")
                        .asText())
                .isEqualTo(reason);
    }

    String other(String role, String of) {
        return expect(
                        swarm.api()
                                .post(
                                        "/coordinator/tokens",
                                        body("name", "x", "role", role, "swarm", of),
                                        swarm.operator()),
                        201)
                .path("token")
                .asText();
    }
}
