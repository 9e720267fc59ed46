package io.infrafabric.deadlock;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.event.EscalationEvent.CaseRequested;
import io.infrafabric.event.EscalationEvent.CauseEnded;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.event.Event;
import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/** A swarm of one test's own that waits, over HTTP. Names are made unique by a suffix, since all tests share one fabric. */
final class Band {
    private final Api api;
    private final String operator;
    private final String suffix = "-" + UUID.randomUUID();
    private final Map<String, String> tokens = new HashMap<>();

    Band(URI fabric, String operator, String... sessions) {
        this.api = new Api(fabric.toString().replaceAll("/$", ""));
        this.operator = operator;
        for (String session : sessions) {
            enrol(session);
        }
    }

    void enrol(String session, Object... more) {
        Map<String, Object> body = members(more);
        body.put("swarm", swarm());
        expect(api.put("/coordinator/sessions/" + of(session), body, operator), 200);
        Answer token = api.post("/coordinator/sessions/" + of(session) + "/tokens", Map.of(), operator);
        tokens.put(session, expect(token, 201).path("token").asText());
    }

    Api api() {
        return api;
    }

    String operator() {
        return operator;
    }

    String swarm() {
        return "band" + suffix;
    }

    /** This name, unique to the test; a kind before it stays. */
    String of(String name) {
        return name + suffix;
    }

    /** Several names, as a list. */
    List<String> on(String... names) {
        List<String> all = new ArrayList<>();
        for (String name : names) {
            all.add(of(name));
        }
        return all;
    }

    String token(String session) {
        return tokens.get(session);
    }

    private String waits(String session) {
        return "/deadlock/waits/" + of(session);
    }

    /** PUT, with names and values of further members in turn. */
    Answer put(String session, List<String> on, Object... more) {
        return api.put(waits(session), body(on, more), tokens.get(session));
    }

    JsonNode waitsFor(String session, String... on) {
        return expect(put(session, on(on)), 200);
    }

    Answer refusing(String session, String... on) {
        return api.put(waits(session) + "?onCycle=refuse", body(on(on)), tokens.get(session));
    }

    Answer add(String session, List<String> on, Object... more) {
        return api.post(waits(session) + "/edges", body(on, more), tokens.get(session));
    }

    Answer drop(String session, String query) {
        return api.delete(waits(session) + query, tokens.get(session));
    }

    JsonNode read(String session) {
        return expect(api.get(waits(session), tokens.get(session)), 200);
    }

    /** What a session waits for, without the suffix. */
    List<String> waiting(String session) {
        List<String> on = new ArrayList<>();
        read(session)
                .path("waitingOn")
                .forEach(edge -> on.add(plain(edge.path("on").asText())));
        return on;
    }

    /** Names in a list without the suffix. */
    List<String> plain(JsonNode names) {
        List<String> plain = new ArrayList<>();
        names.forEach(name -> plain.add(plain(name.asText())));
        return plain;
    }

    String plain(String name) {
        return name.replace(suffix, "");
    }

    JsonNode deadlocks() {
        return expect(api.get("/deadlock/deadlocks?swarm=" + swarm(), operator), 200)
                .path("items");
    }

    void submit(String task, Object... more) {
        Map<String, Object> body = members(more);
        body.put("id", of(task));
        body.put("swarm", swarm());
        body.put("title", task);
        expect(api.post("/coordinator/tasks", body, operator), 201);
    }

    /** Claims that task; its epoch. */
    long claims(String session, String task) {
        Answer granted = api.post(
                "/coordinator/sessions/" + of(session) + "/claims", Map.of("taskId", of(task)), tokens.get(session));
        return expect(granted, 201).path("lease").path("epoch").asLong();
    }

    Answer end(String session, String how, String task, long epoch) {
        return api.post("/coordinator/tasks/" + of(task) + "/" + how, Map.of("epoch", epoch), tokens.get(session));
    }

    JsonNode task(String task) {
        return expect(api.get("/coordinator/tasks/" + of(task), operator), 200);
    }

