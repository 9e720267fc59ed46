package io.infrafabric.escalation;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.infrafabric.launch.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A receiver of webhooks that answers as it is told to. */
final class Receiver implements AutoCloseable {

    /** How one request is answered. */
    interface Answer {
        void to(HttpExchange exchange, String body) throws IOException;
    }

    /** What came; header names in lower case. */
    record Request(String path, String body, Map<String, List<String>> headers) {
        String id() {
            return headers.get("webhook-id").getFirst();
        }
    }

    final List<Request> requests = new CopyOnWriteArrayList<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final int port;
    private volatile Answer answer;
    private HttpServer server;

    private Receiver(int port, Answer answer) {
        this.port = port;
        this.answer = answer;
    }

    static Receiver open(Answer answer) {
        Receiver receiver = closed(answer);
        receiver.start();
        return receiver;
    }

    /** One that is not there yet: its port is closed. */
    static Receiver closed(Answer answer) {
        return new Receiver(FreePort.find(), answer);
    }

    void start() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    private void handle(HttpExchange exchange) throws IOException {
        Map<String, List<String>> headers = new HashMap<>();
        exchange.getRequestHeaders().forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values));
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        requests.add(new Request(exchange.getRequestURI().toString(), body, headers));
        try (exchange) {
            answer.to(exchange, body);
        }
    }

    void answers(Answer next) {
        answer = next;
    }

    String url() {
        return "http://127.0.0.1:" + port + "/hook?a=b";
    }

    static Answer status(int status, String... headers) {
        return (exchange, body) -> {
            for (int i = 0; i < headers.length; i += 2) {
                exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
            }
            exchange.sendResponseHeaders(status, -1);
        };
    }

    static Answer text(int status, String text) {
        return (exchange, body) -> {
            byte[] answer = text.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, answer.length);
            exchange.getResponseBody().write(answer);
        };
    }

    @Override
    public void close() {
        if (server != null) {
            server.stop(0);
        }
        threads.shutdownNow();
    }
}
