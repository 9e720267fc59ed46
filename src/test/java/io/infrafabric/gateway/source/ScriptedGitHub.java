package io.infrafabric.gateway.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import io.quarkus.test.junit.QuarkusTestProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;

/**
 * Points the fabric at a server that answers like GitHub's API, with GitHub's examples, and at a directory of secrets. The bounds of
 * sources are small.
 */
public final class ScriptedGitHub implements QuarkusTestProfile {
    /** A source's {@code apiToken} that the server takes. */
    public static final String API_TOKEN = "file:api";

    /** How the name of a repository ends of which no issues are listed, but all that comes after them. */
    static final String LATER = "-later";

    /** For how many seconds a claim is left alone that a closed issue would cancel. */
    static final int CANCEL_AFTER = 2;

    /** What is in the file {@code old}. */
    static final String OLD = "another token";

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
