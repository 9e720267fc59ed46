package io.infrafabric.proof;

import static io.infrafabric.proof.Accounts.expect;
import static java.util.concurrent.CompletableFuture.supplyAsync;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bulkhead.Origin;
import io.infrafabric.bulkhead.Origin.Script;
import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The seed's list of integration tests, under its names: each a whole workflow through the public doors of three
 * processes, with what its users would look at: answers, inboxes, histories, accounts, the ledger, cases and memos.
 */
@Tag("proof")
class WholeWorkflowIT {
    private static final int PROCESSES = 3;
    private static final List<String> SIP = List.of("sip");
    private static final List<String> PYTHON = List.of("python");
    private static final Map<String, ?> NOTHING = Map.of();
    private static final ExecutorService CALLS = Executors.newVirtualThreadPerTaskExecutor();

    private static Cluster cluster;

    @BeforeAll
    static void start() {
        cluster = Cluster.start("whole", PROCESSES, Map.of("s2.bulkhead.allow-private-addresses", "true"));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @AfterEach
    void nothing_is_lost_or_broken() {
        assertThat(cluster.deadLetters()).isZero();
        cluster.assertNoErrors();
    }

    /** A session is stuck in its task; the two that fit best help, are paid and rated, and the task gets done. */
    @Test
    void gang_up_with_capability_matching() {
        Team team = new Team(cluster, "gang");
        team.enrol("stuck", Map.of("domains", List.of("cli")));
        team.enrol("anna", Map.of("domains", SIP, "tools", PYTHON, "hourlyCost", 4));
        team.enrol("bob", Map.of("domains", SIP, "tools", PYTHON, "hourlyCost", 8));
        team.enrol("full", Map.of("domains", SIP, "tools", PYTHON, "hourlyCost", 1, "maxConcurrentTasks", 1));
        team.enrol("video", Map.of("domains", List.of("video"), "tools", PYTHON));
        team.submit("other", NOTHING);
        team.claims("full", "other");
        team.submit("proxy", Map.of("estimatedCost", 2));
        JsonNode claimed = team.claims("stuck", "proxy");

        Map<String, ?> needs = Map.of("description", "The proxy refuses us", "domains", SIP, "tools", PYTHON);
        JsonNode raised = team.does("stuck", 201, "/rescue/blockers", needs);

        String blocker = "/rescue/blockers/" + raised.path("id").asText();
        JsonNode asking = team.see(blocker);
        assertThat(asking.path("rescuers").findValuesAsText("session"))
                .containsExactly(team.of("anna"), team.of("bob"));
        assertThat(asking.path("rescuers").valueStream())
                .allSatisfy(one -> assertThat(one.path("score").asDouble()).isEqualTo(0.90));
        assertThat(team.bySession(asking.path("leftOut"), "/reason"))
                .containsEntry("full", "FULLY_LOADED")
                .containsEntry("video", "SCORE_TOO_LOW");
        for (String rescuer : List.of("anna", "bob")) {
            assertThat(team.told(rescuer, "helpRequested")).hasSize(1);
            team.does(rescuer, 200, blocker + "/accept", NOTHING);
        }
        assertThat(team.stateOf(blocker)).isEqualTo("ASSIGNED");
        assertThat(team.told("stuck", "helpAnswered")).hasSize(2);
        // Two dollars for the task, and a quarter of an hour of each.
        team.figures("stuck", "0", "5");
        team.does("anna", 200, blocker + "/messages", Map.of("text", "Set the realm.", "cost", 0.75));
        assertThat(team.see(blocker).path("messages").findValuesAsText("text")).containsExactly("Set the realm.");

        List<?> outcomes = List.of(
                Map.of("session", team.of("anna"), "helped", true), Map.of("session", team.of("bob"), "helped", false));
        team.does("stuck", 200, blocker + "/resolve", Map.of("outcomes", outcomes));
        assertThat(team.stateOf(blocker)).isEqualTo("RESOLVED");
        expect(team.complete("stuck", claimed, Map.of("cost", 1.50)), 200);

        assertThat(team.history("proxy")).containsExactly("submitted", "claimed", "completed");
        team.figures("stuck", "2.25", "0");
        team.balances();
        Map<String, ?> next = Map.of("swarm", team.swarm(), "domains", SIP, "session", team.of("stuck"));
        JsonNode matches = team.operator(200, "/rescue/matches", next);
        Map<String, String> success = team.bySession(matches.path("rescuers"), "/parts/recentSuccess");
        assertThat(Double.parseDouble(success.get("anna"))).as("whoever helped").isGreaterThan(0.5);
        assertThat(Double.parseDouble(success.get("bob"))).as("whoever did not").isLessThan(0.5);
        assertThat(team.cases()).isEmpty();
    }

    /** A warning at 80 %, no claim beyond the limit, a stop at it for this session alone, and a human who lets it go on. */
    @Test
    void budget_enforcement_trips_circuit_breaker() {
        Team team = new Team(cluster, "money");
        team.enrol(List.of("anna", "bob"), NOTHING);
        String account = "/budget/accounts/" + team.account("anna");
        expect(team.next().put(account, Map.of("dailyLimit", 10), cluster.operator()), 200);
        Map.of("first", 4, "dear", 5, "cheap", 2, "last", 1, "bobs", 1)
                .forEach((task, cost) -> team.submit(task, Map.of("estimatedCost", cost)));

        JsonNode first = team.claims("anna", "first");
        team.figures("anna", "0", "4");
        Map<String, ?> call = Map.of("id", team.of("call"), "amount", 3, "taskId", team.of("first"), "epoch", 1);
        team.does("anna", 200, account + "/costs", call);
        team.does("anna", 200, account + "/costs", call);
        team.figures("anna", "3", "1");
        expect(team.complete("anna", first, Map.of("cost", 8)), 200);
        team.figures("anna", "8", "0");
        team.until("it is warned", () -> team.told("anna", "budgetWarned").size() == 1);

        Answer tooDear = team.claim("anna", Map.of("taskId", team.of("dear")));
        Team.refused(tooDear, 402, "IF_ERR_BUDGET_EXCEEDED");
        JsonNode cheap = team.claims("anna", "cheap");
        // It cost more than was held; that is booked all the same, and then it stops.
        expect(team.complete("anna", cheap, Map.of("cost", 3)), 200);
        team.figures("anna", "11", "0");
        assertThat(team.breaker("anna")).isEqualTo("OPEN");
        for (int process = 0; process < PROCESSES; process++) {
            Team.refused(team.claim("anna", NOTHING), 402, "IF_ERR_BREAKER_OPEN");
        }
        team.until("it is told", () -> team.told("anna", "breakerOpened").size() == 1);
        expect(team.complete("bob", team.claims("bob", "bobs"), NOTHING), 200);

        JsonNode asked = team.asked();
        assertThat(asked.path("subject").asText()).isEqualTo("account:" + team.account("anna"));
        assertThat(asked.path("options").toString()).contains("RAISE_LIMIT", "RESET", "KEEP_STOPPED");
        team.decide(asked, Map.of("option", "RAISE_LIMIT", "parameters", Map.of("dailyLimit", 20)));
        team.until("the answer has come back", () -> team.breaker("anna").equals("CLOSED"));
        expect(team.complete("anna", team.claims("anna", "last"), NOTHING), 200);

        team.figures("anna", "12", "0");
        assertThat(team.booked("anna")).as("the ledger").isEqualByComparingTo("12");
        team.balances();
    }

    /** Three hold what the next one waits for: the change that closes the circle ends it, and everything gets done. */
    @Test
    void deadlock_resolved_by_preemption() {
        Team team = new Team(cluster, "circle");
        List<String> sessions = List.of("anna", "bob", "cy");
        Map<String, JsonNode> held = new HashMap<>();
        for (String session : sessions) {
            team.enrol(session, NOTHING);
            team.submit("of-" + session, Map.of("estimatedCost", 3, "priority", "P2"));
            held.put(session, team.claims(session, "of-" + session));
        }
        assertThat(team.waits("bob", "of-cy").has("cycle")).isFalse();
        assertThat(team.waits("cy", "of-anna").has("cycle")).isFalse();

        JsonNode closed = team.waits("anna", "of-bob");

        assertThat(team.plain(closed.path("preempted").asText()))
                .as("has waited longest")
                .isEqualTo("bob");
        assertThat(team.plain(closed.path("released"))).containsExactly("of-bob");
        List<JsonNode> told = team.told("bob", "preempted");
        assertThat(told).hasSize(1);
        assertThat(told.toString()).contains(team.of("session:anna"), team.of("session:cy"));
        List<JsonNode> deadlocks = team.items("/deadlock/deadlocks?swarm=" + team.swarm());
        assertThat(deadlocks).hasSize(1);
        assertThat(deadlocks.getFirst().path("victim").asText()).isEqualTo(team.of("bob"));
        JsonNode released = team.task("of-bob");
        assertThat(released.path("state").asText()).isEqualTo("QUEUED");
        assertThat(released.path("priority").asText()).isEqualTo("P1");
        team.figures("bob", "0", "0");
        Answer late = team.complete("bob", held.get("bob"), NOTHING);
        Team.refused(late, 409, "IF_ERR_STALE_EPOCH");
        assertThat(late.body().path("reason").asText()).isEqualTo("PREEMPTED");

        expect(team.complete("anna", team.claims("anna", "of-bob"), NOTHING), 200);
        for (String session : List.of("anna", "cy")) {
            expect(team.complete(session, held.get(session), NOTHING), 200);
        }
        for (String session : sessions) {
            assertThat(team.state("of-" + session)).isEqualTo("DONE");
            String waits = "/deadlock/waits/" + team.of(session);
            team.until(
                    "it no longer waits",
                    () -> team.see(waits).path("waitingOn").isEmpty());
        }
        assertThat(team.history("of-bob")).contains("claimed", "completed").doesNotContain("failed");
        team.figures("anna", "6", "0");
        team.balances();
        assertThat(team.cases()).as("no human was needed").isEmpty();
    }

    /** Five of seven are a majority, and too few where it is dangerous: a human decides, and the votes stay what they were. */
    @Test
    void hazard_requires_supermajority() {
        Electors electors = Electors.enrol(cluster, "hazard");
        Team team = electors.team();
        String risky = electors.decide("risky", 5, Map.of("hazards", List.of("legal")));

        assertThat(team.told("m6", "voteRequested")).hasSize(1);
        JsonNode closed = team.see(risky);
        assertThat(closed.path("state").asText()).isEqualTo("ESCALATED");
        assertThat(closed.path("valid").asBoolean(true)).isFalse();
        assertThat(closed.path("gate").asText()).isEqualTo("SUPERMAJORITY_NOT_MET");
        assertThat(closed.at("/tally/approvalRate").decimalValue()).isEqualByComparingTo("0.7142");
        JsonNode asked = team.asked();
        assertThat(asked.path("subject").asText()).isEqualTo("decision:" + team.of("risky"));
        assertThat(asked.path("options").toString()).isEqualTo("[\"APPROVE\",\"REJECT\"]");
        team.decide(asked, Map.of("option", "REJECT", "note", "Not without counsel."));
        team.until("the answer has come back", () -> team.see(risky).has("resolution"));
        JsonNode resolved = team.see(risky);
        assertThat(resolved.at("/resolution/option").asText()).isEqualTo("REJECT");
        assertThat(resolved.at("/tally/approve").asInt()).isEqualTo(5);

        String harmless = electors.decide("harmless", 5, NOTHING);
        assertThat(team.stateOf(harmless)).isEqualTo("APPROVED");
        String sixOfSeven = electors.decide("sure", 6, Map.of("hazards", List.of("legal", "safety")));
        assertThat(team.stateOf(sixOfSeven)).isEqualTo("APPROVED");
        assertThat(team.cases()).hasSize(1);
    }

    /** What two of seven objected is in the memo word for word, for people too; it is found, and its chain is intact. */
    @Test
    void dissent_in_final_memo() {
        Electors electors = Electors.enrol(cluster, "memo");
        Team team = electors.team();
        electors.decide("release", 5, Map.of("traceToken", "trace-26"));
        String path = "/dissent/memos/" + team.of("release");
        team.until(
                "it is written", () -> team.next().get(path, team.token("m0")).status() == 200);

        JsonNode memo = team.see(path);
        assertThat(memo.path("outcome").asText()).isEqualTo("APPROVED");
        assertThat(memo.at("/consensus/totalVotes").asInt()).isEqualTo(7);
        assertThat(memo.at("/consensus/rejections").asInt()).isEqualTo(2);
        assertThat(memo.at("/consensus/approvalRate").decimalValue()).isEqualByComparingTo("0.7142");
        assertThat(memo.path("traceToken").asText()).isEqualTo("trace-26");
        assertThat(memo.path("dissentStrength").decimalValue()).isEqualByComparingTo("0.2857");
        JsonNode views = memo.path("dissentingViews");
        assertThat(views.findValuesAsText("session")).containsExactlyInAnyOrder(team.of("m5"), team.of("m6"));
        assertThat(views.findValuesAsText("rationale")).containsExactlyInAnyOrder(Electors.objections(5));
        assertThat(views.findValuesAsText("alternativeProposed"))
                .containsExactlyInAnyOrder("Wait 5 weeks.", "Wait 6 weeks.");
        assertThat(views.findValues("evidenceCited").toString())
                .contains("https://example.org/log/5", "https://example.org/log/6");
        for (int process = 0; process < PROCESSES; process++) {
            Answer page = cluster.api(process).get(path, team.token("m1"), "Accept", "text/markdown");
            assertThat(page.body().asText()).contains(Electors.objections(5)).contains("Wait 5 weeks.");
            assertThat(expect(cluster.api(process).get(path, team.token("m2")), 200))
                    .isEqualTo(memo);
        }
        List<JsonNode> found = team.items("/dissent/search?q=rollback&swarm=" + team.swarm());
        assertThat(found).hasSize(1);
        assertThat(team.plain(found.getFirst().path("objected"))).containsExactlyInAnyOrder("m5", "m6");
        assertThat(team.see("/dissent/verify").path("intact").asBoolean()).isTrue();
    }

    /** Two sessions say the opposite; a human is asked once, and what rests on it waits until the human has decided. */
    @Test
    void contradiction_escalated() {
        Team team = new Team(cluster, "debate");
        team.enrol(List.of("anna", "bob", "cy"), NOTHING);
        team.states("anna", "fast");
        team.states("bob", "slow");
        team.submit("announce", Map.of("basis", List.of(team.of("fast"))));
        assertThat(team.state("announce")).isEqualTo("QUEUED");
        Map<String, ?> relation = Map.of("from", team.of("slow"), "type", "contradicts", "to", team.of("fast"));
        team.does("cy", 201, "/relation/relations", relation);
        team.does("bob", 200, "/relation/relations", relation);

        List<JsonNode> found = team.items("/relation/contradictions?minSeverity=high&swarm=" + team.swarm());
        assertThat(found).hasSize(1);
        assertThat(List.of(
                        found.getFirst().path("claim1").asText(),
                        found.getFirst().path("claim2").asText()))
                .containsExactlyInAnyOrder(team.of("fast"), team.of("slow"));
        assertThat(team.standing("fast")).isEqualTo("UNDECIDED");
        team.until("what rests on it waits", () -> team.state("announce").equals("WAITING"));
        assertThat(team.task("announce").path("blockedBy").toString()).contains("claim:" + team.of("fast"));
        JsonNode asked = team.asked();
        assertThat(asked.path("severity").asText()).isEqualTo("HIGH");
        assertThat(asked.path("evidence").toString()).contains(team.of("claim:fast"), team.of("claim:slow"));

        boolean isFirst = found.getFirst().path("claim1").asText().equals(team.of("slow"));
        team.decide(asked, Map.of("option", isFirst ? "REJECT_FIRST" : "REJECT_SECOND", "note", "Measured again."));
        team.until("the answer has come back", () -> team.standing("slow").equals("REJECTED"));
        assertThat(team.standing("fast")).isEqualTo("ACCEPTED");
        team.until("what rests on it goes on", () -> team.state("announce").equals("QUEUED"));
        expect(team.complete("anna", team.claims("anna", "announce"), NOTHING), 200);
        String why = "/relation/claims/" + team.of("slow") + "/why";
        assertThat(team.see(why).toString()).contains("against");
        assertThat(team.cases()).hasSize(1);
    }

    /** Two that wait for work are woken when a third has too much; it keeps five, and every task is done once. */
    @Test
    void work_stolen_during_overload() {
        Team team = new Team(cluster, "overload");
        team.enrol(List.of("busy", "anna", "bob"), Map.of("domains", SIP, "tools", PYTHON));
        team.enrol("cook", Map.of("domains", List.of("cooking"), "tools", PYTHON));
        Map<String, CompletableFuture<Answer>> idle = new HashMap<>();
        for (String session : List.of("anna", "bob")) {
            idle.put(session, supplyAsync(() -> team.claim(session, Map.of("waitSeconds", 50)), CALLS));
        }
        Map<String, ?> needs = Map.of("assignee", team.of("busy"), "domains", SIP, "tools", PYTHON);
        for (int i = 0; i < 9; i++) {
            Map<String, Object> task = new HashMap<>(needs);
            task.put("priority", i < 4 ? "P1" : "P3");
            team.submit("t" + i, task);
        }

        idle.forEach((session, claim) -> {
            JsonNode stolen = expect(claim.join(), 201);
            assertThat(stolen.path("fromSession").asText()).isEqualTo(team.of("busy"));
            expect(team.complete(session, stolen, NOTHING), 200);
        });
        assertThat(team.idle("cook").status()).as("0.40 is too little").isEqualTo(204);
        for (String session : List.of("anna", "bob")) {
            expect(team.complete(session, expect(team.idle(session), 200), NOTHING), 200);
            assertThat(team.told(session, "taskStolen")).hasSize(2);
        }
        assertThat(team.told("busy", "taskStolen")).hasSize(4);
        JsonNode busy = team.see("/coordinator/sessions/" + team.of("busy"));
        assertThat(busy.path("queued").asInt()).isEqualTo(5);
        assertThat(team.claim("anna", NOTHING).status()).as("five are its own").isEqualTo(204);
        for (int i = 0; i < 5; i++) {
            expect(team.complete("busy", expect(team.claim("busy", NOTHING), 201), NOTHING), 200);
        }

        for (int i = 0; i < 9; i++) {
            assertThat(team.state("t" + i)).isEqualTo("DONE");
            assertThat(team.history("t" + i)).containsOnlyOnce("claimed", "completed");
            // The least important, and of those the newest; the owner has all others.
            assertThat(team.history("t" + i).contains("stolen")).as("t%d", i).isEqualTo(i > 4);
        }
        team.balances();
    }

    /** One provider falls silent, then fails: calls to the other one, tasks and money go on, in every process. */
    @Test
    void provider_failure_isolated() throws IOException {
        Team team = new Team(cluster, "providers");
        team.enrol(List.of("anna", "bob"), NOTHING);
        team.submit("words", Map.of("estimatedCost", 2));
        JsonNode claimed = team.claims("bob", "words");
        CountDownLatch word = new CountDownLatch(1);
        Script answers = (asked, out) -> out.whole(200, "{}");
        Script fails = (asked, out) -> out.whole(500, "{}");
        try (Origin ill = Origin.of(Origin.after(word, fails));
                Origin well = Origin.of(answers)) {
            String illCall = team.provider("ill", ill.url()) + "/call/v1/words";
            String wellCall = team.provider("well", well.url()) + "/call/v1/words";
            List<CompletableFuture<Answer>> stuck = new ArrayList<>();
            for (int i = 0; i < 2 * PROCESSES; i++) {
                stuck.add(supplyAsync(() -> team.call("anna", illCall, NOTHING), CALLS));
            }
            team.until("as many wait as may", () -> ill.running.get() == Team.CONCURRENT);
            for (int i = 0; i < 10 * PROCESSES; i++) {
                expect(team.call("bob", wellCall, NOTHING), 200);
            }
            assertThat(stuck).noneMatch(CompletableFuture::isDone);
            ill.answers(fails);
            word.countDown();
            stuck.forEach(answer -> assertThat(answer.join().status()).isIn(500, 503));
            for (int process = 0; process < PROCESSES; process++) {
                Api api = cluster.api(process);
                team.until(
                        "it is known",
                        () -> api.post(illCall, NOTHING, team.token("anna")).status() == 503);
            }
            int seen = ill.requests.size();
            Team.refused(team.call("anna", illCall, NOTHING), 503, "IF_ERR_PROVIDER_OPEN");
            assertThat(ill.requests).as("it is left alone").hasSize(seen);
            assertThat(ill.most.get()).as("in all processes together").isEqualTo(Team.CONCURRENT);
            expect(team.call("bob", wellCall, NOTHING), 200);
            expect(team.complete("bob", claimed, Map.of("cost", 1)), 200);
            String made = "/bulkhead/calls?limit=100&session=" + team.of("bob");
            team.until("each call is listed", () -> team.items(made).size() == 10 * PROCESSES + 1);
            team.figures("bob", "1", "0");
            team.balances();
            ill.answers(answers);
            team.operator(200, illCall.replace("call/v1/words", "close"), Map.of("reason", "It is well again."));
            team.until("back", () -> team.call("anna", illCall, NOTHING).status() == 200);
        }
    }
}
