package io.infrafabric.bench;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;

/**
 * A provider of models on this machine, in the words of Anthropic's API: it answers at once, or with a stream of events at
 * even intervals. Each event says when it was sent.
 */
final class ModelServer implements AutoCloseable {
    /** Of a stream whose request names no other number. */
    static final int EVENTS = 50;

    private static final String ANSWER = new JsonObject()
            .put("id", "msg_bench")
            .put("type", "message")
            .put("role", "assistant")
            .put("model", "claude-bench")
            .put("content", new io.vertx.core.json.JsonArray()
                    .add(new JsonObject().put("type", "text").put("text", "Done.")))
            .put("stop_reason", "end_turn")
            .put("usage", new JsonObject().put("input_tokens", 100).put("output_tokens", 20))
            .encode();

    private final Vertx vertx;
    private final HttpServer server;

    ModelServer(Vertx vertx) {
        this.vertx = vertx;
        this.server = Ground.await(
                vertx.createHttpServer().requestHandler(this::answer).listen(0, "127.0.0.1"));
    }

    String url() {
        return "http://127.0.0.1:" + server.actualPort();
    }

    /** What asks for an answer at once. */
    static JsonObject plain() {
        return new JsonObject()
                .put("model", "claude-bench")
                .put("max_tokens", 100)
                .put("messages", new io.vertx.core.json.JsonArray()
                        .add(new JsonObject().put("role", "user").put("content", "Count the birds.")));
    }

    /** What asks for a stream of so many events, so many milliseconds apart. */
    static JsonObject stream(int events, long millis) {
        return plain().put("stream", true).put("metadata", new JsonObject().put("events", events).put("millis", millis));
    }

    private void answer(HttpServerRequest request) {
        request.body().onSuccess(body -> {
            JsonObject asked = body.toJsonObject();
            if (asked.getBoolean("stream", false)) {
                JsonObject how = asked.getJsonObject("metadata");
                HttpServerResponse response =
                        request.response().setChunked(true).putHeader("Content-Type", "text/event-stream");
                response.write("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\"claude-bench\","
                        + "\"usage\":{\"input_tokens\":100,\"output_tokens\":1}}}\n\n");
                send(response, how.getInteger("events"), how.getLong("millis"));
            } else {
                request.response().putHeader("Content-Type", "application/json").end(ANSWER);
            }
        });
    }

    private void send(HttpServerResponse response, int left, long millis) {
        if (response.closed()) {
            return;
        }
        if (left == 0) {
            response.end("""
                    event: message_delta
                    data: {"type":"message_delta","usage":{"output_tokens":20}}

                    event: message_stop
                    data: {"type":"message_stop"}

                    """);
            return;
        }
        response.write("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"sent\":" + System.nanoTime() + "}\n\n");
        vertx.setTimer(millis, timer -> send(response, left - 1, millis));
    }

    @Override
    public void close() {
        Ground.await(server.close());
    }
}
