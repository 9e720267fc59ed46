package io.infrafabric.sample;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * As much of the coordinator's REST contract as the sample uses, in memory, over real HTTP. It is honest but not always
 * at its best: the first batch meets a 503, one claim a session that seems full, and each tenth answer is slow. What
 * else it does wrong is set by its fields before it is used.
 */
final class FakeCoordinator implements AutoCloseable {
    static final String OPERATOR = "operator-token";
    private static final long SLOW_MILLIS = 20;
    private static final int EACH = 10;
    private static final int KEPT = 5;

    private static final class Task {
        private final String id;
        private final List<String> dependsOn = new ArrayList<>();
        private final String priority;
        private String assignee;
        private String state = "QUEUED";
        private String holder;
        private long epoch;
        private long leaseUntil;
        private boolean grantedTwice;
        private final boolean checked;

        private Task(JsonNode body) {
            id = body.required("id").asText();
            priority = body.required("priority").asText();
            assignee = body.path("assignee").asText(null);
            checked = body.has("check");
            body.required("dependsOn").forEach(dependency -> dependsOn.add(dependency.asText()));
        }
    }

    /** What it answers. */
    private record Reply(int status, ObjectNode body) {}

    /** Swarms that are there already, and how many of their tasks are done. */
    final Map<String, Integer> swarms = new ConcurrentHashMap<>();
    /** Grants this task to a second session while the first holds it, and takes both completions. */
    volatile String grantsTwice = "";
    /** Never grants this task. */
    volatile String hides = "";
    /** Steals whatever is to be had when it is idle. */
    volatile String steals = "";
    /** Whether it forwards calls to providers on this machine. */
    volatile boolean forwards = true;
    /** Answers the batch with an error that the contract does not know. */
    volatile boolean breaksOnBatch;

    final TreeSet<String> left = new TreeSet<>();
    final List<String> completions = new ArrayList<>();
    /** What was said about blockers, in turn. */
    final List<String> helped = new ArrayList<>();

    final TreeSet<String> limited = new TreeSet<>();
    private final Map<String, JsonNode> votes = new LinkedHashMap<>();
    private final Map<String, Task> tasks = new LinkedHashMap<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicInteger answers = new AtomicInteger();
    private final HttpServer server;
    private boolean refusedABatch;
    private boolean seemedFull;
    private int waitedInVain;

