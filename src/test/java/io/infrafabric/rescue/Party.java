package io.infrafabric.rescue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.infrafabric.bus.Transactions;
import io.infrafabric.event.Event;
import io.infrafabric.event.Trace;
import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.Dependent;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * A swarm of one test's own, over HTTP, with the calls of rescue. Names are made unique by a suffix. One session, {@code
 * stuck}, is there from the beginning, and knows nothing but {@code cli}.
 */
@Dependent
class Party {
    static final Duration PATIENCE = Duration.ofSeconds(60);
    static final String BLOCKERS = "/rescue/blockers";

    private final Api api;
    private final String operator;
    private final Transactions transactions;
    private final Pool pool;
    private final String suffix = "-" + UUID.randomUUID();
    private final Map<String, String> tokens = new HashMap<>();

    @Inject
    Party(
            @ConfigProperty(name = "test.url") String fabric,
            @ConfigProperty(name = "s2.door.operator-token") Optional<String> operator,
            Transactions transactions,
            Pool pool) {
        this.api = new Api(fabric.replaceAll("/$", ""));
        // The bench, whose servers are external ones, has no such token, and this bean too.
        this.operator = operator.orElse(null);
        this.transactions = transactions;
        this.pool = pool;
        enrol("stuck", List.of("cli"), List.of());
    }

    String swarm() {
        return "swarm" + suffix;
    }

    /** This name, unique to the test. */
    String of(String name) {
        return name + suffix;
    }

    /** Names and values in turn. */
    static Map<String, Object> json(Object... members) {
        Map<String, Object> body = new LinkedHashMap<>();
        for (int i = 0; i < members.length; i += 2) {
            body.put((String) members[i], members[i + 1]);
        }
        return body;
    }

    /** Enrols a session that can do this, with these further members, and gets its token. */
    final void enrol(String name, List<String> domains, List<String> tools, Object... more) {
        Map<String, Object> body = json(more);
        body.putAll(json("swarm", swarm(), "domains", domains, "tools", tools));
        body.putIfAbsent("hourlyCost", 5);
        expect(200, api.put("/coordinator/sessions/" + of(name), body, operator));
        tokens.put(
                name,
                expect(201, api.post("/coordinator/sessions/" + of(name) + "/tokens", "{}", operator))
                        .path("token")
                        .asText());
    }

    /** Enrols a session that is nowhere (any more) in another swarm, and gets its token. */
    void enrolElsewhere(String name) {
        String session = "/coordinator/sessions/" + of(name);
        expect(200, api.put(session, json("swarm", swarm() + "b"), operator));
        tokens.put(
                name,
                expect(201, api.post(session + "/tokens", "{}", operator))
                        .path("token")
                        .asText());
    }

    Answer raise(String session, Object... body) {
        Map<String, Object> wish = json("description", "cannot go on");
        wish.putAll(json(body));
        return api.post(BLOCKERS, wish, tokens.get(session));
    }

    /** Raises a blocker that needs these domains, and gives it. */
    JsonNode raises(String session, String... domains) {
        return expect(201, raise(session, "domains", List.of(domains)));
    }

    Answer call(String session, String id, String what, Object... body) {
        return api.post(BLOCKERS + "/" + id + "/" + what, json(body), tokens.get(session));
    }

    Answer operate(String path, Object... body) {
        return api.post(path, json(body), operator);
    }

    Answer get(String path) {
        return api.get(path, operator);
    }

    Answer getAs(String session, String path) {
        return api.get(path, tokens.get(session));
    }

    Answer put(String path, Object... body) {
        return api.put(path, json(body), operator);
    }

    Answer claim(String session) {
        return api.post("/coordinator/sessions/" + of(session) + "/claims", json(), tokens.get(session));
    }

    /** Completes what a claim has granted. */
    void completes(String session, JsonNode claimed) {
        String task = claimed.path("task").path("id").asText();
        Map<String, Object> body =
                json("epoch", claimed.path("lease").path("epoch").asLong());
        expect(200, api.post("/coordinator/tasks/" + task + "/complete", body, tokens.get(session)));
    }

