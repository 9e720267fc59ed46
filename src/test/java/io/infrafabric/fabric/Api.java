package io.infrafabric.fabric;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executors;

/**
 * A client of the REST API at one address. Calls block, so give each concurrent caller a (virtual) thread. An instance may
 * be shared by any number of threads. If the application runs in this JVM, every answer is held against its OpenAPI document
 * ({@link Described}).
 */
public final class Api {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration TIMEOUT = Duration.ofSeconds(65);
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();

    private final String url;
    private final Described described = Described.application();

    /** For the fabric at this address, {@code http://host:port}. */
    public Api(String url) {
        this.url = url;
    }

    /**
     * What came back.
     *
     * @param body the JSON; a text node if it is something else, a missing node if it is empty
     */
    public record Answer(int status, JsonNode body, HttpHeaders headers) {

        /** The {@code code} of a problem, or an empty text. */
        public String code() {
            return body.path("code").asText("");
        }
    }

    /** Calls GET. */
    public Answer get(String path, String token, String... headers) {
        return call("GET", path, null, token, headers);
    }

    /** Calls POST; {@code body} is JSON text, an object to be written as JSON, bytes of a module, or null for no body. */
    public Answer post(String path, Object body, String token, String... headers) {
        return call("POST", path, body, token, headers);
    }

    /** Calls PUT; {@code body} as in {@link #post}. */
    public Answer put(String path, Object body, String token, String... headers) {
        return call("PUT", path, body, token, headers);
    }

    /** Calls PATCH; {@code body} as in {@link #post}. */
    public Answer patch(String path, Object body, String token, String... headers) {
        return call("PATCH", path, body, token, headers);
    }

    /** Calls DELETE. */
    public Answer delete(String path, String token, String... headers) {
        return call("DELETE", path, null, token, headers);
    }

    /**
     * Calls.
     *
     * @param token bearer token, or null for none
     * @param headers names and values in turn
     * @throws NoAnswer if the connection failed, broke, or took too long; whether the call had an effect is unknown
     */
    public Answer call(String method, String path, Object body, String token, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(url + path)).timeout(TIMEOUT);
        if (body == null) {
            request.method(method, HttpRequest.BodyPublishers.noBody());
        } else if (body instanceof byte[] module) {
            request.method(method, HttpRequest.BodyPublishers.ofByteArray(module))
                    .header("Content-Type", "application/wasm");
        } else {
            request.method(method, HttpRequest.BodyPublishers.ofString(text(body)))
                    .header("Content-Type", "application/json");
        }
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            HttpResponse<String> response =
                    HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            if (described != null) {
                described.check(
                        method,
                        path,
                        body == null || body instanceof byte[] ? null : text(body),
                        response.statusCode(),
                        response.headers().firstValue("Content-Type").orElse(null),
                        response.body());
            }
            return new Answer(response.statusCode(), json(response.body()), response.headers());
        } catch (IOException e) {
            throw new NoAnswer(method + " " + url + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NoAnswer(method + " " + url + path, e);
        }
    }

    /** The connection failed, broke, or took too long. */
    public static final class NoAnswer extends RuntimeException {

        private static final long serialVersionUID = 1;

        NoAnswer(String call, Exception cause) {
            super(call + ": " + cause, cause);
        }
    }

    private static String text(Object body) {
        try {
            return body instanceof String json ? json : JSON.writeValueAsString(body);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static JsonNode json(String body) {
        if (body.isEmpty()) {
            return MissingNode.getInstance();
        }
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            return TextNode.valueOf(body);
        }
    }
}
