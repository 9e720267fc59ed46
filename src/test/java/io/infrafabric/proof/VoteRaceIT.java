package io.infrafabric.proof;

import static io.infrafabric.proof.Accounts.expect;
import static io.infrafabric.proof.Accounts.together;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Votes at 4 processes at once: the tally equals the votes, a decision closes once, and its memo is written once, in one
 * chain.
 */
@Tag("proof")
class VoteRaceIT {
    private static final int PROCESSES = 4;
    private static final int ELECTORS = 500;
    private static final int PAIRS = 30;
    private static final int MANY_PER_CENT = 37;

    private static Cluster cluster;

    @BeforeAll
    static void start() {
        cluster = Cluster.start("votes", PROCESSES, Map.of());
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static Api process(int number) {
        return cluster.api(number % PROCESSES);
    }

    private static String open(Swarm swarm, String id, Map<String, ?> more) {
        Map<String, Object> body = new HashMap<>(more);
        body.put("id", id);
        body.put("swarm", swarm.id());
        body.put("summary", "Race " + id);
        body.put("rationale", "To see who wins.");
        body.putIfAbsent("quorum", 1);
        expect(cluster.api(0).post("/consensus/decisions", body, cluster.operator()), 201);
        return id;
    }

    private static Answer vote(Api api, Swarm.Member member, String decision, String vote) {
        Map<String, Object> body = Map.of("vote", vote, "rationale", member.id() + " says " + vote);
        return api.post("/consensus/decisions/" + decision + "/votes", body, member.token());
    }

    private static JsonNode read(Api api, String decision) {
        return expect(api.get("/consensus/decisions/" + decision, cluster.operator()), 200);
    }

    private static long events(String decision, String type) {
        return cluster.count(
                "SELECT count(*) FROM bus_event WHERE type = ? AND subject IN (?, ?)",
                type,
                "decision:" + decision,
                "memo:" + decision);
    }

    private static void closedOnceWithOneMemo(String decision) {
        await("memo of " + decision)
                .atMost(Cluster.PATIENCE)
                .until(() -> cluster.count("SELECT count(*) FROM dissent_link WHERE decision = ?", decision) > 0);
        assertThat(events(decision, "s2.consensus.decision-closed.v1")).isEqualTo(1);
        assertThat(events(decision, "s2.dissent.memo-recorded.v1")).isEqualTo(1);
        assertThat(cluster.count("SELECT count(*) FROM dissent_link WHERE kind = 'MEMO' AND decision = ?", decision))
                .isEqualTo(1);
    }

    private static JsonNode verify(String query) {
        return expect(cluster.api(1).get("/dissent/verify" + query, cluster.operator()), 200);
    }

    private static String vote(int elector) {
        return elector % 100 < MANY_PER_CENT ? "reject" : elector % 7 == 0 ? "abstain" : "approve";
    }

    @Test
    void fiveHundredElectorsVoteAtOnce() {
        Swarm swarm = Swarm.enrol(cluster, "assembly", ELECTORS, Map.of());
        String id = open(swarm, "assembly-1", Map.of("quorum", ELECTORS));

        List<Answer> answers = together(ELECTORS, i -> vote(process(i), swarm.member(i), id, vote(i)));

        assertThat(answers).extracting(Answer::status).containsOnly(201);
        assertThat(answers)
                .as("whoever was in the last transaction knows that it is over")
                .filteredOn(answer -> !answer.body().path("state").asText().equals("OPEN"))
                .isNotEmpty();
        JsonNode closed = read(process(2), id);
        for (String kind : List.of("approve", "reject", "abstain")) {
            long cast = IntStream.range(0, ELECTORS)
                    .filter(i -> vote(i).equals(kind))
                    .count();
            assertThat(closed.path("tally").path(kind).asLong()).as(kind).isEqualTo(cast);
        }
        assertThat(closed.path("state").asText()).isEqualTo("APPROVED");
        assertThat(closed.path("closedBecause").asText()).isEqualTo("ALL_VOTED");
        closedOnceWithOneMemo(id);
        cluster.assertNoErrors();
    }

    /** Everybody votes again and again, until the time is up: what was taken in is what was counted. */
    @Test
    void votesAtTheClosingInstant() {
        Swarm swarm = Swarm.enrol(cluster, "instant", 32, Map.of());
        String id = open(
                swarm,
                "instant-1",
                Map.of("closesAt", Instant.now().plusSeconds(8).toString()));

        Map<Integer, String> last = new ConcurrentHashMap<>();
        List<Answer> refused = together(31, i -> {
            for (int turn = 0; ; turn++) {
                String vote = (turn + i) % 2 == 0 ? "approve" : "reject";
                Answer answer = vote(process(i + turn), swarm.member(i), id, vote);
                if (answer.status() != 201) {
                    return answer;
                }
                last.put(i, vote);
            }
        });

        assertThat(refused).extracting(Answer::code).containsOnly("IF_ERR_DECISION_CLOSED");
        await().atMost(Cluster.PATIENCE)
                .until(() -> !read(process(0), id).path("state").asText().equals("OPEN"));
        JsonNode closed = read(process(3), id);
        assertThat(closed.path("closedBecause").asText()).isEqualTo("TIME_UP");
        for (String kind : List.of("approve", "reject")) {
            assertThat(closed.path("tally").path(kind).asLong())
                    .as(kind)
                    .isEqualTo(last.values().stream().filter(kind::equals).count());
        }
        // On a busy machine some of them come too late even with their first vote.
        assertThat(closed.path("missing")).hasSize(32 - last.size());
        closedOnceWithOneMemo(id);
    }

    @Test
    void theTwoLastVotesAtOnceInTwoProcessesCloseItOnce() {
        Swarm swarm = Swarm.enrol(cluster, "pair", 2, Map.of());
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < PAIRS; i++) {
            ids.add(open(swarm, "pair-" + i, Map.of("quorum", 2)));
        }

        List<Answer> answers = together(
                2 * PAIRS,
                i -> vote(process(i), swarm.member(i % 2), ids.get(i / 2), i % 2 == 0 ? "approve" : "reject"));

        assertThat(answers).extracting(Answer::status).containsOnly(201);
        for (String id : ids) {
            JsonNode closed = read(process(1), id);
            assertThat(closed.path("state").asText()).isEqualTo("REJECTED");
            assertThat(closed.path("tally").path("votes").asInt()).isEqualTo(2);
            closedOnceWithOneMemo(id);
        }
        JsonNode verified = verify("");
        assertThat(verified.path("intact").asBoolean()).as("%s", verified).isTrue();
        assertThat(verified.path("memos").asInt()).isGreaterThanOrEqualTo(PAIRS);
        assertThat(cluster.count("SELECT count(*) FROM dissent_link"))
                .isEqualTo(cluster.count("SELECT max(position) FROM dissent_link"))
                .isEqualTo(cluster.count("SELECT count(DISTINCT previous) FROM dissent_link"));
        cluster.assertNoErrors();
    }

