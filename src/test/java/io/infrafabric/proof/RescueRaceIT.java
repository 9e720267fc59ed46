package io.infrafabric.proof;

import static io.infrafabric.proof.Accounts.expect;
import static io.infrafabric.proof.Accounts.together;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api.Answer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Blockers are raised, accepted, declined and resolved at 4 processes at the same time: nobody is asked beyond what it may
 * have, an ask is answered once, and no hold is left over.
 */
@Tag("proof")
class RescueRaceIT {
    private static final int PROCESSES = 4;
    private static final int BLOCKED = 12;
    private static final int ABLE = 10;
    private static final int MOST = 2;

    private static final String ACTIVE =
            "SELECT count(*) FROM rescue_ask a JOIN rescue_blocker b ON b.id = a.blocker WHERE b.swarm = ?"
                    + " AND a.state IN ('ASKED', 'ACCEPTED') AND b.state IN ('ASKING', 'ASSIGNED', 'ESCALATED')";

    private static Cluster cluster;
    private static final Map<String, String> TOKENS = new HashMap<>();

    @BeforeAll
    static void start() {
        cluster = Cluster.start("rescue", PROCESSES, Map.of());
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void oneAskIsAnsweredOnceHoweverManyAnswerIt() {
        enrol("one", "stuck", "cli", 3);
        enrol("one", "able", "sip", 3);
        String id = id(expect(raise(0, "stuck"), 201));

        List<Answer> answers = together(
                40,
                i -> cluster.api(i % PROCESSES)
                        .post(
                                "/rescue/blockers/" + id + "/" + (i % 2 == 0 ? "accept" : "decline"),
                                "{}",
                                TOKENS.get("able")));

        assertThat(answers).extracting(Answer::status).isSubsetOf(200, 409);
        assertThat(cluster.count("SELECT count(*) FROM rescue_ask WHERE blocker = ?", id))
                .isEqualTo(1);
        // Whoever accepts may decline later, so every accept is followed by the decline that ends it for good.
        assertThat(cluster.texts("SELECT state FROM rescue_ask WHERE blocker = ?", id))
                .containsExactly("DECLINED");
        assertThat(cluster.count(
                        "SELECT count(*) FROM budget_hold WHERE state = 'PLACED' AND reference LIKE ?",
                        "blocker:" + id + "%"))
                .isZero();
        assertThat(cluster.count("SELECT count(*) FROM budget_hold WHERE reference LIKE ?", "blocker:" + id + "%"))
                .isLessThanOrEqualTo(1);
        cluster.assertNoErrors();
    }

    @Test
    void nobodyIsAskedBeyondWhatItMayHave() {
        for (int i = 0; i < BLOCKED; i++) {
            enrol("many", "blocked" + i, "cli", 3);
        }
        for (int i = 0; i < ABLE; i++) {
            enrol("many", "able" + i, "sip", MOST);
        }

        List<Answer> raised = together(BLOCKED, i -> raise(i, "blocked" + i));

        assertThat(raised).extracting(Answer::status).containsOnly(201);
        assertThat(cluster.count(ACTIVE, "many"))
                .as("as many as there are places")
                .isEqualTo(ABLE * MOST);
        mustBeWithin();
        List<String> ids = raised.stream().map(answer -> id(answer.body())).toList();
        assertThat(ids)
                .allSatisfy(id -> assertThat(cluster.count(
                                "SELECT count(*) FROM rescue_ask WHERE blocker = ? AND state IN ('ASKED', 'ACCEPTED')",
                                id))
                        .as("everybody has one before anybody has two")
                        .isBetween(1L, 2L));

        // All who were asked answer at once, half of them with no, while the blocked ones go on.
        List<Answer> answers = together(ABLE * BLOCKED * 2, i -> {
            String how = i % 3 == 0 ? "decline" : "accept";
            String path = "/rescue/blockers/" + ids.get(i % BLOCKED) + "/" + how;
            return cluster.api(i % PROCESSES).post(path, "{}", TOKENS.get("able" + (i / BLOCKED) % ABLE));
        });
        assertThat(answers).extracting(Answer::status).isSubsetOf(200, 409);
        mustBeWithin();

        List<Answer> resolved = together(
                BLOCKED,
                i -> cluster.api(i % PROCESSES)
                        .post("/rescue/blockers/" + ids.get(i) + "/resolve", "{}", TOKENS.get("blocked" + i)));
        assertThat(resolved).extracting(Answer::status).containsOnly(200);
        assertThat(cluster.count(ACTIVE, "many")).isZero();
        assertThat(cluster.count(
                        "SELECT count(*) FROM budget_hold h WHERE state = 'PLACED' AND reference LIKE 'blocker:%'"
                                + " AND EXISTS (SELECT 1 FROM rescue_ask a WHERE a.hold = h.id AND a.blocker = ANY(?))",
                        (Object) ids.toArray(String[]::new)))
                .isZero();
        JsonNode proof = expect(cluster.api(0).get("/budget/check", cluster.operator()), 200);
        assertThat(proof.path("differences")).isEmpty();
        cluster.assertNoErrors();
    }

    private static void mustBeWithin() {
        assertThat(cluster.texts("SELECT a.session FROM rescue_ask a JOIN rescue_blocker b ON b.id = a.blocker"
                        + " WHERE a.state IN ('ASKED', 'ACCEPTED') AND b.state IN ('ASKING', 'ASSIGNED', 'ESCALATED')"
                        + " GROUP BY a.session HAVING count(*) > " + MOST))
                .isEmpty();
        assertThat(cluster.texts("SELECT blocker FROM rescue_ask WHERE state IN ('ASKED', 'ACCEPTED')"
                        + " GROUP BY blocker HAVING count(*) > 2"))
                .isEmpty();
    }

    private static Answer raise(int process, String session) {
        return cluster.api(process % PROCESSES)
                .post("/rescue/blockers", "{\"description\":\"stuck\",\"domains\":[\"sip\"]}", TOKENS.get(session));
    }

    private static void enrol(String swarm, String session, String domain, int most) {
        String path = "/coordinator/sessions/" + session;
        String body = "{\"swarm\":\"" + swarm + "\",\"domains\":[\"" + domain
                + "\"],\"heartbeatSeconds\":3600,\"maxConcurrentTasks\":" + most + "}";
        expect(cluster.api(0).put(path, body, cluster.operator()), 200);
        TOKENS.put(
                session,
                expect(cluster.api(0).post(path + "/tokens", "{}", cluster.operator()), 201)
                        .path("token")
                        .asText());
    }

    private static String id(JsonNode blocker) {
        return blocker.path("id").asText();
    }
}
