package io.infrafabric.gateway.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;

/**
 * Tells a client that gave a progress token that its call is still under way. The first report turns the answer into a stream of
 * events; a call that is answered before stays plain JSON. Everything here runs on the call's own event loop.
 */
final class Progressing {
    private static final String EVENTS = "text/event-stream";

    private final HttpServerResponse response;
    private final Vertx vertx;
    private final JsonNode token;
    private final Duration every;
    private long timer = -1;
    private long reports;

    /** @param token what the client gave; missing for none */
    Progressing(RoutingContext request, JsonNode token, Duration every) {
        this.response = request.response();
        this.vertx = request.vertx();
        String accept = request.request().getHeader(HttpHeaders.ACCEPT);
        boolean streams = accept == null || accept.contains(EVENTS) || accept.contains("*/*");
        this.token = streams && (token.isTextual() || token.isNumber()) ? token : null;
        this.every = every;
    }

    void begin() {
        if (token != null) {
            timer = vertx.setPeriodic(every.toMillis(), _ -> report());
        }
    }

    private void report() {
        if (response.closed() || response.ended()) {
            end();
            return;
        }
        if (!response.headWritten()) {
            response.setStatusCode(200)
                    .setChunked(true)
                    .putHeader(HttpHeaders.CONTENT_TYPE, EVENTS)
                    .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
                    .putHeader("X-Accel-Buffering", "no");
        }
        reports++;
        var _ = response.write(event(Wording.progress(token, reports * every.toSeconds())));
    }

    void end() {
        if (timer >= 0) {
            vertx.cancelTimer(timer);
            timer = -1;
        }
    }

    /** The answer as what is still to be written: the last event of a stream, or all of a plain answer. */
    String last(JsonNode answer) {
        return reports > 0 ? event(answer) : answer.toString();
    }

    private static String event(JsonNode message) {
        return "event: message\ndata: " + message + "\n\n";
    }
}
