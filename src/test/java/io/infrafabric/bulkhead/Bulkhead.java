package io.infrafabric.bulkhead;

import static io.infrafabric.coordinator.Swarm.expect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.coordinator.Swarm;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** A swarm with one session, and providers of its own, for tests of calls. */
public final class Bulkhead {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final URI fabric;
    private final Swarm swarm;
    private final String operator;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(30))
            .build();

    public Bulkhead(URI fabric, String operator) {
        this.fabric = fabric;
        this.operator = operator;
        this.swarm = new Swarm(fabric, operator);
        swarm.enrol("ann");
    }

    public Swarm swarm() {
        return swarm;
    }

    public String token() {
        return swarm.token("ann");
    }

    public URI fabric() {
        return fabric;
    }

    /** Makes a provider; {@code members} are JSON after the address and the dialect, each with a comma before it. */
    public JsonNode provider(String name, String url, String members) {
        return expect(
                swarm.api()
                        .put(path(name), "{\"baseUrl\":\"" + url + "\",\"dialect\":\"none\"" + members + "}", operator),
                200);
    }

    public JsonNode provider(String name, Origin origin, String members) {
        return provider(name, origin.url(), members);
    }

    public String path(String name) {
        return "/bulkhead/providers/" + swarm.of(name);
    }

    /** The path of a call. */
    public String call(String name, String path) {
        return path(name) + "/call" + path;
    }

    public HttpRequest.Builder request(String name, String path) {
        return HttpRequest.newBuilder(fabric.resolve(call(name, path)))
                .timeout(Duration.ofSeconds(60))
                .header("x-api-key", token());
    }

    /** Calls POST with JSON. */
    public HttpResponse<String> post(String name, String path, String body, String... headers)
            throws IOException, InterruptedException {
        return post(name, path, body, BodyHandlers.ofString(), headers);
    }

    public <T> HttpResponse<T> post(String name, String path, String body, BodyHandler<T> as, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = request(name, path)
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), as);
    }

    public <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> as) throws IOException, InterruptedException {
        return http.send(request, as);
    }

    public <T> CompletableFuture<HttpResponse<T>> sendLater(HttpRequest request, BodyHandler<T> as) {
        return http.sendAsync(request, as);
    }

    /** Begins a call; the answer's body is to be read. */
    public HttpResponse<InputStream> open(String name, String path, String body, String... headers)
            throws IOException, InterruptedException {
        return post(name, path, body, BodyHandlers.ofInputStream(), headers);
    }

    /** The head of a call for {@link Client}, up to the headers of its body. */
    public String head(String method, String name, String path) {
        return method + " " + call(name, path) + " HTTP/1.1\r\nHost: fabric\r\nAuthorization: Bearer " + token()
                + "\r\n";
    }

    public static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException no) {
            throw new AssertionError(text, no);
        }
    }

    public static String code(HttpResponse<String> answer) {
        return json(answer.body()).path("code").asText();
    }
}
