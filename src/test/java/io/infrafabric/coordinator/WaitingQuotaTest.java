package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Small quotas: what waits, what is submitted in a minute, what is stated. */
@QuarkusTest
@TestProfile(WaitingQuotaTest.Small.class)
class WaitingQuotaTest {

    /** Few of everything. */
    public static class Small implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "s2.coordinator.max-waiting-tasks", "8",
                    "s2.coordinator.max-waiting-tasks-of-session", "3",
                    "s2.coordinator.max-submits-per-minute-of-session", "20",
                    "s2.relation.max-stated", "4",
                    "s2.relation.max-stated-of-session", "2");
        }
    }

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private Swarm swarm;

    @BeforeEach
    void three_sessions() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("ann");
        swarm.enrol("bob");
        swarm.enrol("cid");
    }

    private Answer submits(String session, String task, String... more) {
        return swarm.api().post("/coordinator/tasks", swarm.taskBody(task, more), swarm.token(session));
    }

    private static void over(Answer answer, String quota, String owner, long used) {
        JsonNode body = expect(answer, 429);
        assertThat(body.path("code").asText()).isEqualTo("IF_ERR_QUOTA_EXCEEDED");
        assertThat(body.path("quota").asText()).isEqualTo(quota);
        assertThat(body.path("owner").asText()).isEqualTo(owner);
        assertThat(body.path("used").asLong()).isEqualTo(used);
    }

    @Test
    void a_session_has_so_many_tasks_waiting_and_others_go_on() {
        for (String task : new String[] {"a", "b", "c"}) {
            expect(submits("ann", task), 201);
        }
        Answer refused = submits("ann", "d");
        over(refused, "tasks waiting", "session:" + swarm.of("ann"), 3);
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        // Submitted again, it is the one that is there.
        expect(submits("ann", "c"), 200);
        expect(submits("bob", "d", "dependsOn", swarm.list("a")), 201);
        swarm.claims("cid", "a");
        expect(submits("ann", "e", "dependsOn", swarm.list("a")), 201);
        over(submits("ann", "f", "assignee", swarm.of("bob")), "tasks waiting", "session:" + swarm.of("ann"), 3);
    }

    @Test
    void a_swarm_has_so_many_tasks_waiting() {
        for (int i = 0; i < 8; i++) {
            swarm.submit("t" + i);
        }
        over(submits("ann", "x"), "tasks waiting", "swarm:" + swarm.id(), 8);
        over(
                swarm.api().post("/coordinator/tasks", swarm.taskBody("x"), operator),
                "tasks waiting",
                "swarm:" + swarm.id(),
                8);
        swarm.claims("cid", "t0");
        swarm.claims("cid", "t1");
        String two =
                "{\"tasks\":[" + swarm.taskBody("x") + "," + swarm.taskBody("y") + "," + swarm.taskBody("z") + "]}";
        over(swarm.api().post("/coordinator/tasks/batch", two, operator), "tasks waiting", "swarm:" + swarm.id(), 6);
        expect(submits("ann", "x"), 201);
        expect(submits("bob", "y"), 201);
        over(submits("bob", "z"), "tasks waiting", "swarm:" + swarm.id(), 8);
        // Another swarm's tasks count for nothing here, and it has its own.
        Swarm other = new Swarm(fabric, operator);
        other.enrol("eve");
        for (int i = 0; i < 8; i++) {
            other.submit("t" + i);
        }
    }

    @Test
    void a_session_submits_so_many_in_a_minute() {
        int accepted = 0;
        Answer last = submits("ann", "r");
        while (last.status() != 429 && accepted < 50) {
            accepted++;
            last = submits("ann", "r");
        }
        over(last, "submits a minute", "session:" + swarm.of("ann"), 20);
        assertThat(Integer.parseInt(last.headers().firstValue("Retry-After").orElseThrow()))
                .isBetween(1, 61);
        expect(submits("bob", "s"), 201);
    }

    private Answer states(String session, String claim) {
        return swarm.api()
                .put(
                        "/relation/claims/" + swarm.of(claim),
                        Swarm.body(
                                "swarm", swarm.id(), "session", swarm.of(session), "statement", "It is " + claim + "."),
                        swarm.token(session));
    }

    @Test
    void a_session_and_a_swarm_state_so_many_claims() {
        expect(states("ann", "a"), 201);
        expect(states("ann", "b"), 201);
        over(states("ann", "c"), "claims stated", "session:" + swarm.of("ann"), 2);
        // A revision is the same claim.
        expect(
                swarm.api()
                        .put(
                                "/relation/claims/" + swarm.of("a"),
                                Swarm.body("statement", "It is so."),
                                swarm.token("ann")),
                200);
        expect(states("bob", "c"), 201);
        expect(states("bob", "d"), 201);
        over(states("cid", "e"), "claims stated", "swarm:" + swarm.id(), 4);
    }
}
