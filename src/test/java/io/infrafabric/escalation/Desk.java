package io.infrafabric.escalation;

import static io.infrafabric.escalation.Desk.Bodies.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.Transactions;
import io.infrafabric.event.EscalationEvent.CaseRequested;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.event.Event;
import io.infrafabric.event.Trace;
import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import io.smallrye.mutiny.Uni;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** One test's swarm and the operator's desk: emits questions, and calls the door. */
final class Desk {
    static final Duration PATIENCE = Duration.ofSeconds(60);
    /** A function of the tests alone: no other one acts on what is decided. */
    static final String ASKING = "example";

    static final String CASES = "/escalation/cases";

    final Api api;
    final String operator;
    final String swarm = "swarm-" + UUID.randomUUID();
    private final Transactions transactions;

    Desk(URI fabric, String operator, Transactions transactions) {
        this.api = new Api(fabric.toString().replaceAll("/$", ""));
        this.operator = operator;
        this.transactions = transactions;
    }

    /** Bodies of calls. */
    static final class Bodies {
        private Bodies() {}

        static Map<String, Object> json(Object... members) {
            Map<String, Object> body = new java.util.LinkedHashMap<>();
            for (int i = 0; i < members.length; i += 2) {
                body.put((String) members[i], members[i + 1]);
            }
            return body;
        }
    }

    /** The name, unique to the test: the same question about the same thing is one case, whichever test asks. */
    String of(String name) {
        return name + "-" + swarm;
    }

    void emit(Event... events) {
        transactions
                .run(work -> {
                    for (Event event : events) {
                        work.emit(event, Trace.NONE);
                    }
                    return Uni.createFrom().voidItem();
                })
                .await()
                .atMost(PATIENCE);
    }

    CaseRequested question(String subject, Severity severity, String occurrence) {
        return question(subject, severity, occurrence, null);
    }

    CaseRequested question(String subject, Severity severity, String occurrence, Instant at) {
        return new CaseRequested(
                ASKING,
                subject,
                swarm,
                "BREAKER_BUDGET",
                severity,
                "How to go on?",
                List.of("RAISE_LIMIT", "RESET", "KEEP_STOPPED"),
                List.of(of("account:org")),
                occurrence,
                at);
    }

    /** Asks, and gives the case when it is there. */
    JsonNode opened(String subject) {
        return opened(subject, Severity.HIGH);
    }

    JsonNode opened(String subject, Severity severity) {
        emit(question(subject, severity, "1"));
        await().atMost(PATIENCE).until(() -> !about(subject).isEmpty());
        return about(subject).getFirst();
    }

    /** The swarm's cases about a subject. */
    List<JsonNode> about(String subject) {
        return list("?swarm=" + swarm).stream()
                .filter(found -> found.path("subject").asText().equals(subject))
                .toList();
    }

    List<JsonNode> list(String query) {
        return items(expect(200, api.get(CASES + query, operator)));
    }

    static List<JsonNode> items(JsonNode page) {
        return List.copyOf(page.path("items").valueStream().toList());
    }

    JsonNode read(String id) {
        return expect(200, api.get(CASES + "/" + id, operator));
    }

    Answer resolve(String id, String token, Object... body) {
        return api.post(CASES + "/" + id + "/resolve", json(body), token);
    }

    static JsonNode expect(int status, Answer answer) {
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(status);
        return answer.body();
    }
}
