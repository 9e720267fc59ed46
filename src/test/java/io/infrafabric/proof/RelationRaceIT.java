package io.infrafabric.proof;

import static io.infrafabric.proof.Accounts.expect;
import static io.infrafabric.proof.Accounts.together;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.fabric.Api.Answer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two processes change one evidence graph at once: each contradiction is found once, and a human is asked once. */
@Tag("proof")
class RelationRaceIT {
    private static final int PROCESSES = 2;
    private static final int PAIRS = 40;
    private static final int CLAIMS = 60;
    private static final int CHANGES = 400;

    private static Cluster cluster;

    @BeforeAll
    static void start() {
        cluster = Cluster.start("relation", PROCESSES, Map.of());
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static void state(String swarm, String claim, double confidence) {
        Map<String, Object> body = Map.of(
                "swarm",
                swarm,
                "statement",
                "It is " + claim,
                "confidence",
                confidence,
                "evidence",
                List.of(Map.of("url", claim)));
        expect(cluster.any().put("/relation/claims/" + claim, body, cluster.operator()), 201);
    }

    private static Answer relate(int process, String from, String type, String to) {
        return cluster.api(process % PROCESSES)
                .post("/relation/relations", Map.of("from", from, "type", type, "to", to), cluster.operator());
    }

    private static long count(String what, String swarm) {
        return cluster.count("SELECT count(*) FROM " + what + " AND swarm = ?", swarm);
    }

    /** One process says that a contradicts b, and the other one the reverse; or each adds half of what c depends on. */
    @Test
    void bothHalvesAtOnceMakeOneContradictionAndOneCase() {
        String swarm = "halves";
        for (int pair = 0; pair < PAIRS; pair++) {
            for (String claim : List.of("a", "b", "c")) {
                state(swarm, claim + pair, 0.9);
            }
        }
        List<Answer> declared = together(
                2 * PAIRS,
                i -> i % 2 == 0
                        ? relate(i, "a" + i / 2, "contradicts", "b" + i / 2)
                        : relate(i, "b" + i / 2, "contradicts", "a" + i / 2));
        assertThat(declared).extracting(Answer::status).containsOnly(201);
        assertThat(count("relation_contradiction WHERE ended_at IS NULL", swarm))
                .isEqualTo(PAIRS);

        List<Answer> depending =
                together(2 * PAIRS, i -> relate(i, "c" + i / 2, "depends_on", (i % 2 == 0 ? "a" : "b") + i / 2));
        assertThat(depending).extracting(Answer::status).containsOnly(201);
        assertThat(count("relation_contradiction WHERE through IS NOT NULL", swarm))
                .isEqualTo(PAIRS);
        assertThat(count("relation_contradiction WHERE true", swarm)).isEqualTo(2 * PAIRS);
        assertThat(count("bus_event WHERE type = 's2.relation.contradiction-found.v1'", swarm))
                .isEqualTo(2 * PAIRS);
        // What follows from a contradiction is asked about with it: a human sees one question a pair.
        await().atMost(Cluster.PATIENCE)
                .untilAsserted(() -> assertThat(count("escalation_case WHERE function = 'relation'", swarm))
                        .isEqualTo(PAIRS));
        cluster.assertNoErrors();
    }

    /** The same relation from both: one of them made it. */
    @Test
    void theSameRelationAtOnceIsOne() {
        String swarm = "same";
        state(swarm, "same-a", 0.5);
        state(swarm, "same-b", 0.5);
        List<Answer> answers = together(32, i -> relate(i, "same-a", "supports", "same-b"));
        assertThat(answers).filteredOn(answer -> answer.status() == 201).hasSize(1);
        assertThat(answers).extracting(Answer::status).containsOnly(200, 201);
        assertThat(answers)
                .extracting(answer -> answer.body().path("id").asText())
                .containsOnly(answers.getFirst().body().path("id").asText());
    }

    /** Whatever was added and removed at once, the standings are what the rule says of the graph that came out. */
    @Test
    void standingsAreThoseOfTheGraphThatCameOut() {
        String swarm = "mixed";
        SplittableRandom random = new SplittableRandom(99);
        for (int claim = 0; claim < CLAIMS; claim++) {
            state(swarm, "m" + claim, random.nextInt(1, 4) / 4.0);
        }
        int[][] pairs = new int[CHANGES][];
        for (int i = 0; i < CHANGES; i++) {
            pairs[i] = new int[] {random.nextInt(CLAIMS), random.nextInt(CLAIMS)};
        }
        List<Answer> answers = together(CHANGES, i -> change(swarm, pairs, i));
        assertThat(answers).extracting(Answer::status).isSubsetOf(200, 201);
        assertThat(cluster.count("SELECT count(*) FROM relation_unsettled")).isZero();
        assertThat(stored(swarm)).isEqualTo(grounded(swarm));
        cluster.assertNoErrors();
    }

    private static Answer change(String swarm, int[][] pairs, int i) {
        if (pairs[i][0] == pairs[i][1]) {
            return cluster.api(i % PROCESSES)
                    .put(
                            "/relation/claims/m" + pairs[i][0],
                            Map.of("swarm", swarm, "statement", "Revision " + i),
                            cluster.operator());
        }
        // Few dependencies: in a dense circle of them every claim would depend on both sides of every
        // contradiction.
        String type = i % 10 == 0 ? "depends_on" : "contradicts";
        Answer added = relate(i, "m" + pairs[i][0], type, "m" + pairs[i][1]);
        if (added.status() == 201 && i % 5 == 0) {
            String relation = "/relation/relations/" + added.body().path("id").asText();
            expect(cluster.api((i + 1) % PROCESSES).delete(relation, cluster.operator()), 200);
        }
        return added;
    }

    private static Map<String, String> stored(String swarm) {
        Map<String, String> stored = new HashMap<>();
        cluster.texts(
                        "SELECT node || ' ' || standing FROM relation_claim WHERE superseded_at IS NULL AND swarm = ?",
                        swarm)
                .forEach(row -> stored.put(row.substring(0, row.indexOf(' ')), row.substring(row.indexOf(' ') + 1)));
        return stored;
    }

    /** The least fixpoint, naively: over and over, until nothing changes. */
    private static Map<String, String> grounded(String swarm) {
        Map<String, Set<String>> defeaters = new HashMap<>();
        stored(swarm).keySet().forEach(claim -> defeaters.put(claim, new HashSet<>()));
        cluster.texts(
                        "SELECT a.node || ' ' || b.node FROM relation_contradiction c, relation_claim a, relation_claim b"
                                + " WHERE c.ended_at IS NULL AND c.swarm = ? AND a.strength >= b.strength"
                                + " AND (c.through_node IS NULL AND (a.node, b.node) IN ((first_node, second_node),"
                                + " (second_node, first_node)) OR a.node = c.through_node AND b.node = c.through_node)",
                        swarm)
                .forEach(row ->
                        defeaters.get(row.substring(row.indexOf(' ') + 1)).add(row.substring(0, row.indexOf(' '))));
        Map<String, String> standings = new HashMap<>();
        defeaters.keySet().forEach(claim -> standings.put(claim, "UNDECIDED"));
        boolean changed = true;
        while (changed) {
            changed = false;
            for (Map.Entry<String, Set<String>> claim : defeaters.entrySet()) {
                Set<String> of = new HashSet<>();
                claim.getValue().forEach(defeater -> of.add(standings.get(defeater)));
                String now = of.contains("ACCEPTED")
                        ? "REJECTED"
                        : Set.of("REJECTED").containsAll(of) ? "ACCEPTED" : "UNDECIDED";
                changed |= !now.equals(standings.put(claim.getKey(), now));
            }
        }
        return standings;
    }
}
