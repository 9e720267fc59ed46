package io.infrafabric.proof;

import static io.infrafabric.proof.Accounts.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * The sessions of one swarm, each with what it can do, and their operator: clients behind a balancer, whose next call goes
 * to the next process. Names are made unique by the swarm's.
 */
final class Team {
    /** Calls to one provider at once, in all processes together. */
    static final int CONCURRENT = 2;

    private final Cluster cluster;
    private final String swarm;
    private final Map<String, String> tokens = new ConcurrentHashMap<>();
    private final AtomicInteger turn = new AtomicInteger();

    Team(Cluster cluster, String swarm) {
        this.cluster = cluster;
        this.swarm = swarm;
    }

    String swarm() {
        return swarm;
    }

    String of(String name) {
        return name + "-" + swarm;
    }

    /** Names of this team, without what makes them unique. */
    List<String> plain(JsonNode names) {
        return names.valueStream().map(name -> plain(name.asText())).toList();
    }

    String plain(String name) {
        return name.replace("-" + swarm, "");
    }

    /** What stands there in a list, by session. */
    Map<String, String> bySession(JsonNode list, String pointer) {
        Map<String, String> all = new HashMap<>();
        list.forEach(one ->
                all.put(plain(one.path("session").asText()), one.at(pointer).asText()));
        return all;
    }

    static void refused(Answer answer, int status, String code) {
        assertThat(answer.status() + " " + answer.code()).isEqualTo(status + " " + code);
    }

    Api next() {
        return cluster.api(Math.floorMod(turn.getAndIncrement(), cluster.size()));
    }

    void enrol(String session, Map<String, ?> more) {
        Map<String, Object> body = new HashMap<>(more);
        body.put("swarm", swarm);
        String path = "/coordinator/sessions/" + of(session);
        expect(next().put(path, body, cluster.operator()), 200);
        tokens.put(
                session,
                expect(next().post(path + "/tokens", Map.of(), cluster.operator()), 201)
                        .path("token")
                        .asText());
    }

    void enrol(List<String> sessions, Map<String, ?> more) {
        sessions.forEach(session -> enrol(session, more));
    }

    String token(String session) {
        return tokens.get(session);
    }

    Answer call(String session, String path, Map<String, ?> body) {
        return next().post(path, body, tokens.get(session));
    }

    JsonNode does(String session, int status, String path, Map<String, ?> body) {
        return expect(call(session, path, body), status);
    }

    /** An operator's POST. */
    JsonNode operator(int status, String path, Map<String, ?> body) {
        return expect(next().post(path, body, cluster.operator()), status);
    }

    /** What an operator sees there. */
    JsonNode see(String path) {
        return expect(next().get(path, cluster.operator()), 200);
    }

    String stateOf(String path) {
        return see(path).path("state").asText();
    }

    List<JsonNode> items(String path) {
        return see(path).path("items").valueStream().toList();
    }

    /** What the session finds in its inbox, of this type. */
    List<JsonNode> told(String session, String type) {
        return expect(next().get("/coordinator/sessions/" + of(session) + "/inbox", tokens.get(session)), 200)
                .path("items")
                .valueStream()
                .filter(notice -> notice.path("type").asText().equals(type))
                .toList();
    }

    /** Submits a task with what {@code more} says of it. */
    void submit(String task, Map<String, ?> more) {
        Map<String, Object> body = new HashMap<>(more);
        body.put("id", of(task));
        body.put("swarm", swarm);
        body.put("title", task);
        operator(201, "/coordinator/tasks", body);
    }

    JsonNode task(String task) {
        return see("/coordinator/tasks/" + of(task));
    }

    String state(String task) {
        return task(task).path("state").asText();
    }

    /** What happened to the task, in order. */
    List<String> history(String task) {
        return task(task).path("history").findValuesAsText("what");
    }

    Answer claim(String session, Map<String, ?> wish) {
        return call(session, "/coordinator/sessions/" + of(session) + "/claims", wish);
    }

