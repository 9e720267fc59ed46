package io.infrafabric.chassis.credential;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.coordinator.Swarm;
import io.infrafabric.door.DoorConfig;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What ends a scoped credential, and who may: ann holds the task "mine", and bob holds nothing. */
@QuarkusTest
class CredentialEndTest {
    private static final String PATH = Holder.PATH;
    private static final Duration PATIENCE = Holder.PATIENCE;

    @TestHTTPResource
    URI fabric;

    @Inject
    DoorConfig config;

    private Holder ann;
    private Swarm swarm;

    @BeforeEach
    void claim() {
        ann = new Holder(new Swarm(fabric, config.operatorToken().orElseThrow()));
        swarm = ann.swarm();
    }

    @ParameterizedTest
    @ValueSource(strings = {"complete", "release", "fail"})
    void it_ends_when_the_holder_ends_the_claim(String how) {
        String token = Holder.token(ann.issued(ann.reading()));
        ann.allows(token);
        String[] more = how.equals("fail") ? new String[] {"error", "It broke."} : new String[0];
        expect(swarm.end("ann", how, "mine", ann.epoch(), more), 200);
        ann.ends(token, "CLAIM_ENDED");
    }

    @ParameterizedTest
    @ValueSource(strings = {"release", "cancel"})
    void it_ends_when_the_claim_is_taken_away(String how) {
        String token = Holder.token(ann.issued(ann.reading()));
        ann.allows(token);
        expect(swarm.operate(how, "mine", "reason", "r"), 200);
        ann.ends(token, "CLAIM_ENDED");
    }