    FakeCoordinator() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/coordinator/", this::serve);
        server.createContext("/budget/", this::serve);
        server.createContext("/rescue/", this::serve);
        server.createContext("/stealing/", this::serve);
        server.createContext("/consensus/", this::serve);
        server.createContext("/dissent/", this::serve);
        server.createContext("/chassis/", this::serve);
        server.createContext("/bulkhead/", this::serve);
        server.start();
    }

    URI base() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] sent = exchange.getRequestBody().readAllBytes();
            boolean module =
                    "application/wasm".equals(exchange.getRequestHeaders().getFirst("Content-Type"));
            JsonNode body = module ? Api.JSON.getNodeFactory().binaryNode(sent) : Api.JSON.readTree(sent);
            String token =
                    exchange.getRequestHeaders().getFirst("Authorization").replace("Bearer ", "");
            String[] path = exchange.getRequestURI().getPath().split("/");
            Reply reply = answer(exchange.getRequestMethod(), path, token, body);
            if (answers.incrementAndGet() % EACH == 0) {
                Thread.sleep(SLOW_MILLIS);
            }
            if (reply.body() == null) {
                exchange.sendResponseHeaders(reply.status(), -1);
                return;
            }
            byte[] bytes = Api.JSON.writeValueAsBytes(reply.body());
            exchange.sendResponseHeaders(reply.status(), bytes.length);
            exchange.getResponseBody().write(bytes);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** Session 2 of the same play can do everything but plan. */
    private static ObjectNode raised(JsonNode body, String token) {
        ObjectNode raised = json().put("id", "b1");
        var rescuers = raised.putArray("rescuers");
        if (!body.required("domains").get(0).asText().equals("planning")) {
            rescuers.addObject()
                    .put("session", "session-2-webrtc" + token.replaceFirst("token-of-session-\\d-[a-z0-9]+", ""));
        }
        return raised;
    }

    private synchronized Reply answer(String method, String[] path, String token, JsonNode body)
            throws InterruptedException, IOException {
        String call = method + " " + path[2] + (path.length > 4 ? " " + path[4] : "");
        boolean batch = path.length > 3 && path[3].equals("batch");
        return switch (call) {
            case "GET swarms" -> swarms.containsKey(path[3]) ? overview(path[3]) : problem(404, "IF_ERR_UNKNOWN_SWARM");
            case "PUT accounts" -> {
                limited.add(path[3]);
                yield operator(token, new Reply(200, json()));
            }
            case "POST blockers" -> new Reply(201, raised(body, token));
            case "POST blockers accept", "POST blockers resolve", "POST blockers withdraw" -> {
                helped.add(path[4]);
                yield new Reply(200, json());
            }
            case "PUT modules" -> operator(token, new Reply(200, json().put("size", body.binaryValue().length)));
            case "PUT swarms" -> operator(token, new Reply(200, json()));
            case "POST sessions" -> operator(token, enrol(body));
            case "DELETE sessions" -> {
                left.add(path[3]);
                yield operator(token, new Reply(204, null));
            }
            case "POST tasks" -> operator(token, batch ? submitBatch(body) : submit(body));
            case "POST sessions claims" -> token.equals("token-of-" + path[3]) ? claim(path[3], body) : forbidden();
            case "POST sessions idle" -> token.equals("token-of-" + path[3]) ? idle(path[3]) : forbidden();
            case "POST tasks complete", "POST tasks fail" -> end(path[3], path[4], token, body);
            case "POST decisions" ->
                operator(
                        token,
                        new Reply(201, json().put("id", body.required("id").asText())));
            case "POST decisions votes" -> {
                votes.put(token, body);
                yield new Reply(201, json());
            }
            case "PUT providers" ->
                operator(token, forwards ? new Reply(200, json()) : problem(400, "IF_ERR_INVALID_ARGUMENT"));
            case "DELETE providers" -> operator(token, new Reply(204, null));
            case "POST providers call" -> forwarded(path[3]);
            case "GET memos" -> operator(token, memo());
            default -> problem(404, "IF_ERR_NO_SUCH_CALL");
        };
    }

    /** As if the second provider had died half way: two calls wait in vain, and the breaker opens. */
    private Reply forwarded(String provider) {
        if (!provider.endsWith("-2") || completions.size() < 28) {
            return new Reply(200, json().put("content", "Done."));
        }
        return ++waitedInVain <= 2 ? problem(504, "IF_ERR_PROVIDER_TIMEOUT") : problem(503, "IF_ERR_PROVIDER_OPEN");
    }

    private Reply overview(String swarm) {
        ObjectNode overview = json();
        overview.putObject("tasks").put("DONE", swarms.get(swarm));
        return new Reply(200, overview);
    }

    private Reply memo() {
        ObjectNode memo = json().put("outcome", "APPROVED");
        memo.putObject("consensus")
                .put(
                        "approvals",
                        votes.values().stream()
                                .filter(vote -> vote.path("vote").asText().equals("approve"))
                                .count())
                .put("totalVotes", votes.size());
        votes.values().stream()
                .filter(vote -> vote.path("vote").asText().equals("reject"))
                .forEach(vote -> memo.withArray("dissentingViews").add(vote));
        return votes.size() < 7 ? problem(404, "IF_ERR_MEMO_PENDING") : new Reply(200, memo);
    }

    private Reply enrol(JsonNode body) {
        ObjectNode answer = json();
        ObjectNode tokens = answer.putObject("tokens");
        for (JsonNode session : body.required("sessions")) {
            String id = session.required("id").asText();
            tokens.putObject(id).put("token", "token-of-" + id);
        }
        return new Reply(201, answer);
    }

    private Reply submitBatch(JsonNode body) {
        if (breaksOnBatch) {
            return problem(500, "IF_ERR_INTERNAL");
        }
        if (!refusedABatch) {
            refusedABatch = true;
            return problem(503, "IF_ERR_UNAVAILABLE");
        }
        body.required("tasks").forEach(this::submit);
        return new Reply(201, json());
    }

    private Reply submit(JsonNode body) {
        Task task = new Task(body);
        tasks.putIfAbsent(task.id, task);
        notifyAll();
        return new Reply(201, json().put("id", task.id));
    }

    private Reply claim(String session, JsonNode body) throws InterruptedException {
        if (!seemedFull && !tasks.isEmpty()) {
            seemedFull = true;
            return problem(409, "IF_ERR_SESSION_FULL");
        }
        long until = System.nanoTime() + body.path("waitSeconds").asLong() * 1_000_000_000;
        for (; ; ) {
            long now = System.nanoTime();
            Optional<Task> found = tasks.values().stream()
                    .filter(task -> !body.has("taskId")
                            || task.id.equals(body.path("taskId").asText()))
                    .filter(task -> claimable(task, session, now))
                    .min(Comparator.comparing(task -> task.priority));
            if (found.isPresent()) {
                return grant(
                        found.get(),
                        session,
                        now + body.required("leaseSeconds").asLong() * 1_000_000_000);
            }
            long wake = tasks.values().stream()
                    .filter(task -> task.state.equals("CLAIMED"))
                    .mapToLong(task -> task.leaseUntil)
                    .min()
                    .orElse(until);
            if (now >= until) {
                return new Reply(204, null);
            }
            wait(Math.max(1, (Math.min(wake, until) - now) / 1_000_000 + 1));
        }
    }

    /** One session can do everything, the others nothing. */
    private Reply idle(String session) {
        if (!session.equals(steals)) {
            return new Reply(204, null);
        }
        Optional<Task> found = tasks.values().stream()
                .filter(task -> task.state.equals("QUEUED") && task.assignee != null && queued(task.assignee) > KEPT)
                .max(Comparator.comparingLong(task -> queued(task.assignee)));
        found.ifPresent(task -> task.assignee = session);
        return found.map(task -> grant(task, session, Long.MAX_VALUE)).orElse(new Reply(204, null));
    }

    private long queued(String session) {
        return tasks.values().stream()
                .filter(task -> task.state.equals("QUEUED") && session.equals(task.assignee))
                .count();
    }

    private boolean claimable(Task task, String session, long now) {
        if (task.id.equals(hides)
                || (task.assignee != null && !task.assignee.equals(session))
                || !task.dependsOn.stream().allMatch(id -> tasks.get(id).state.equals("DONE"))) {
            return false;
        }
        if (task.id.equals(grantsTwice)
                && task.state.equals("CLAIMED")
                && !task.grantedTwice
                && !session.equals(task.holder)) {
            task.grantedTwice = true;
            return true;
        }
        return task.state.equals("QUEUED") || (task.state.equals("CLAIMED") && task.leaseUntil <= now);
    }

    private Reply grant(Task task, String session, long leaseUntil) {
        task.state = "CLAIMED";
        task.holder = session;
        task.leaseUntil = leaseUntil;
        task.epoch++;
        ObjectNode answer = json();
        answer.putObject("task").put("id", task.id).put("state", "CLAIMED");
        answer.putObject("lease").put("epoch", task.epoch);
        return new Reply(201, answer);
    }

    private Reply end(String id, String how, String token, JsonNode body) {
        Task task = tasks.get(id);
        boolean held = task.state.equals("CLAIMED")
                && task.epoch == body.required("epoch").asLong()
                && token.equals("token-of-" + task.holder);
        if (!held && !task.grantedTwice) {
            return problem(409, "IF_ERR_STALE_EPOCH");
        }
        if (task.checked && !body.at("/result").has("pages")) {
            ObjectNode refused = json().put("code", "IF_ERR_CHECK_REFUSED").put("said", "lacks the pages");
            return new Reply(422, refused);
        }
        task.state = how.equals("complete") ? "DONE" : "QUEUED";
        if (how.equals("complete")) {
            completions.add(id);
        }
        notifyAll();
        return new Reply(200, json().put("id", id).put("state", task.state));
    }

    private static Reply operator(String token, Reply reply) {
        return token.equals(OPERATOR) ? reply : forbidden();
    }

    private static Reply forbidden() {
        return problem(403, "IF_ERR_FORBIDDEN");
    }

    private static Reply problem(int status, String code) {
        return new Reply(status, json().put("code", code));
    }

    private static ObjectNode json() {
        return Api.JSON.createObjectNode();
    }
}
