package io.infrafabric.sample;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * The calls that the sessions make to models, through bulkhead. They are simulated: three small providers on this machine
 * stand for real ones. Half way one of them stops answering, as a provider does that is overloaded. The work goes on without
 * its answers; what is shown is what that did to calls of the other two.
 */
final class ModelCalls {
    private static final int PROVIDERS = 3;
    private static final int DIES = 1;
    private static final byte[] ANSWER = "{\"content\":\"Done.\"}".getBytes(StandardCharsets.UTF_8);

    private final Board board;
    private final Api operator;
    private final BooleanSupplier halfWay;
    private final List<Call> calls = new ArrayList<>();
    private final AtomicInteger next = new AtomicInteger();
    private final CountDownLatch over = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer server;
    /** Why there are none, or nothing. */
    private volatile String leftOut;

    /** An answer, and whether the one provider had stopped answering before the call was sent. */
    private record Call(int provider, boolean late, int status, String code, long nanos) {
        private boolean answered() {
            return status == 200;
        }
    }

    private ModelCalls(Board board, Api operator, BooleanSupplier halfWay, HttpServer server) {
        this.board = board;
        this.operator = operator;
        this.halfWay = halfWay;
        this.server = server;
    }

    /** Starts the providers and tells the fabric of them. Where it does not let calls go to this machine, there will be none. */
    static ModelCalls open(Board board, Api operator, BooleanSupplier halfWay) throws InterruptedException {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            ModelCalls calls = new ModelCalls(board, operator, halfWay, server);
            server.setExecutor(calls.threads);
            server.createContext("/", calls::answer);
            server.start();
            calls.register();
            return calls;
        } catch (IOException e) {
            throw new UncheckedIOException("No provider can listen on this machine", e);
        }
    }

    private void register() throws InterruptedException {
        for (int provider = 0; provider < PROVIDERS && leftOut == null; provider++) {
            ObjectNode body = Api.JSON
                    .createObjectNode()
                    .put(
                            "baseUrl",
                            "http://127.0.0.1:%d/%d"
                                    .formatted(server.getAddress().getPort(), provider))
                    .put("dialect", "none");
            body.putObject("timeouts").put("firstByte", 1);
            body.putObject("breaker").put("minCalls", 2);
            Api.Answer put = operator.put("/bulkhead/providers/" + name(provider), body);
            if (put.status() >= 400) {
                leftOut = put.code().isEmpty() ? Integer.toString(put.status()) : put.code();
            }
        }
    }

    private String name(int provider) {
        return board.swarm() + "-model-" + (provider + 1);
    }

    /** The providers themselves: the path says which one. */
    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            if (exchange.getRequestURI().getPath().startsWith("/" + DIES + "/") && halfWay.getAsBoolean()) {
                over.await();
            }
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, ANSWER.length);
            exchange.getResponseBody().write(ANSWER);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** One call about what the session holds. Whatever comes of it, the session goes on. */
    void ask(Api session, Tally.Claim claim) throws InterruptedException {
        if (leftOut != null) {
            return;
        }
        int provider = next.getAndIncrement() % PROVIDERS;
        boolean late = halfWay.getAsBoolean();
        Api.Answer answer = session.once(
                "/bulkhead/providers/" + name(provider) + "/call/v1/messages",
                Api.JSON.createObjectNode().put("model", "simulated").put("prompt", claim.task()),
                List.of("S2-Task", claim.task(), "S2-Epoch", Long.toString(claim.epoch())));
        synchronized (calls) {
            calls.add(new Call(provider, late, answer.status(), answer.code(), answer.answeredAt() - answer.sentAt()));
        }
    }

    /** What came of them, in a few lines. */
    List<String> lines() {
        if (leftOut != null) {
            return List.of(
                    "  Its calls to models are left out: this fabric does not forward calls to this machine (%s)."
                            .formatted(leftOut));
        }
        Predicate<Call> dead = call -> call.provider() == DIES;
        return List.of(
                "  Its calls to models, through bulkhead to three simulated providers; half way one stopped answering:",
                "    calls to the other two: %d of %d answered, p50 %s before that, %s after it"
                        .formatted(
                                count(dead.negate().and(Call::answered)),
                                count(dead.negate()),
                                median(dead.negate().and(call -> !call.late())),
                                median(dead.negate().and(Call::late))),
                "    calls to that one: %d answered before; after it %d waited 1 s in vain, %d were refused at once"
                        .formatted(
                                count(dead.and(Call::answered)),
                                count(dead.and(call -> call.code().equals("IF_ERR_PROVIDER_TIMEOUT"))),
                                count(dead.and(call -> call.code().equals("IF_ERR_PROVIDER_OPEN")))));
    }

    private long count(Predicate<Call> which) {
        synchronized (calls) {
            return calls.stream().filter(which).count();
        }
    }

    private String median(Predicate<Call> which) {
        synchronized (calls) {
            Quantiles times = new Quantiles(calls.stream()
                    .filter(which.and(Call::answered))
                    .map(Call::nanos)
                    .toList());
            return times.count() == 0 ? "(none)" : "%.1f ms".formatted(times.at(50) / 1e6);
        }
    }

    /** Ends the providers, and the fabric forgets them. */
    void end() throws InterruptedException {
        over.countDown();
        server.stop(0);
        threads.shutdownNow();
        for (int provider = 0; provider < PROVIDERS && leftOut == null; provider++) {
            operator.delete("/bulkhead/providers/" + name(provider));
        }
    }
}
