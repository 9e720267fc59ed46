package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.proof.Swarm.Grant;
import io.infrafabric.proof.Swarm.Member;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A scoped credential that one process issued is good in another one, and what ends it there ends it here within 5 s. */
@Tag("proof")
class CredentialIT {
    private static final int HERE = 0;
    private static final int THERE = 1;
    /** What docs/access.md promises. */
    private static final Duration PROMISED = Duration.ofSeconds(5);

    private static Cluster cluster;

    @BeforeAll
    static void start() {
        cluster = Cluster.start("credential", 2, Map.of());
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void whatIsRevokedThereIsRefusedHereWithinSeconds() {
        Member ann = claimant("revoked");
        JsonNode credential = issued(ann, "revoked-0");
        usable(credential, "revoked-0");

        Answer revoked = cluster.api(THERE)
                .delete("/chassis/credentials/" + credential.path("id").asText(), ann.token());
        assertThat(revoked.status()).isEqualTo(204);

        refused(credential, "revoked-0", "REVOKED");
    }

    @Test
    void whatIsPreemptedThereIsRefusedHereWithinSeconds() {
        Member ann = claimant("preempted");
        JsonNode credential = issued(ann, "preempted-0");
        usable(credential, "preempted-0");

        Answer taken = cluster.api(THERE)
                .post(
                        "/coordinator/tasks/preempted-0/release",
                        Map.of("reason", "Needed elsewhere."),
                        cluster.operator());
        assertThat(taken.status()).isEqualTo(200);

        refused(credential, "preempted-0", "CLAIM_ENDED");
        assertThat(cluster.texts("SELECT token_hash FROM chassis_credential"))
                .isNotEmpty()
                .noneMatch(hash -> credential.path("token").asText().contains(hash));
    }

    private static Member claimant(String name) {
        Swarm swarm = Swarm.enrol(cluster, name, 1, Map.of());
        swarm.submit(cluster.api(HERE), 0, 1, Map.of());
        Grant granted = swarm.member(0).mustClaim(cluster.api(THERE), name + "-0", 300);
        assertThat(granted.task()).isEqualTo(name + "-0");
        return swarm.member(0);
    }

    private static JsonNode issued(Member session, String task) {
        Answer answer = cluster.api(THERE)
                .post(
                        "/chassis/credentials",
                        Map.of("taskId", task, "endpoints", List.of("GET /coordinator/tasks/" + task)),
                        session.token());
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(201);
        return answer.body();
    }

    private static Answer call(JsonNode credential, String task) {
        return cluster.api(HERE)
                .get("/coordinator/tasks/" + task, credential.path("token").asText());
    }

    private static void usable(JsonNode credential, String task) {
        assertThat(call(credential, task).status()).isEqualTo(200);
    }

    private static void refused(JsonNode credential, String task, String reason) {
        await("it is refused in the other process")
                .atMost(PROMISED)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> call(credential, task).status() == 401);
        assertThat(call(credential, task).body().path("reason").asText()).isEqualTo(reason);
        cluster.assertNoErrors();
    }
}
