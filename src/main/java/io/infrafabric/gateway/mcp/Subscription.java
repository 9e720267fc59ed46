package io.infrafabric.gateway.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.infrafabric.coordinator.session.SessionInbox.Item;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.List;

/**
 * An open {@code subscriptions/listen}: a stream that says when {@code s2://inbox} has something new. It carries no notice, so a
 * client that was away for a while misses nothing: what is in the inbox is said once at the start, and the client reads it. The
 * stream ends with its client. One that does not read what is sent to it is ended, too, and may subscribe again.
 */
final class Subscription {
    static final String INBOX = "s2://inbox";

    private static final String EVENTS = "text/event-stream";
    private static final String ID = "io.modelcontextprotocol/subscriptionId";
    private static final String WISHES = "resourceSubscriptions";
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final RoutingContext request;
    private final HttpServerResponse response;
    private final JsonNode id;
    private final boolean inbox;

    /** @param wishes what the client asks to be told of; all but the inbox never changes, so it is left out of what is promised */
    Subscription(RoutingContext request, JsonNode id, JsonNode wishes) {
        this.request = request;
        this.response = request.response();
        this.id = id;
        this.inbox = wishes.path(WISHES).valueStream().anyMatch(uri -> INBOX.equals(uri.textValue()));
    }

    /** Whether the client takes a stream. */
    boolean streams() {
        String accept = request.request().getHeader(HttpHeaders.ACCEPT);
        return accept == null || accept.contains(EVENTS) || accept.contains("*/*");
    }

    /** Writes the stream; answers with its last event when it ends. */
    Uni<String> told(Multi<List<Item>> notices) {
        return Uni.createFrom().emitter(end -> {
            response.setStatusCode(200)
                    .setChunked(true)
                    .putHeader(HttpHeaders.CONTENT_TYPE, EVENTS)
                    .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
                    .putHeader("X-Accel-Buffering", "no");
            write(event(acknowledged()));
            var heard = notices.subscribe()
                    .with(
                            items -> {
                                if (response.writeQueueFull()) {
                                    end.complete(last());
                                } else {
                                    write(items.isEmpty() || !inbox ? ":\n\n" : event(updated()));
                                }
                            },
                            failure -> end.complete(last()),
                            () -> end.complete(last()));
            end.onTermination(heard::cancel);
            request.addEndHandler(_ -> heard.cancel());
        });
    }

    private void write(String text) {
        if (!response.closed() && !response.ended()) {
            var _ = response.write(text);
        }
    }

    private ObjectNode acknowledged() {
        ObjectNode message = notification("notifications/subscriptions/acknowledged");
        ObjectNode promised = ((ObjectNode) message.get("params")).putObject("notifications");
        if (inbox) {
            promised.putArray(WISHES).add(INBOX);
        }
        return message;
    }

    private ObjectNode updated() {
        ObjectNode message = notification("notifications/resources/updated");
        ((ObjectNode) message.get("params")).put("uri", INBOX);
        return message;
    }

    private ObjectNode notification(String method) {
        ObjectNode message = JSON.objectNode().put("jsonrpc", "2.0").put("method", method);
        message.putObject("params").putObject("_meta").set(ID, id);
        return message;
    }

    private String last() {
        ObjectNode result = JSON.objectNode();
        result.putObject("_meta").set(ID, id);
        return event(Wording.answer(id, Era.STATELESS, result));
    }

    private static String event(JsonNode message) {
        return "event: message\ndata: " + message + "\n\n";
    }
}
