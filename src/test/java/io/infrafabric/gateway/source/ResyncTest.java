package io.infrafabric.gateway.source;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import io.infrafabric.coordinator.Swarm;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** What GitHub's API lists becomes the same tasks as its deliveries. The API is scripted, its items are GitHub's examples. */
@QuarkusTest
@TestProfile(ResyncTest.Scripted.class)
class ResyncTest {
    /** What the script lists pull requests of, and no issues. */
    private static final String LATER = "-later";

    /** What is in the file {@code old}. */
    static final String OLD = "another token";

    /** Points the fabric at the script, and at a directory of secrets. */
    public static final class Scripted implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            try {
                HttpServer github = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
                github.createContext("/", exchange -> {
                    String token = exchange.getRequestHeaders().getFirst("Authorization");
                    byte[] answer = answer(exchange.getRequestURI()).getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders("Bearer api token".equals(token) ? 200 : 401, answer.length);
                    exchange.getResponseBody().write(answer);
                    exchange.close();
                });
                github.start();
                Path secrets = Files.createTempDirectory("secrets");
                Files.writeString(secrets.resolve("api"), "api token\n");
                Files.writeString(secrets.resolve("old"), OLD + "\n");
                return Map.of(
                        "s2.gateway.source-github-api",
                        "http://127.0.0.1:" + github.getAddress().getPort(),
                        "s2.gateway.source-secret-directories",
                        secrets.toString(),
                        "s2.gateway.source-per-minute",
                        "5");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static String answer(URI asked) {
            String[] path = asked.getPath().split("/", -1);
            if (path.length == 4) {
                ObjectNode repository =
                        (ObjectNode) Deliveries.example("issues", "opened").path("repository");
                return repository.put("name", path[3]).toString();
            }
            ArrayNode list = Deliveries.JSON.createArrayNode();
            boolean first = asked.getQuery().endsWith("&page=1");
            if (path[3].endsWith(LATER)) {
                if (path[4].equals("pulls")) {
                    list.add(merged(
                            "s2/gh.Codertocat." + path[3].substring(0, path[3].length() - LATER.length()) + ".101"));
                }
            } else if (path[4].equals("issues") && asked.getQuery().contains("labels=s2")) {
                // A full page, and one more.
                for (int i = first ? 1 : 101; i <= (first ? 100 : 101); i++) {
                    ObjectNode issue =
                            (ObjectNode) Deliveries.example("issues", "opened").path("issue");
                    issue.put("id", i)
                            .put("number", i)
                            .put("title", "Issue " + i)
                            .put("state", i == 2 ? "closed" : "open");
                    issue.putArray("labels").addObject().put("name", "s2");
                    list.add(issue);
                }
            }
            return list.toString();
        }

        /** As GitHub lists it: without {@code merged}. */
        private static ObjectNode merged(String branch) {
            ObjectNode pull =
                    (ObjectNode) Deliveries.example("pull_request", "closed").path("pull_request");
            pull.remove("merged");
            pull.put("merged_at", Instant.now().plusSeconds(60).toString());
            ((ObjectNode) pull.path("head")).put("ref", branch);
            return pull;
        }
    }

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Test
    void what_was_missed_is_read_once() {
        Swarm swarm = new Swarm(fabric, operator);
        swarm.enrol("anna");
        String source = "/gateway/sources/" + swarm.of("gh");
        String repository = "r" + swarm.of("").substring(1, 9);
        String wish = "{\"repository\": \"Codertocat/" + repository + "\"}";
        String put = "{\"kind\": \"github\", \"swarm\": \"" + swarm.id() + "\", \"secrets\": [\"s\"]";
        expect(swarm.api().put(source, put + "}", operator), 200);
        Answer without = swarm.api().post(source + "/resync", wish, operator);
        assertThat(without.status()).isEqualTo(400);
        assertThat(without.body().path("field").asText()).isEqualTo("apiToken");
        expect(swarm.api().put(source, put + ", \"apiToken\": \"file:old\"}", operator), 200);
        Answer refused = swarm.api().post(source + "/resync", wish, operator);
        assertThat(refused.status()).isEqualTo(502);
        assertThat(refused.code()).isEqualTo("IF_ERR_SOURCE_API");

        expect(swarm.api().put(source, put + ", \"apiToken\": \"file:api\"}", operator), 200);
        JsonNode read = expect(swarm.api().post(source + "/resync", wish, operator), 202);
        assertThat(read.toString()).isEqualTo("{\"read\":101,\"taken\":101}");
        await().atMost(Duration.ofSeconds(60))
                .until(() -> swarm.api()
                                .get("/coordinator/tasks/gh.Codertocat." + repository + ".101", operator)
                                .status()
                        == 200);
        assertThat(swarm.api()
                        .get("/coordinator/tasks/gh.Codertocat." + repository + ".2", operator)
                        .status())
                .as("closed, and never a task")
                .isEqualTo(404);
        assertThat(expect(swarm.api().post(source + "/resync", wish, operator), 202)
                        .toString())
                .isEqualTo("{\"read\":101,\"taken\":0}");

        String task = "gh.Codertocat." + repository + ".101";
        expect(swarm.claim("anna", "taskId", task), 201);
        String later = wish.replace(repository, repository + LATER);
        assertThat(expect(swarm.api().post(source + "/resync", later, operator), 202)
                        .toString())
                .isEqualTo("{\"read\":1,\"taken\":1}");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> expect(swarm.api().get("/coordinator/tasks/" + task, operator), 200)
                        .path("state")
                        .asText()
                        .equals("DONE"));
    }
}