    /** The session falls silent. */
    void lose(String session) {
        pool.preparedQuery("UPDATE coordinator_session SET last_seen = now() - interval '1 day' WHERE id = $1")
                .execute(Tuple.of(of(session)))
                .chain(() -> pool.preparedQuery(
                                "UPDATE bus_due SET at = now() WHERE function = 'coordinator' AND entity = $1")
                        .execute(Tuple.of("silence:" + of(session))))
                .await()
                .atMost(PATIENCE);
        await().atMost(PATIENCE)
                .until(() -> expect(200, get("/coordinator/sessions/" + of(session)))
                        .path("state")
                        .asText()
                        .equals("LOST"));
    }

    void leave(String session) {
        assertThat(api.delete("/coordinator/sessions/" + of(session), operator).status())
                .isBetween(200, 204);
    }

    JsonNode read(String id) {
        return expect(200, get(BLOCKERS + "/" + id));
    }

    /** What became of the ask of this session, empty if it was not asked. */
    String ask(String id, String session) {
        return member(read(id).path("rescuers"), session).path("state").asText();
    }

    /** Why this session was left out, empty if it was not. */
    String leftOut(JsonNode blocker, String session) {
        return member(blocker.path("leftOut"), session).path("reason").asText();
    }

    /** The entry of this session in a list. */
    JsonNode member(JsonNode list, String session) {
        return list.valueStream()
                .filter(entry -> entry.path("session").asText().equals(of(session)))
                .findFirst()
                .orElse(MissingNode.getInstance());
    }

    /** Sessions that were asked or help, in the order of the answer. */
    List<String> rescuers(JsonNode blocker) {
        return blocker.path("rescuers")
                .valueStream()
                .map(entry -> entry.path("session").asText().replace(suffix, ""))
                .toList();
    }

    /** Types of notices in the session's inbox. */
    List<String> told(String session) {
        return expect(200, getAs(session, "/coordinator/sessions/" + of(session) + "/inbox"))
                .path("items")
                .findValuesAsText("type");
    }

    /** An account's figures. */
    JsonNode account(String session) {
        return expect(200, get("/budget/accounts/session:" + of(session)));
    }

    /** The swarm's open cases about a blocker. */
    List<JsonNode> cases(String id) {
        return expect(200, get("/escalation/cases?state=open&swarm=" + swarm()))
                .path("items")
                .valueStream()
                .filter(found -> found.path("subject").asText().equals("blocker:" + id))
                .toList();
    }

    /** All cases of the swarm. */
    List<JsonNode> allCases() {
        return expect(200, get("/escalation/cases?limit=500&swarm=" + swarm()))
                .path("items")
                .valueStream()
                .toList();
    }

    /** The case about a blocker, when it is there. */
    JsonNode asked(String id) {
        await().atMost(PATIENCE).until(() -> !cases(id).isEmpty());
        return cases(id).getFirst();
    }

    void decide(JsonNode asked, Object... decision) {
        expect(200, operate("/escalation/cases/" + asked.path("id").asText() + "/resolve", decision));
    }

    void until(String id, String state) {
        await().atMost(PATIENCE).until(() -> read(id).path("state").asText().equals(state));
    }

    void emit(Event event) {
        transactions
                .run(work -> {
                    work.emit(event, Trace.NONE);
                    return Uni.createFrom().voidItem();
                })
                .await()
                .atMost(PATIENCE);
    }

    /** Lets the time to accept be over for all who were asked about this blocker. */
    void timeIsOver(String id) {
        pool.preparedQuery("UPDATE rescue_ask SET until = now() - interval '1 second' WHERE blocker = $1")
                .execute(Tuple.of(id))
                .await()
                .atMost(PATIENCE);
        looksNow(id);
    }

    /** Lets rescue look again for helpers of this blocker, without ending the time of those who were asked. */
    void looksNow(String id) {
        pool.preparedQuery("UPDATE bus_due SET at = now() WHERE function = 'rescue' AND entity = $1")
                .execute(Tuple.of("look:" + id))
                .await()
                .atMost(PATIENCE);
    }

    static JsonNode expect(int status, Answer answer) {
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(status);
        return answer.body();
    }

    static void refused(Answer answer, int status, String code) {
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(status);
        assertThat(answer.code()).isEqualTo(code);
    }

    /** Has a session spend more than it may. */
    void spendAll(String session) {
        expect(200, operate("/budget/accounts/session:" + of(session) + "/costs", "amount", 100, "what", "all"));
    }
}
