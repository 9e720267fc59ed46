package io.infrafabric.gateway.otlp;

import static io.infrafabric.coordinator.Swarm.expect;
import static io.infrafabric.gateway.otlp.Records.nanos;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.coordinator.Swarm;
import io.infrafabric.fabric.Api.Answer;
import io.vertx.mutiny.sqlclient.Pool;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A session that exports, and what became of it. */
record Exporter(URI fabric, Swarm swarm, Pool pool) {
    static final String LOGS = "/gateway/otlp/v1/logs";
    static final String JSON_TYPE = "application/json";
    static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Enrols the session. */
    static Exporter enrolled(URI fabric, Swarm swarm, Pool pool) {
        swarm.enrol("anna");
        return new Exporter(fabric, swarm, pool);
    }

    JsonNode taken(String body) {
        return expect(swarm.api().post(LOGS, body, swarm.token("anna")), 200);
    }

    HttpResponse<String> send(String path, byte[] body, String token, String type, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(fabric.resolve(path))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", type)
                .POST(BodyPublishers.ofByteArray(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return HTTP.send(request.build(), BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    long now(long seconds) {
        return nanos(pool.query("SELECT now() AS now")
                .execute()
                .await()
                .atMost(PATIENCE)
                .iterator()
                .next()
                .getOffsetDateTime("now")
                .toInstant()
                .plusSeconds(seconds));
    }

    private String account() {
        return "/budget/accounts/session:" + swarm.of("anna");
    }

    String spent() {
        Answer account = swarm.api().get(account(), swarm.token("anna"));
        return expect(account, 200)
                .path("spentToday")
                .decimalValue()
                .stripTrailingZeros()
                .toPlainString();
    }

    List<JsonNode> entries(String kind) {
        List<JsonNode> found = new ArrayList<>();
        expect(swarm.api().get(account() + "/entries?limit=500", swarm.token("anna")), 200)
                .path("items")
                .forEach(entry -> {
                    if (entry.path("kind").asText().equals(kind)) {
                        found.add(entry);
                    }
                });
        return found;
    }

    List<String> drawn(String task) {
        return entries("DRAW").stream()
                .filter(entry -> entry.path("taskId").asText().equals(swarm.of(task)))
                .map(entry -> entry.path("amount").asText() + " at "
                        + entry.path("epoch").asLong())
                .toList();
    }

    List<JsonNode> exports() {
        List<JsonNode> found = new ArrayList<>();
        expect(swarm.api().get(account() + "/exports", swarm.token("anna")), 200)
                .path("items")
                .forEach(found::add);
        return found;
    }
}
