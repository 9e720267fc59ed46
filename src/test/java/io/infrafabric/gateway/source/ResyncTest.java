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
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
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
    /** What the script lists no issues of, but all that comes after them. */
    private static final String LATER = "-later";

    /** For how many seconds a claim is left alone that a closed issue would cancel. */
    static final int CANCEL_AFTER = 2;

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
                        "5",
                        "s2.gateway.source-cancel-after",
                        CANCEL_AFTER + "s");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static String answer(URI asked) {
            String[] path = asked.getPath().split("/", 5);
            boolean later = path[3].endsWith(LATER);
            String base = later ? path[3].substring(0, path[3].length() - LATER.length()) : path[3];
            if (path.length == 4) {
                ObjectNode repository =
                        (ObjectNode) Deliveries.example("issues", "opened").path("repository");
                return repository.put("name", base).toString();
            }
            String task = "gh.Codertocat." + base + ".";
            ArrayNode list = Deliveries.JSON.createArrayNode();
            switch (path[4]) {
                case "issues" -> {
                    if (!later && asked.getQuery().contains("labels=s2")) {
                        issues(list, asked.getQuery().endsWith("&page=1"));
                    }
                }
                case "pulls" -> {
                    if (later) {
                        list.add(merged("s2/" + task + "101"));
                    }
                }
                case "issues/comments" -> {
                    if (later) {
                        list.add(comment(1, 3, "/s2 cancel", "NONE"));
                        list.add(comment(2, 4, "/s2 cancel", "MEMBER"));
                    }
                }
                case "git/matching-refs/heads/s2/" -> {
                    if (later) {
                        list.addObject()
                                .put("ref", "refs/heads/s2/" + task + "5")
                                .putObject("object")
                                .put("sha", "abc");
                    }
                }
                case "actions/runs" -> {
                    if (later) {
                        list.add(failed("workflow_run", "s2/" + task + "6"));
                    }
                    return wrapped("workflow_runs", list);
                }
                case "commits/abc/check-suites" -> {
                    list.add(failed("check_suite", "s2/" + task + "5"));
                    list.add(failed("check_suite", "main"));
                    return wrapped("check_suites", list);
                }
                default -> throw new IllegalArgumentException(asked.toString());
            }
            return list.toString();
        }

        private static String wrapped(String member, ArrayNode list) {
            ObjectNode answer = Deliveries.JSON.createObjectNode();
            answer.put("total_count", list.size()).set(member, list);
            return answer.toString();
        }

        /** A full page, and one more. */
        private static void issues(ArrayNode list, boolean first) {
            for (int i = first ? 1 : 101; i <= (first ? 100 : 101); i++) {
                ObjectNode issue =
                        (ObjectNode) Deliveries.example("issues", "opened").path("issue");
                issue.put("id", i).put("number", i).put("title", "Issue " + i).put("state", i == 2 ? "closed" : "open");
                issue.putArray("labels").addObject().put("name", "s2");
                list.add(issue);
            }
        }

        private static ObjectNode comment(int id, int issue, String text, String role) {
            ObjectNode comment =
                    (ObjectNode) Deliveries.example("issue_comment", "created").path("comment");
            return comment.put("id", id)
                    .put("issue_url", "https://api.github.com/repos/o/r/issues/" + issue)
                    .put("body", text)
                    .put("author_association", role)
                    .put("created_at", Instant.now().toString());
        }

        /** Made a minute from now: after any claim of the test. */
        private static JsonNode failed(String kind, String branch) {
            ObjectNode run = (ObjectNode) Deliveries.example(kind, "completed").path(kind);
            run.remove("head_repository");
            return run.put("conclusion", "failure")
                    .put("head_branch", branch)
                    .put("created_at", Instant.now().plusSeconds(60).toString());
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

    @Inject
    Pool pool;

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

        String task = "gh.Codertocat." + repository + ".";
        for (String number : new String[] {"5", "6", "101"}) {
            expect(swarm.claim("anna", "taskId", task + number), 201);
        }
        String later = wish.replace(repository, repository + LATER);
        assertThat(expect(swarm.api().post(source + "/resync", later, operator), 202)
                        .toString())
                .as("one comment is of somebody who may not command, one suite of a branch that names no task")
                .isEqualTo("{\"read\":5,\"taken\":4}");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> task(swarm, task + "101").path("state").asText().equals("DONE"));
        for (String number : new String[] {"5", "6"}) {
            JsonNode failed = task(swarm, task + number);
            assertThat(failed.path("attempts").asInt()).isEqualTo(1);
            assertThat(failed.path("error").asText()).contains("failed: https://");
        }
        assertThat(task(swarm, task + "4").path("state").asText()).isEqualTo("CANCELLED");
        assertThat(task(swarm, task + "3").path("state").asText()).isEqualTo("QUEUED");

        expect(swarm.api().post("/coordinator/tasks/" + task + "4/retry", "{\"reason\": \"again\"}", operator), 200);
        assertThat(expect(swarm.api().post(source + "/resync", later, operator), 202)
                        .path("taken")
                        .asInt())
                .isZero();
        assertThat(task(swarm, task + "4").path("state").asText()).isEqualTo("QUEUED");
        assertThat(expect(swarm.api().get("/coordinator/audit?limit=100", operator), 200)
                        .toString())
                .contains(source.substring(source.lastIndexOf('/') + 1) + "/resync");
    }

    private JsonNode task(Swarm swarm, String id) {
        return expect(swarm.api().get("/coordinator/tasks/" + id, operator), 200);
    }

    @Test
    void a_comment_that_was_delivered_is_not_read_again() {
        Swarm swarm = new Swarm(fabric, operator);
        String name = swarm.of("gh");
        String repository = "r" + swarm.of("").substring(1, 9);
        expect(
                swarm.api()
                        .put(
                                "/gateway/sources/" + name,
                                "{\"kind\": \"github\", \"swarm\": \"" + swarm.id()
                                        + "\", \"secrets\": [\"s\"], \"apiToken\": \"file:api\"}",
                                operator),
                200);
        ObjectNode comment = (ObjectNode) Deliveries.example("issue_comment", "created");
        ((ObjectNode) comment.path("comment"))
                .put("id", 2)
                .put("body", "/s2 cancel")
                .put("author_association", "MEMBER");
        deliver(name, comment.toString().replace("Codertocat", "with a \\u0000"));
        deliver(name, comment.toString());
        String wish = "{\"repository\": \"Codertocat/" + repository + LATER + "\"}";
        assertThat(expect(swarm.api().post("/gateway/sources/" + name + "/resync", wish, operator), 202)
                        .path("taken")
                        .asInt())
                .as("two failures and a merge; not the comment")
                .isEqualTo(3);
    }

    /** As the door stores it. */
    private void deliver(String source, String body) {
        Object stored = ReceivedTable.store(
                        pool,
                        source,
                        new SourceProof.Genuine("key-" + body.hashCode(), null, "issue_comment", null),
                        body,
                        body.length(),
                        1000)
                .await()
                .atMost(Duration.ofSeconds(30));
        assertThat(stored).isNotNull();
    }
}
