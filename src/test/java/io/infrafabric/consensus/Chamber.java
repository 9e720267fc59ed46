package io.infrafabric.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** A test's swarm of sessions that vote, over REST. */
public final class Chamber {
    public static final Duration PATIENCE = Duration.ofSeconds(60);
    public static final String DECISIONS = "/consensus/decisions";

    public final Api api;
    public final String operator;
    public final String swarm = "swarm-" + UUID.randomUUID();
    public final List<String> members = new ArrayList<>();
    private final Map<String, String> tokens = new LinkedHashMap<>();

    Chamber(String fabric, String operator, int count) {
        this.api = new Api(fabric.replaceAll("/$", ""));
        this.operator = operator;
        join(count);
    }

    private void join(int count) {
        List<Map<String, Object>> sessions = new ArrayList<>();
        for (int number = members.size(); sessions.size() < count; number++) {
            members.add("m%02d-%s".formatted(number, swarm));
            sessions.add(json("id", members.get(number), "swarm", swarm, "provider", "p", "model", "m" + number % 3));
        }
        JsonNode enrolled = expect(
                201, api.post("/coordinator/sessions/batch", json("sessions", sessions, "tokens", true), operator));
        enrolled.path("tokens")
                .properties()
                .forEach(entry -> tokens.put(
                        entry.getKey(), entry.getValue().path("token").asText()));
    }

    /** One more comes in; gives its number. */
    public int join() {
        join(1);
        return members.size() - 1;
    }

    public static Map<String, Object> json(Object... entries) {
        Map<String, Object> body = new LinkedHashMap<>();
        for (int i = 0; i < entries.length; i += 2) {
            body.put((String) entries[i], entries[i + 1]);
        }
        return body;
    }

    public static JsonNode expect(int status, Answer answer) {
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(status);
        return answer.body();
    }

    public static void refused(int status, String code, Answer answer) {
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(status);
        assertThat(answer.code()).isEqualTo(code);
    }

    public String token(int member) {
        return tokens.get(members.get(member));
    }

    /** Opens as the operator and gives the id. */
    public String open(Object... more) {
        Map<String, Object> body = json("swarm", swarm, "summary", "Release it", "rationale", "All is tested.");
        body.putAll(json(more));
        return expect(201, api.post(DECISIONS, body, operator)).path("id").asText();
    }

    public Answer vote(int member, String decision, Object... body) {
        return api.post(DECISIONS + "/" + decision + "/votes", json(body), token(member));
    }

    public Answer say(int member, String decision, String vote) {
        return vote(member, decision, "vote", vote, "rationale", "Because I say " + vote + ".");
    }

    /** Has members vote in turn, the first ones approving, then those that reject, then those that abstain. */
    public void votes(String decision, int approve, int reject, int abstain) {
        for (int member = 0; member < approve + reject + abstain; member++) {
            String vote = member < approve ? "approve" : member < approve + reject ? "reject" : "abstain";
            expect(201, say(member, decision, vote));
        }
    }

    public JsonNode read(String decision) {
        return expect(200, api.get(DECISIONS + "/" + decision, operator));
    }

    public String state(String decision) {
        return read(decision).path("state").asText();
    }

    public JsonNode close(String decision) {
        return expect(200, api.post(DECISIONS + "/" + decision + "/close", null, operator));
    }

    public void leave(int member) {
        assertThat(api.delete("/coordinator/sessions/" + members.get(member), operator)
                        .status())
                .isBetween(200, 204);
    }

    /** The memo of a decision, when it is written. */
    public JsonNode memo(String decision) {
        String path = "/dissent/memos/" + decision;
        await().atMost(PATIENCE).until(() -> api.get(path, operator).status() == 200);
        return expect(200, api.get(path, operator));
    }

    /** The cases about a decision, newest first. */
    public List<JsonNode> cases(String decision) {
        return items(expect(200, api.get("/escalation/cases?swarm=" + swarm, operator))).stream()
                .filter(found -> found.path("subject").asText().equals("decision:" + decision))
                .toList();
    }

    public void resolve(JsonNode asked, String option, String note) {
        String path = "/escalation/cases/" + asked.path("id").asText() + "/resolve";
        expect(200, api.post(path, json("option", option, "note", note), operator));
    }

    public List<JsonNode> told(int member, String type) {
        String path = "/coordinator/sessions/" + members.get(member) + "/inbox?after=0";
        return items(expect(200, api.get(path, token(member)))).stream()
                .filter(notice -> notice.path("type").asText().equals(type))
                .toList();
    }

    public static List<JsonNode> items(JsonNode page) {
        return page.path("items").valueStream().toList();
    }
}