    /** Says that it has nothing to do. */
    Answer idle(String session) {
        return call(session, "/stealing/sessions/" + of(session) + "/idle", Map.of());
    }

    /** Claims that task, which must be granted. */
    JsonNode claims(String session, String task) {
        return expect(claim(session, Map.of("taskId", of(task))), 201);
    }

    /** Completes what a claim has granted. */
    Answer complete(String session, JsonNode claimed, Map<String, ?> more) {
        Map<String, Object> body = new HashMap<>(more);
        body.put("epoch", claimed.at("/lease/epoch").asLong());
        return call(session, "/coordinator/tasks/" + claimed.at("/task/id").asText() + "/complete", body);
    }

    String account(String session) {
        return "session:" + of(session);
    }

    /** The session's account must say so in every process. */
    void figures(String session, String spent, String held) {
        for (int process = 0; process < cluster.size(); process++) {
            JsonNode account = see("/budget/accounts/" + account(session));
            assertThat(account.path("spentToday").decimalValue()).as("spent").isEqualByComparingTo(spent);
            assertThat(account.path("heldToday").decimalValue()).as("held").isEqualByComparingTo(held);
        }
    }

    String breaker(String session) {
        return see("/budget/accounts/" + account(session)).at("/breaker/state").asText();
    }

    /** What the account has spent, by the rows of its ledger. */
    BigDecimal booked(String session) {
        return items("/budget/accounts/" + account(session) + "/entries?limit=500").stream()
                .map(entry -> entry.path("spent").decimalValue())
                .reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    /** The session says that it waits for the task. */
    JsonNode waits(String session, String task) {
        Map<String, ?> body = Map.of("waitingOn", List.of("task:" + of(task)));
        return expect(next().put("/deadlock/waits/" + of(session), body, token(session)), 200);
    }

    /** The session states a claim, with three measurements. */
    void states(String session, String claim) {
        List<Map<String, String>> evidence = Stream.of(1, 2, 3)
                .map(run -> Map.of("type", "measurement", "url", "https://example.org/" + claim + "/" + run))
                .toList();
        Map<String, ?> body = Map.of("statement", "It is " + claim, "confidence", 0.9, "evidence", evidence);
        expect(next().put("/relation/claims/" + of(claim), body, token(session)), 201);
    }

    String standing(String claim) {
        return see("/relation/claims/" + of(claim)).path("standing").asText();
    }

    List<JsonNode> cases() {
        return items("/escalation/cases?swarm=" + swarm);
    }

    /** The one case of the swarm, when it is there. */
    JsonNode asked() {
        until("a human is asked", () -> !cases().isEmpty());
        List<JsonNode> cases = cases();
        assertThat(cases).hasSize(1);
        return cases.getFirst();
    }

    /** A human decides the case, elsewhere. */
    void decide(JsonNode asked, Map<String, ?> decision) {
        operator(200, "/escalation/cases/" + asked.path("id").asText() + "/resolve", decision);
        assertThat(asked().path("state").asText()).isEqualTo("RESOLVED");
    }

    /** Puts a provider that opens its breaker after five failures; its path. */
    String provider(String name, String url) {
        Map<String, ?> breaker = Map.of("window", 60, "minCalls", 5, "failureRate", 0.5, "openSeconds", 300);
        Map<String, Object> body = new HashMap<>(Map.of("baseUrl", url, "dialect", "none", "breaker", breaker));
        body.put("maxConcurrent", CONCURRENT);
        body.put("queueSeconds", 60);
        String path = "/bulkhead/providers/" + of(name);
        assertThat(next().put(path, body, cluster.operator()).status()).isIn(200, 201);
        return path;
    }

    void until(String what, Callable<Boolean> isSo) {
        await(what).atMost(Cluster.PATIENCE).until(isSo);
    }

    /** The books of the swarm say what its accounts say. */
    void balances() {
        assertThat(see("/budget/check").path("differences").toString()).doesNotContain(swarm);
    }
}
