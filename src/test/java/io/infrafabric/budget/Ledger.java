package io.infrafabric.budget;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import java.net.URI;
import java.util.UUID;

/** A swarm's accounts of one test's own, over HTTP; all tests share one fabric, so names have a suffix. */
final class Ledger {
    private final Api api;
    private final String operator;
    private final String suffix = "-" + UUID.randomUUID();

    Ledger(URI fabric, String operator) {
        this.api = new Api(fabric.toString().replaceAll("/$", ""));
        this.operator = operator;
        expect(put(account("swarm", "s"), "{}"), 200);
    }

    Api api() {
        return api;
    }

    String of(String name) {
        return name + suffix;
    }

    String account(String kind, String name) {
        return kind + ":" + of(name);
    }

    String swarm() {
        return account("swarm", "s");
    }

    /** Makes a session's account with this limit, and gives its id. */
    String session(String name, String limit) {
        String account = account("session", name);
        expect(put(account, "{\"parent\":\"" + swarm() + "\",\"dailyLimit\":" + limit + "}"), 200);
        return account;
    }

    /** A token for a session of the swarm. */
    String token(String name) {
        String session = "/coordinator/sessions/" + of(name);
        expect(api.put(session, "{\"swarm\":\"" + of("s") + "\"}", operator), 200);
        return expect(api.post(session + "/tokens", "{}", operator), 201)
                .path("token")
                .asText();
    }

    Answer put(String account, String body) {
        return api.put("/budget/accounts/" + account, body, operator);
    }

    JsonNode read(String account) {
        return expect(api.get("/budget/accounts/" + account, operator), 200);
    }

    Answer post(String account, String what, String body, String... headers) {
        return api.post("/budget/accounts/" + account + "/" + what, body, operator, headers);
    }

    Answer hold(String account, String amount) {
        return post(account, "holds", "{\"amount\":" + amount + "}");
    }

    /** Places a hold that must be granted, and gives its id. */
    String holds(String account, String amount) {
        return expect(hold(account, amount), 201).path("hold").asText();
    }

    Answer cost(String account, String amount) {
        return post(account, "costs", "{\"amount\":" + amount + "}");
    }

    Answer settle(String hold, String amount) {
        return api.post("/budget/holds/" + hold + "/settle", "{\"amount\":" + amount + "}", operator);
    }

    Answer giveBack(String hold) {
        return api.post("/budget/holds/" + hold + "/void", null, operator);
    }

    JsonNode entries(String account, String query) {
        return expect(api.get("/budget/accounts/" + account + "/entries" + query, operator), 200)
                .path("items");
    }

    /** These must be spent and held. */
    void figures(String account, String spent, String held) {
        JsonNode read = read(account);
        assertThat(read.path("spentToday").decimalValue()).as("spent").isEqualByComparingTo(spent);
        assertThat(read.path("heldToday").decimalValue()).as("held").isEqualByComparingTo(held);
    }

    /** No balance of this test's accounts differs from the ledger. */
    void mustBalance() {
        JsonNode proof = expect(api.get("/budget/check", operator), 200);
        assertThat(proof.path("differences").toString()).doesNotContain(suffix);
    }

    static JsonNode expect(Answer answer, int status) {
        if (answer.status() != status) {
            throw new AssertionError("expected " + status + ", but got " + answer.status() + " " + answer.body());
        }
        return answer.body();
    }

    static void refused(Answer answer, int status, String code) {
        assertThat(answer.status() + " " + answer.code())
                .as("%s", answer.body())
                .isEqualTo(status + " " + code);
    }
}
