package io.infrafabric.gateway.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Reads lists from GitHub's REST API, page by page. */
@ApplicationScoped
class GitHubList {
    private static final int PAGE = 100;
    private static final int OK = 200;

    private final HttpClient http;
    private final ObjectMapper json;
    private final SourceConfig config;

    GitHubList(Vertx vertx, ObjectMapper json, SourceConfig config) {
        this.http = vertx.createHttpClient();
        this.json = json;
        this.config = config;
    }

    /** What is at this path; a {@link Problem} says how GitHub answered otherwise. */
    Uni<JsonNode> read(String path, String token) {
        RequestOptions request = new RequestOptions()
                .setMethod(HttpMethod.GET)
                .setAbsoluteURI(config.sourceGithubApi() + path)
                .setTimeout(config.sourceApiTimeout().toMillis())
                .putHeader("accept", "application/vnd.github+json")
                .putHeader("user-agent", "s2-fabric")
                .putHeader("authorization", "Bearer " + token);
        return Uni.createFrom()
                .<JsonNode>emitter(waiter -> http.request(request)
                        .compose(call -> call.send())
                        .compose(answer -> answer.body().map(body -> read(path, answer.statusCode(), body)))
                        .onSuccess(waiter::complete)
                        .onFailure(waiter::fail))
                .onFailure(failure -> !(failure instanceof Problem))
                .transform(failure -> failed(path, String.valueOf(failure.getMessage())))
                .ifNoItem()
                .after(config.sourceApiTimeout())
                .failWith(() -> failed(path, "no answer within " + config.sourceApiTimeout()));
    }

    private JsonNode read(String path, int status, Buffer body) {
        if (status != OK) {
            throw failed(path, "status " + status);
        }
        try {
            return json.readTree(body.getBytes());
        } catch (IOException _) {
            throw failed(path, "an answer that is no JSON");
        }
    }

    private static Problem failed(String path, String how) {
        return Problem.of(Code.IF_ERR_SOURCE_API, "GitHub answered GET " + path + " with " + how + ".");
    }

    /** All items of a list, up to the limit of pages. The path has a query, if an empty one. */
    Uni<List<JsonNode>> all(String path, String token) {
        return all(path, token, null, 1, new ArrayList<>());
    }

    /** The same for a list that is in this member of the answer. */
    Uni<List<JsonNode>> all(String path, String token, String member) {
        return all(path, token, member, 1, new ArrayList<>());
    }

    private Uni<List<JsonNode>> all(String path, String token, String member, int page, List<JsonNode> items) {
        String and = path.endsWith("?") ? "" : "&";
        return read(path + and + "per_page=" + PAGE + "&page=" + page, token).chain(answer -> {
            JsonNode list = member == null ? answer : answer.path(member);
            list.forEach(items::add);
            return list.size() < PAGE || page >= config.sourceResyncPages()
                    ? Uni.createFrom().item(items)
                    : all(path, token, member, page + 1, items);
        });
    }
}
