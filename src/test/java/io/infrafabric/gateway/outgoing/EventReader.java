package io.infrafabric.gateway.outgoing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A reader of an event stream, as the HTML standard says: an event counts when the empty line after it is there. */
public final class EventReader implements AutoCloseable {
    /** An event as it came. */
    public record Came(String id, String event, String data) {}

    private final List<Came> events = new CopyOnWriteArrayList<>();
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final HttpResponse<java.io.InputStream> response;
    private final Thread thread;
    private final AtomicInteger comments = new AtomicInteger();

    /** Opens the stream; {@code after} may be {@code null}. */
    public EventReader(URI address, String token, String after) {
        HttpRequest.Builder call = HttpRequest.newBuilder(address)
                .header("Authorization", "Bearer " + token)
                .header("Accept", "text/event-stream");
        if (after != null) {
            call.header("Last-Event-ID", after);
        }
        try {
            response = http.send(call.build(), HttpResponse.BodyHandlers.ofInputStream());
        } catch (IOException | InterruptedException broken) {
            throw new IllegalStateException(broken);
        }
        thread = Thread.ofVirtual().start(this::read);
    }

    private void read() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            String id = null;
            String event = null;
            StringBuilder data = new StringBuilder();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(":")) {
                    comments.incrementAndGet();
                } else if (line.startsWith("id: ")) {
                    id = line.substring(4);
                } else if (line.startsWith("event: ")) {
                    event = line.substring(7);
                } else if (line.startsWith("data: ")) {
                    data.append(line.substring(6));
                } else if (line.isEmpty() && !data.isEmpty()) {
                    events.add(new Came(id, event, data.toString()));
                    event = null;
                    data.setLength(0);
                }
            }
        } catch (IOException | UncheckedIOException cut) {
            // What was not complete does not count.
        }
    }

    /** All that came so far. */
    public List<Came> events() {
        return events;
    }

    /** Signs of life so far. */
    public int comments() {
        return comments.get();
    }

    public HttpResponse<?> head() {
        return response;
    }

    /** Whether the stream has ended. */
    public boolean isOver() {
        return !thread.isAlive();
    }

    /** Cuts the connection, wherever it is. */
    @Override
    public void close() {
        http.shutdownNow();
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
