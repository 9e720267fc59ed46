package io.infrafabric.bench;

import io.infrafabric.fabric.FabricProcess;
import io.infrafabric.fabric.Tokens;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A process of the fabric with the JVM settings of production, and a client of its REST API. */
final class Fabric implements AutoCloseable {
    /**
     * Undoes the flags with which {@link FabricProcess} spares the cores of the tests, but for the collector, which is that
     * of the images and of {@code ./s2}; this variable comes after them.
     */
    private static final String JVM = "-XX:TieredStopAtLevel=4 -Xmx1g -Xss1m";

    /** Where tasks are submitted. */
    static final String TASKS = "/coordinator/tasks";

    private static final int ENROL_AT_ONCE = 500;

    private final FabricProcess process;
    private final HttpClient http;
    private final String operator;

    /** An enrolled session. */
    record Session(String id, String token) {}

    /** What came back; {@code body} is empty if there is none. */
    record Answer(int status, JsonObject body) {}

    private Fabric(FabricProcess process, HttpClient http, String operator) {
        this.process = process;
        this.http = http;
        this.operator = operator;
    }

    /** What the processes of one installation share. */
    static Tokens tokens() {
        return Tokens.make(Path.of("target", "bench"));
    }

    /** Starts one, and waits until it is ready. */
    static Fabric start(
            Vertx vertx, String name, Ground ground, Tokens tokens, int connections, Map<String, String> more) {
        return start(
                vertx, FabricProcess.launch("bench-" + name, settings(ground, tokens, more)), tokens, connections);
    }

    /** The same of the build in this directory. */
    static Fabric start(Vertx vertx, String name, Path build, Ground ground, Tokens tokens, int connections) {
        return start(
                vertx,
                FabricProcess.launch("bench-" + name, build, settings(ground, tokens, Map.of())),
                tokens,
                connections);
    }

    private static Map<String, String> settings(Ground ground, Tokens tokens, Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(ground.environment());
        settings.putAll(tokens.settings());
        settings.put("_JAVA_OPTIONS", JVM);
        settings.putAll(more);
        return settings;
    }

    private static Fabric start(Vertx vertx, FabricProcess process, Tokens tokens, int connections) {
        process.awaitReady();
        URI address = URI.create(process.url());
        HttpClient http = vertx.createHttpClient(new HttpClientOptions()
                .setDefaultHost(address.getHost())
                .setDefaultPort(address.getPort())
                .setMaxPoolSize(connections)
                .setTcpNoDelay(true)
                .setKeepAlive(true)
                .setKeepAliveTimeout(120));
        return new Fabric(process, http, tokens.operatorToken());
    }

    /** Its process. */
    FabricProcess process() {
        return process;
    }

    /** The operator's token. */
    String operator() {
        return operator;
    }

    /** Calls as the operator. */
    Future<Answer> operate(String path, JsonObject body) {
        return post(path, operator, body);
    }

    /** Puts as the operator. */
    Future<Answer> put(String path, JsonObject body) {
        return send(HttpMethod.PUT, path, operator, body);
    }

    /** Deletes as the operator. */
    Future<Answer> delete(String path) {
        return send(HttpMethod.DELETE, path, operator, new JsonObject());
    }

    /** Calls. */
    Future<Answer> post(String path, String token, JsonObject body) {
        return send(HttpMethod.POST, path, token, body);
    }

    private Future<Answer> send(HttpMethod method, String path, String token, JsonObject body) {
        Buffer sent = body.toBuffer();
        // In one step: an answer that comes before its reader is there would be lost.
        return http.request(method, path).compose(request -> request.putHeader("Authorization", "Bearer " + token)
                .putHeader("Content-Type", "application/json")
                .send(sent)
                .compose(response -> response.body()
                        .map(answer -> new Answer(
                                response.statusCode(),
                                answer.length() == 0 ? new JsonObject() : answer.toJsonObject()))));
    }

    /** Reads as the operator. */
    Future<JsonObject> look(String path) {
        return http.request(HttpMethod.GET, path).compose(request -> request.putHeader(
                        "Authorization", "Bearer " + operator)
                .send()
                .compose(response -> response.body().map(Buffer::toJsonObject)));
    }

    /** Opens the stream of this session's inbox; what comes by it, until it ends. */
    Future<Void> listen(Session session, Consumer<String> text) {
        return http.request(HttpMethod.GET, "/gateway/listen").compose(request -> request.putHeader(
                        "Authorization", "Bearer " + session.token())
                .send()
                .compose(response -> {
                    response.handler(part -> text.accept(part.toString()));
                    return response.end();
                }));
    }

    /** Makes a swarm of so many sessions. */
    List<Session> enrol(String swarm, int count) {
        List<Session> sessions = new ArrayList<>(count);
        for (int from = 0; from < count; from += ENROL_AT_ONCE) {
            JsonArray wishes = new JsonArray();
            for (int i = from; i < Math.min(count, from + ENROL_AT_ONCE); i++) {
                wishes.add(new JsonObject().put("id", swarm + "-" + i).put("swarm", swarm));
            }
            JsonObject body = new JsonObject().put("sessions", wishes).put("tokens", true);
            JsonObject tokens = Ground.await(operate("/coordinator/sessions/batch", body)
                            .map(answer -> expect(answer, 201)))
                    .body()
                    .getJsonObject("tokens");
            tokens.forEach(entry ->
                    sessions.add(new Session(entry.getKey(), ((JsonObject) entry.getValue()).getString("token"))));
        }
        return sessions;
    }

    /** Submits a task to that swarm. */
    Future<Answer> submit(String swarm) {
        return operate(TASKS, new JsonObject().put("swarm", swarm).put("title", "bench"))
                .map(answer -> expect(answer, 201));
    }

    /** Claims whatever there is; 201 or, when the time is up, 204. */
    Future<Answer> claim(Session session, int waitSeconds) {
        return post(
                claims(session),
                session.token(),
                new JsonObject().put("waitSeconds", waitSeconds));
    }

    /** Completes what a claim gave. */
    Future<Answer> complete(Session session, Answer claimed) {
        return post(completion(expect(claimed, 201)), session.token(), epochOf(claimed))
                .map(answer -> expect(answer, 200));
    }

    /** Where this session claims. */
    static String claims(Session session) {
        return "/coordinator/sessions/" + session.id() + "/claims";
    }

    /** Where what a claim gave is completed. */
    static String completion(Answer claimed) {
        return TASKS + "/" + claimed.body().getJsonObject("task").getString("id") + "/complete";
    }

    /** What a completion says. */
    static JsonObject epochOf(Answer claimed) {
        return new JsonObject()
                .put("epoch", claimed.body().getJsonObject("lease").getLong("epoch"));
    }

    /** This answer, if it has that status. */
    static Answer expect(Answer answer, int status) {
        if (answer.status() != status) {
            throw new IllegalStateException("Expected " + status + ", got " + answer);
        }
        return answer;
    }

    @Override
    public void close() {
        Ground.await(http.close());
        process.close();
    }
}
