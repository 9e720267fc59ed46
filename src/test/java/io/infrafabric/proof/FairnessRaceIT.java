package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.proof.Swarm.Grant;
import io.infrafabric.proof.Swarm.Member;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * 40 sessions claim at 4 processes what is queued under several fairness keys of one priority. A trigger in the database
 * writes down in which transaction each task was granted, since answers may overtake each other.
 */
@Tag("proof")
@Tag("soak")
class FairnessRaceIT {
    private static final int PROCESSES = 4;
    private static final int SESSIONS = 40;
    private static final int GRANTS = 10_000;
    private static final int LEAST_GRANTS = 3000;
    private static final Duration TIME = Duration.ofSeconds(40);
    private static final Map<String, Integer> WEIGHTS = Map.of("light", 1, "middle", 2, "heavy", 5);
    private static final int ALL_WEIGHTS = 8;
    /** Of its part of all grants. */
    private static final double ACCURACY = 0.05;

    private static Cluster cluster;

    /** When the claim was sent under which a task was granted. */
    private final Map<String, Long> asked = new ConcurrentHashMap<>();

    @BeforeAll
    static void start() {
        cluster = Cluster.start("fairness", PROCESSES, Map.of());
        cluster.update("CREATE TABLE turn (n bigserial, tx bigint, task text, key text)");
        cluster.update("""
                CREATE FUNCTION note_turn() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    INSERT INTO turn (tx, task, key) VALUES (txid_current(), NEW.id, NEW.fair_by);
                    RETURN NULL;
                END $$
                """);
        cluster.update("CREATE TRIGGER turn AFTER UPDATE ON coordinator_task FOR EACH ROW"
                + " WHEN (NEW.state = 'CLAIMED' AND OLD.state <> 'CLAIMED') EXECUTE FUNCTION note_turn()");
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void sharesAreAsTheWeightsAndNewKeysAreServedInTheirFirstRound() {
        Swarm swarm = Swarm.enrol(cluster, "shares", SESSIONS, Map.of("maxConcurrentTasks", 1000));
        WEIGHTS.forEach((key, weight) -> weigh(swarm, key, weight));
        // Each key has something left whenever this ends; the light one's are the oldest.
        for (String key : List.of("light", "middle", "heavy")) {
            submit(swarm, key, GRANTS * WEIGHTS.get(key) / ALL_WEIGHTS + 100);
        }

        long late;
        try (Hands hands = new Hands()) {
            hands.send(swarm.members(), member -> claim(hands, member));
            long end = System.nanoTime() + TIME.toNanos();
            awaitGrants(hands, LEAST_GRANTS / 2, end + Cluster.PATIENCE.toNanos());
            submit(swarm, "late", 1);
            late = System.nanoTime();
            awaitGrants(hands, LEAST_GRANTS, end + Cluster.PATIENCE.toNanos());
            awaitGrants(hands, GRANTS - SESSIONS, end);
            hands.finish();
            assertThat(hands.surprises()).isEmpty();
        }

        Map<String, Long> shares = WEIGHTS.keySet().stream()
                .collect(Collectors.toMap(
                        key -> key, key -> cluster.count("SELECT count(*) FROM turn WHERE key = ?", key)));
        long all = shares.values().stream().mapToLong(Long::longValue).sum();
        System.out.println("FairnessRaceIT: of " + all + " grants " + shares);
        assertThat(all).isGreaterThanOrEqualTo(LEAST_GRANTS);
        shares.forEach((key, grants) -> assertThat(grants / (double) all)
                .as("part of %s", key)
                .isCloseTo(WEIGHTS.get(key) / (double) ALL_WEIGHTS, within(ACCURACY * WEIGHTS.get(key) / ALL_WEIGHTS)));
        assertThat(before("shares-late-0", late))
                .as("grants to others before the late one's")
                .hasSizeLessThanOrEqualTo(ALL_WEIGHTS + 1);
        cluster.assertNoErrors();
    }

    /** Each of many keys of the same weight comes in turn, also those whose tasks are all younger than all of others. */
    @Test
    void manyKeysAreServedInTurn() {
        int keys = 20;
        int each = 200;
        int rounds = 40;
        Swarm swarm = Swarm.enrol(cluster, "many", SESSIONS, Map.of("maxConcurrentTasks", 1000));
        for (int key = 0; key < keys; key++) {
            submit(swarm, "k" + key, each);
        }

        try (Hands hands = new Hands()) {
            hands.send(swarm.members(), member -> claim(hands, member));
            awaitGrants(hands, keys * rounds, System.nanoTime() + Cluster.PATIENCE.toNanos());
            submit(swarm, "late", 1);
            long late = System.nanoTime();
            await("the late one is granted")
                    .atMost(Cluster.PATIENCE)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> asked.containsKey("many-late-0") || hands.isSurprised());
            hands.finish();
            assertThat(hands.surprises()).isEmpty();
            assertThat(before("many-late-0", late))
                    .as("grants to others before the late one's")
                    .hasSizeLessThanOrEqualTo(keys + 1);
        }

        long first = (long) keys * rounds;
        Map<String, Long> shares = new HashMap<>();
        for (int key = 0; key < keys; key++) {
            shares.put(
                    "k" + key,
                    cluster.count(
                            "SELECT count(*) FROM (SELECT key FROM turn WHERE task LIKE 'many-%' ORDER BY n LIMIT ?) t"
                                    + " WHERE key = ?",
                            first, "k" + key));
        }
        System.out.println("FairnessRaceIT: of " + first + " grants " + shares);
        assertThat(shares)
                .allSatisfy((key, grants) -> assertThat(grants).as(key).isBetween(rounds - 2L, rounds + 2L));
        cluster.assertNoErrors();
    }

    /** Tasks for which a claim was sent after that time, and which were granted in an earlier transaction than this one. */
    private List<String> before(String task, long time) {
        return cluster
                .texts(
                        "WITH part AS (SELECT tx, min(n) AS n FROM turn GROUP BY tx) SELECT t.task FROM turn t"
                                + " JOIN part USING (tx) WHERE part.n < (SELECT p.n FROM turn l JOIN part p USING (tx)"
                                + " WHERE l.task = ?)",
                        task)
                .stream()
                .filter(other -> asked.getOrDefault(other, 0L) - time > 0)
                .toList();
    }

    private void claim(Hands hands, Member member) {
        long now = System.nanoTime();
        Answer answer = member.claim(cluster.any(), Map.of("waitSeconds", 1));
        switch (answer.status()) {
            case 201 -> asked.put(Grant.of(answer).task(), now);
            case 204 -> {}
            default -> hands.surprise(member.id(), answer);
        }
    }

    private void awaitGrants(Hands hands, int grants, long until) {
        await(grants + " grants")
                .atMost(Cluster.PATIENCE.plus(TIME).plus(Cluster.PATIENCE))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> asked.size() >= grants || System.nanoTime() - until > 0 || hands.isSurprised());
        assertThat(hands.surprises()).isEmpty();
    }

    private static void weigh(Swarm swarm, String key, int weight) {
        Answer answer = cluster.any()
                .put(
                        "/coordinator/swarms/" + swarm.id() + "/fairness/" + key,
                        Map.of("weight", weight),
                        cluster.operator());
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(200);
    }

    private static void submit(Swarm swarm, String key, int count) {
        int batch = 500;
        for (int from = 0; from < count; from += batch) {
            swarm.submit(
                    cluster.any(),
                    IntStream.range(from, Math.min(count, from + batch))
                            .mapToObj(i -> swarm.task(swarm.id() + "-" + key + "-" + i, Map.of("fairBy", key)))
                            .toList());
        }
    }
}