    /** An operator changes a task that is not over. */
    void change(String task, String member, Object value) {
        expect(api.patch("/coordinator/tasks/" + of(task), Map.of(member, value), operator), 200);
    }

    /** Opens a decision of all in the swarm. */
    void opens(String decision, int quorum) {
        Map<String, Object> body = members("id", of(decision), "swarm", swarm(), "quorum", quorum);
        body.put("summary", "Shall we?");
        body.put("rationale", "It rains.");
        expect(api.post("/consensus/decisions", body, operator), 201);
    }

    void votes(String session, String decision) {
        Map<String, Object> body = members("vote", "approve", "rationale", "It rains.");
        expect(api.post("/consensus/decisions/" + of(decision) + "/votes", body, tokens.get(session)), 201);
    }

    /** Raises a blocker about this domain; its name. */
    String raises(String session, String domain) {
        Map<String, Object> body = members("description", "cannot go on", "domains", List.of(domain));
        return "blocker:"
                + expect(api.post("/rescue/blockers", body, tokens.get(session)), 201)
                        .path("id")
                        .asText();
    }

    Answer help(String session, String blocker, String what) {
        String id = blocker.substring("blocker:".length());
        return api.post("/rescue/blockers/" + id + "/" + what, Map.of(), tokens.get(session));
    }

    /** Has a human asked something about this swarm; the name of the case. */
    String asks(Consumer<Event> tell, String what) {
        String subject = "example:" + of(what);
        tell.accept(new CaseRequested(
                "example",
                subject,
                swarm(),
                "EXAMPLE",
                Severity.LOW,
                "What now?",
                List.of("YES", "NO"),
                List.of(),
                "1",
                null));
        String cases = "/escalation/cases?state=open&swarm=" + swarm();
        return "human:"
                + await().atMost(Duration.ofSeconds(30))
                        .until(
                                () -> expect(api.get(cases, operator), 200)
                                        .path("items")
                                        .valueStream()
                                        .filter(one ->
                                                one.path("subject").asText().equals(subject))
                                        .map(one -> one.path("id").asText())
                                        .findFirst(),
                                Optional::isPresent)
                        .orElseThrow();
    }

    /** Nobody has to decide any more what was asked. */
    void needless(Consumer<Event> tell, String what) {
        tell.accept(new CauseEnded("example", "example:" + of(what), swarm(), "EXAMPLE", "It is over.", null));
    }

    void decides(String human) {
        String id = human.substring("human:".length());
        expect(api.post("/escalation/cases/" + id + "/resolve", Map.of("option", "YES"), operator), 200);
    }

    /** Spends more than a session may. */
    void stop(String session) {
        limit(session, 1);
        String account = "/budget/accounts/session:" + of(session);
        expect(api.post(account + "/costs", Map.of("amount", 2), operator), 200);
    }

    /** Lets a session that was stopped spend more. */
    void goOn(String session) {
        limit(session, 100);
    }

    private void limit(String session, int dailyLimit) {
        expect(api.put("/budget/accounts/session:" + of(session), Map.of("dailyLimit", dailyLimit), operator), 200);
    }

    JsonNode inbox(String session) {
        return expect(api.get("/coordinator/sessions/" + of(session) + "/inbox", tokens.get(session)), 200)
                .path("items");
    }

    void leave(String session) {
        expect(api.delete("/coordinator/sessions/" + of(session), operator), 200);
    }

    /** The body of an answer with this status. */
    static JsonNode expect(Answer answer, int status) {
        if (answer.status() != status) {
            throw new AssertionError("expected " + status + ", but got " + answer.status() + " " + answer.body());
        }
        return answer.body();
    }

    private static Map<String, Object> body(List<String> on, Object... more) {
        Map<String, Object> body = members(more);
        body.put("waitingOn", on);
        return body;
    }

    private static Map<String, Object> members(Object... more) {
        Map<String, Object> members = new LinkedHashMap<>();
        for (int i = 0; i < more.length; i += 2) {
            members.put((String) more[i], more[i + 1]);
        }
        return members;
    }
}