    @Test
    void it_ends_when_the_lease_is_lost() {
        swarm.submit("short");
        swarm.claims("ann", "short", "taskId", swarm.of("short"), "leaseSeconds", "1");
        String token = Holder.token(expect(
                ann.ask(
                        swarm.token("ann"),
                        "taskId",
                        swarm.of("short"),
                        "endpoints",
                        "[\"GET " + swarm.task("short") + "\"]"),
                201));
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> swarm.api().get(swarm.task("short"), token).status() == 401);
    }

    @Test
    void it_ends_when_the_session_claims_again() {
        String token = Holder.token(ann.issued(ann.reading()));
        ann.allows(token);
        long next = swarm.claims("ann", "mine", "taskId", swarm.of("mine"));
        assertThat(next).isGreaterThan(ann.epoch());
        ann.ends(token, "CLAIM_ENDED");
        ann.allows(Holder.token(ann.issued(ann.reading())));
    }

    @Test
    void it_ends_with_its_session_and_with_the_sessions_tokens() {
        String token = Holder.token(ann.issued(ann.reading()));
        String byOperator = Holder.token(expect(
                ann.ask(
                        swarm.operator(),
                        "session",
                        swarm.of("ann"),
                        "taskId",
                        swarm.of("mine"),
                        "endpoints",
                        ann.reading()),
                201));
        ann.allows(token);
        ann.allows(byOperator);
        expect(swarm.api().delete(swarm.session("ann") + "/tokens", swarm.operator()), 204);
        ann.ends(token, "REVOKED");
        ann.ends(byOperator, "REVOKED");
        String again = expect(swarm.api().post(swarm.session("ann") + "/tokens", "{}", swarm.operator()), 201)
                .path("token")
                .asText();
        String last = Holder.token(expect(ann.ask(again, "taskId", swarm.of("mine"), "endpoints", ann.reading()), 201));
        ann.allows(last);
        expect(swarm.api().delete(swarm.session("ann"), again), 200);
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> swarm.api().get(swarm.task("mine"), last).status() == 401);
    }

    @Test
    void it_ends_at_its_time() {
        String token = Holder.token(expect(
                ann.ask(swarm.token("ann"), "taskId", swarm.of("mine"), "endpoints", ann.reading(), "ttlSeconds", "1"),
                201));
        ann.ends(token, "EXPIRED");
    }

    @Test
    void a_revoked_one_is_refused_here_at_once_and_again_changes_nothing() {
        JsonNode issued = ann.issued(ann.reading());
        JsonNode stays = ann.issued(ann.reading());
        ann.allows(Holder.token(issued));
        for (int i = 0; i < 2; i++) {
            expect(swarm.api().delete(PATH + "/" + issued.path("id").asText(), swarm.token("ann")), 204);
            Answer after = swarm.api().get(swarm.task("mine"), Holder.token(issued));
            assertThat(after.status()).isEqualTo(401);
            assertThat(after.body().path("reason").asText()).isEqualTo("REVOKED");
        }
        ann.allows(Holder.token(stays));
        for (String unknown : List.of(UUID.randomUUID().toString(), "nonsense")) {
            assertThat(swarm.api()
                            .delete(PATH + "/" + unknown, swarm.token("ann"))
                            .code())
                    .isEqualTo("IF_ERR_UNKNOWN_CREDENTIAL");
        }
    }

    @Test
    void nobody_revokes_what_is_not_in_reach() {
        JsonNode issued = ann.issued(ann.reading());
        String path = PATH + "/" + issued.path("id").asText();
        assertThat(swarm.api().delete(path, swarm.token("bob")).code()).isEqualTo("IF_ERR_UNKNOWN_CREDENTIAL");
        assertThat(swarm.api().delete(path, ann.other("operator", "elsewhere")).code())
                .isEqualTo("IF_ERR_UNKNOWN_CREDENTIAL");
        assertThat(swarm.api().delete(path, ann.other("viewer", swarm.id())).status())
                .isEqualTo(403);
        assertThat(swarm.api()
                        .delete(PATH + "?session=" + swarm.of("ann"), swarm.token("bob"))
                        .code())
                .isEqualTo("IF_ERR_NOT_YOUR_SESSION");
        expect(swarm.api().delete(PATH + "?taskId=" + swarm.of("mine"), swarm.token("bob")), 204);
        expect(swarm.api().delete(PATH + "?taskId=" + swarm.of("mine"), ann.other("operator", "elsewhere")), 204);
        assertThat(swarm.api().delete(PATH, swarm.token("ann")).code()).isEqualTo("IF_ERR_BAD_INPUT");
        ann.allows(Holder.token(issued));
    }

    @Test
    void all_of_a_session_or_for_a_task_are_revoked_together() {
        for (String filter : List.of("?session=" + swarm.of("ann"), "?taskId=" + swarm.of("mine"))) {
            for (String caller : List.of(swarm.operator(), swarm.token("ann"))) {
                List<JsonNode> two = List.of(ann.issued(ann.reading()), ann.issued(ann.reading()));
                two.forEach(one -> ann.allows(Holder.token(one)));
                expect(swarm.api().delete(PATH + filter, caller), 204);
                two.forEach(one -> assertThat(swarm.api()
                                .get(swarm.task("mine"), Holder.token(one))
                                .status())
                        .as(filter)
                        .isEqualTo(401));
            }
        }
        JsonNode kept = ann.issued(ann.reading());
        expect(
                swarm.api()
                        .delete(
                                PATH + "?session=" + swarm.of("ann") + "&taskId=" + swarm.of("other"),
                                swarm.operator()),
                204);
        ann.allows(Holder.token(kept));
    }

    @Test
    void with_one_only_a_narrower_one_is_issued_and_it_ends_with_it() {
        JsonNode wide =
                ann.issued("[\"GET " + swarm.task("mine") + "*\",\"POST " + PATH + "\",\"DELETE " + PATH + "/*\"]");
        String caller = Holder.token(wide);
        String task = swarm.of("mine");
        JsonNode narrow =
                expect(ann.ask(caller, "taskId", task, "endpoints", ann.reading(), "ttlSeconds", "3600"), 201);
        assertThat(Instant.parse(narrow.path("expiresAt").asText()))
                .isEqualTo(Instant.parse(wide.path("expiresAt").asText()));
        ann.allows(Holder.token(narrow));
        Holder.refused(swarm.api().get(swarm.task("mine") + "/why", Holder.token(narrow)), "NOT_NAMED");
        Holder.refused(ann.ask(Holder.token(narrow), "taskId", task), "NOT_NAMED");
        for (String beyond :
                List.of("GET /*", "GET /coordinator/*", "POST " + swarm.task("mine") + "/complete", "GET " + PATH)) {
            Holder.refused(ann.ask(caller, "taskId", task, "endpoints", "[\"" + beyond + "\"]"), "NOT_NAMED");
        }
        Holder.refused(ann.ask(caller, "taskId", swarm.of("other")), "OTHER_TASK");
        assertThat(ann.ask(caller, "session", swarm.of("bob"), "taskId", task).code())
                .isEqualTo("IF_ERR_NOT_YOUR_SESSION");

        JsonNode sibling = ann.issued(ann.reading());
        assertThat(swarm.api()
                        .delete(PATH + "/" + sibling.path("id").asText(), caller)
                        .code())
                .as("it revokes what it issued, and nothing beside it")
                .isEqualTo("IF_ERR_UNKNOWN_CREDENTIAL");
        JsonNode second = expect(ann.ask(caller, "taskId", task, "endpoints", ann.reading()), 201);
        expect(swarm.api().delete(PATH + "/" + second.path("id").asText(), caller), 204);
        assertThat(swarm.api().get(swarm.task("mine"), Holder.token(second)).status())
                .isEqualTo(401);
        ann.allows(Holder.token(narrow));

        expect(swarm.api().delete(PATH + "/" + wide.path("id").asText(), swarm.token("ann")), 204);
        for (String ended : List.of(caller, Holder.token(narrow))) {
            assertThat(swarm.api().get(swarm.task("mine"), ended).status()).isEqualTo(401);
        }
        ann.allows(Holder.token(sibling));
    }
}