    /** By somebody who owns the database, and turns off what refuses it. */
    @Test
    void whatIsChangedOrCutOffIsNamed() {
        Swarm swarm = Swarm.enrol(cluster, "tamper", 1, Map.of());
        for (int i = 0; i < 4; i++) {
            String id = open(swarm, "tamper-" + i, Map.of());
            expect(vote(process(i), swarm.member(0), id, "reject"), 201);
            closedOnceWithOneMemo(id);
        }
        String head = verify("").path("head").asText();
        long end = Long.parseLong(head.substring(0, head.indexOf('-')));
        cluster.update("ALTER TABLE dissent_link DISABLE TRIGGER USER");
        try {
            change(end - 2, "says reject", "says reJect");
            JsonNode changed = verify("?head=" + head);
            assertThat(changed.path("intact").asBoolean()).isFalse();
            assertThat(changed.path("firstBroken").path("position").asLong()).isEqualTo(end - 2);
            assertThat(changed.path("firstBroken").path("fault").asText()).isEqualTo("CHANGED");
            change(end - 2, "says reJect", "says reject");
            assertThat(verify("?head=" + head).path("intact").asBoolean()).isTrue();

            cutOff(end);
            assertThat(verify("").path("intact").asBoolean())
                    .as("it is consistent again")
                    .isTrue();
            JsonNode cut = verify("?head=" + head);
            assertThat(cut.path("intact").asBoolean()).isFalse();
            assertThat(cut.path("firstBroken").path("position").asLong()).isEqualTo(end);
            assertThat(cut.path("firstBroken").path("fault").asText()).isEqualTo("MISSING");
            cluster.update("INSERT INTO dissent_link SELECT * FROM kept");
            cluster.update("UPDATE dissent_head SET position = k.position, hash = k.hash FROM kept k");
            assertThat(verify("?head=" + head).path("intact").asBoolean()).isTrue();
        } finally {
            cluster.update("ALTER TABLE dissent_link ENABLE TRIGGER USER");
        }
    }

    private static void change(long position, String from, String to) {
        cluster.update("UPDATE dissent_link SET body = replace(body, ?, ?) WHERE position = ?", from, to, position);
    }

    /** The last link goes, and the head is set back to the one before. */
    private static void cutOff(long end) {
        cluster.update("CREATE TABLE kept AS SELECT * FROM dissent_link WHERE position = " + end);
        cluster.update("ALTER TABLE dissent_memo DROP CONSTRAINT dissent_memo_position_fkey");
        cluster.update("DELETE FROM dissent_link WHERE position = ?", end);
        cluster.update("UPDATE dissent_head SET position = l.position, hash = l.hash FROM dissent_link l"
                + " WHERE l.position = " + (end - 1));
    }
}
