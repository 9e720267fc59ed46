package io.infrafabric.sample;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;

/**
 * The public REST API as one caller sees it. Blocks, so it belongs on virtual threads. It repeats calls to a server
 * that is away (no connection, no answer in time, 503, 429), so everything the play sends may be sent twice.
 */
final class Api {
    static final ObjectMapper JSON = new ObjectMapper();

    private static final int MAX_TRIES = 6;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);
    private static final int SHOWN_OF_A_BODY = 300;

    private final HttpClient client;
    private final URI base;
    private final String token;

    Api(HttpClient client, URI base, String token) {
        this.client = client;
        this.base = base;
        this.token = token;
    }

    /** The same API with another caller's token. */
    Api as(String otherToken) {
        return new Api(client, base, otherToken);
    }

    /**
     * An answer, and when it came by {@link System#nanoTime()}.
     *
     * @param body missing if the answer had none
     * @param sentAt when the answered request was sent; the last one, if it was repeated
     */
    record Answer(String call, int status, JsonNode body, long sentAt, long answeredAt) {

        /** The problem's code, or an empty text. */
        String code() {
            return body.path("code").asText();
        }

        /** This answer, if it has one of these statuses. */
        Answer expect(int... statuses) {
            for (int expected : statuses) {
                if (status == expected) {
                    return this;
                }
            }
            throw unexpected();
        }

        /** The member at this JSON pointer. */
        JsonNode at(String pointer) {
            JsonNode found = body.at(pointer);
            if (found.isMissingNode() || found.isNull()) {
                throw unexpected();
            }
            return found;
        }

        Unexpected unexpected() {
            String shown = body.toString();
            return new Unexpected("%s answered %d %s"
                    .formatted(call, status, shown.substring(0, Math.min(shown.length(), SHOWN_OF_A_BODY))));
        }
    }

    /** The API gave an answer outside the contract, or none. The play ends and shows the message. */
    static final class Unexpected extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Unexpected(String message) {
            super(message, null, false, false);
        }
    }

    /** What is sent. */
    private record Content(String type, BodyPublisher bytes) {
        private static final Content NONE = new Content(null, BodyPublishers.noBody());

        private static Content of(ObjectNode json) {
            return new Content("application/json", BodyPublishers.ofString(json.toString()));
        }
    }

    Answer get(String path) throws InterruptedException {
        return call("GET", path, Content.NONE, Duration.ZERO);
    }

    Answer delete(String path) throws InterruptedException {
        return call("DELETE", path, Content.NONE, Duration.ZERO);
    }

    Answer put(String path, ObjectNode body) throws InterruptedException {
        return call("PUT", path, Content.of(body), Duration.ZERO);
    }

    Answer put(String path, String type, byte[] body) throws InterruptedException {
        return call("PUT", path, new Content(type, BodyPublishers.ofByteArray(body)), Duration.ZERO);
    }

    Answer post(String path, ObjectNode body) throws InterruptedException {
        return call("POST", path, Content.of(body), Duration.ZERO);
    }

    /** A call that the server may take up to {@code wait} to answer. */
    Answer postAndWait(String path, ObjectNode body, Duration wait) throws InterruptedException {
        return call("POST", path, Content.of(body), wait);
    }

    /**
     * A call that is sent once, whatever comes of it.
     *
     * @param headers names and values in turn
     */
    Answer once(String path, ObjectNode body, List<String> headers) throws InterruptedException {
        HttpRequest.Builder request = request("POST", path, Content.of(body), Duration.ZERO);
        for (int i = 0; i < headers.size(); i += 2) {
            request.header(headers.get(i), headers.get(i + 1));
        }
        try {
            return send("POST " + path, request.build());
        } catch (IOException e) {
            throw new Unexpected("POST " + path + " had no answer: " + e);
        }
    }

    private Answer send(String call, HttpRequest request) throws IOException, InterruptedException {
        long sentAt = System.nanoTime();
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        return new Answer(call, response.statusCode(), read(response.body()), sentAt, System.nanoTime());
    }

    private Answer call(String method, String path, Content content, Duration wait) throws InterruptedException {
        String call = method + " " + path;
        HttpRequest request = request(method, path, content, wait).build();
        Duration pause = FIRST_PAUSE;
        for (int tries = 1; ; tries++) {
            String trouble;
            try {
                Answer answer = send(call, request);
                if (answer.status() != 503 && answer.status() != 429) {
                    return answer;
                }
                trouble = answer.unexpected().getMessage();
            } catch (IOException e) {
                trouble = call + " had no answer: " + e;
            }
            if (tries == MAX_TRIES) {
                throw new Unexpected(trouble + " (" + MAX_TRIES + " tries)");
            }
            Thread.sleep(pause);
            pause = pause.multipliedBy(2);
        }
    }

    private HttpRequest.Builder request(String method, String path, Content content, Duration wait) {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path))
                .timeout(ANSWER_WITHIN.plus(wait))
                .header("Authorization", "Bearer " + token)
                .header("Accept", "application/json");
        if (content.type() != null) {
            request.header("Content-Type", content.type());
        }
        return request.method(method, content.bytes());
    }

    private static JsonNode read(String body) {
        if (body.isBlank()) {
            return MissingNode.getInstance();
        }
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException _) {
            return JSON.getNodeFactory().textNode(body);
        }
    }
}
