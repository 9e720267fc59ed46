package io.infrafabric.stealing;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** A swarm of one test's own, over HTTP; names are made unique by a suffix, since all tests share one fabric. */
final class Crew {
    private final Api api;
    private final String operator;
    private final String suffix = "-" + UUID.randomUUID();
    private final Map<String, String> tokens = new HashMap<>();

    Crew(URI fabric, String operator) {
        this.api = new Api(fabric.toString().replaceAll("/$", ""));
        this.operator = operator;
    }

    String swarm() {
        return of("swarm");
    }

    String of(String name) {
        return name + suffix;
    }

    /** The name in the test of something that has a name of its own. */
    String name(String unique) {
        return unique.replace(suffix, "");
    }

    /** Enrols a session that knows of these domains. */
    void enrol(String session, Map<String, ?> more) {
        Map<String, Object> body = new HashMap<>(more);
        body.put("swarm", swarm());
        expect(api.put("/coordinator/sessions/" + of(session), body, operator), 200);
        tokens.put(
                session,
                expect(api.post("/coordinator/sessions/" + of(session) + "/tokens", "{}", operator), 201)
                        .path("token")
                        .asText());
    }

    /** A task that needs cli and python. */
    Map<String, Object> task(String name, String priority, Map<String, ?> more) {
        Map<String, Object> body = new HashMap<>(Map.of("domains", List.of("cli"), "tools", List.of("python")));
        body.putAll(more);
        body.put("id", of(name));
        body.put("swarm", swarm());
        body.put("title", name);
        body.put("priority", priority);
        return body;
    }

    void submit(List<Map<String, Object>> tasks) {
        expect(api.post("/coordinator/tasks/batch", Map.of("tasks", tasks), operator), 201);
    }

    /** Queues that many tasks of that priority for a session: {@code <session>-<priority>-0} and so on. */
    void queue(String session, String priority, int count) {
        List<Map<String, Object>> tasks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tasks.add(task(session + "-" + priority + "-" + i, priority, Map.of("assignee", of(session))));
        }
        submit(tasks);
    }

    Answer idle(String session, String... headers) {
        return api.post("/stealing/sessions/" + of(session) + "/idle", "{}", tokens.get(session), headers);
    }

    /** Says that a session is idle, with the token of another one. */
    Answer idleOf(String session, String caller) {
        return api.post("/stealing/sessions/" + of(session) + "/idle", "{}", tokens.get(caller));
    }

    /** Is idle and must get this task of that session. */
    JsonNode steals(String session, String task, String from) {
        JsonNode stolen = expect(idle(session), 200);
        if (!stolen.at("/task/id").asText().equals(of(task))
                || !stolen.path("fromSession").asText().equals(of(from))) {
            throw new AssertionError("expected " + task + " of " + from + ", but got " + stolen);
        }
        return stolen;
    }

    Answer claim(String session, Map<String, ?> wish) {
        return api.post("/coordinator/sessions/" + of(session) + "/claims", wish, tokens.get(session));
    }

    Answer post(String path, Map<String, ?> body) {
        return api.post(path, body, operator);
    }

    Answer end(String session, String task, String how, long epoch) {
        Map<String, Object> body = new HashMap<>(Map.of("epoch", epoch));
        if (how.equals("fail")) {
            body.put("error", "It broke.");
        }
        return api.post("/coordinator/tasks/" + of(task) + "/" + how, body, tokens.get(session));
    }

    void limit(String session, String amount) {
        expect(api.put("/budget/accounts/session:" + of(session), Map.of("dailyLimit", amount), operator), 200);
    }

    JsonNode task(String name) {
        return expect(api.get("/coordinator/tasks/" + of(name), operator), 200);
    }

    JsonNode session(String name) {
        return expect(api.get("/coordinator/sessions/" + of(name), operator), 200);
    }

    /** The one notice of this type in the session's inbox. */
    JsonNode told(String session, String type) {
        List<JsonNode> told = new ArrayList<>();
        expect(api.get("/coordinator/sessions/" + of(session) + "/inbox", tokens.get(session)), 200)
                .path("items")
                .forEach(notice -> {
                    if (notice.path("type").asText().equals(type)) {
                        told.add(notice);
                    }
                });
        if (told.size() != 1) {
            throw new AssertionError("expected one " + type + ", but got " + told);
        }
        return told.getFirst();
    }

    static JsonNode expect(Answer answer, int status) {
        if (answer.status() != status) {
            throw new AssertionError("expected " + status + ", but got " + answer.status() + " " + answer.body());
        }
        return answer.body();
    }
}
