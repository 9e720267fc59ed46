package io.infrafabric.coordinator;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.Transactions;
import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A swarm of one test's own, over HTTP: its sessions with their tokens, and the calls that tests make again and again. Names
 * are made unique by a suffix, since all tests share one fabric.
 */
public final class Swarm {
    private static final ExecutorService THREADS = Executors.newVirtualThreadPerTaskExecutor();

    private final Api api;
    private final String operator;
    private final String suffix = "-" + UUID.randomUUID();
    private final Map<String, String> tokens = new HashMap<>();

    public Swarm(URI fabric, String operator) {
        this.api = new Api(fabric.toString().replaceAll("/$", ""));
        this.operator = operator;
    }

    public Api api() {
        return api;
    }

    /** The swarm's id. */
    public String id() {
        return "swarm" + suffix;
    }

    /** This name, unique to the test. */
    public String of(String name) {
        return name + suffix;
    }

    public String operator() {
        return operator;
    }

    /** The token of a session by its name in the test. */
    public String token(String name) {
        return tokens.get(name);
    }

    /** Enrols a session, with these further members, and gets its token. */
    public JsonNode enrol(String name, String... more) {
        Answer enrolled = api.put(session(name), body(with(more, "swarm", id())), operator);
        expect(enrolled, 200);
        tokens.put(
                name,
                expect(api.post(session(name) + "/tokens", "{}", operator), 201)
                        .path("token")
                        .asText());
        return enrolled.body();
    }

    /** Runs this while the row of a task is locked: a batch with that task waits, and so do all further ones. */
    void whileLocked(Transactions transactions, String task, Runnable meanwhile) throws Exception {
        CountDownLatch locked = new CountDownLatch(1);
        CompletableFuture<Void> release = new CompletableFuture<>();
        CompletableFuture<Void> holder = transactions
                .run(work -> work.connection()
                        .preparedQuery("SELECT id FROM coordinator_task WHERE id = $1 FOR UPDATE")
                        .execute(Tuple.of(of(task)))
                        .invoke(locked::countDown)
                        .chain(() -> Uni.createFrom().completionStage(release))
                        .replaceWithVoid())
                .subscribeAsCompletionStage();
        locked.await();
        try {
            meanwhile.run();
        } finally {
            release.complete(null);
        }
        holder.get();
    }

    /** From now on the session uses this token. */
    void use(String name, String token) {
        tokens.put(name, token);
    }

    public String session(String name) {
        return "/coordinator/sessions/" + of(name);
    }

    public String task(String name) {
        return "/coordinator/tasks/" + of(name);
    }

    /** JSON of a task, with these further members. */
    String taskBody(String name, String... more) {
        return body(with(more, "id", of(name), "swarm", id(), "title", "Title of " + name));
    }

    /** Submits a task as the operator. */
    public JsonNode submit(String name, String... more) {
        return expect(api.post("/coordinator/tasks", taskBody(name, more), operator), 201);
    }

    public JsonNode read(String name) {
        return expect(api.get(task(name), operator), 200);
    }

    public String state(String name) {
        return read(name).path("state").asText();
    }

    /** Claims; members of the body in turn. */
    public Answer claim(String session, String... wish) {
        return api.post(session(session) + "/claims", body(wish), token(session));
    }

    /** Claims and must get this task; gives its epoch. */
    public long claims(String session, String task, String... wish) {
        JsonNode granted = expect(claim(session, wish), 201);
        if (!granted.path("task").path("id").asText().equals(of(task))) {
            throw new AssertionError("expected " + task + ", but got " + granted);
        }
        return granted.path("lease").path("epoch").asLong();
    }

    /** The same, while the test goes on. */
    public CompletableFuture<Answer> claimLater(String session, String... wish) {
        return CompletableFuture.supplyAsync(() -> claim(session, wish), THREADS);
    }

    public Answer end(String session, String how, String task, long epoch, String... more) {
        return api.post(task(task) + "/" + how, body(with(more, "epoch", Long.toString(epoch))), token(session));
    }

    public Answer operate(String how, String task, String... body) {
        return api.post(task(task) + "/" + how, body(body), operator);
    }

    /** The body of an answer with this status. */
    public static JsonNode expect(Answer answer, int status) {
        if (answer.status() != status) {
            throw new AssertionError("expected " + status + ", but got " + answer.status() + " " + answer.body());
        }
        return answer.body();
    }

    /** JSON of names and values in turn; what looks like a number, list, object, truth or null stays as it is. */
    public static String body(String... members) {
        StringBuilder json = new StringBuilder("{");
        for (int i = 0; i < members.length; i += 2) {
            String value = members[i + 1];
            boolean bare = value.matches("-?[0-9]+(\\.[0-9]+)?|\\[.*]|\\{.*}|true|false|null|\".*\"");
            json.append(i == 0 ? "" : ",")
                    .append('"')
                    .append(members[i])
                    .append("\":")
                    .append(bare ? value : '"' + value + '"');
        }
        return json.append('}').toString();
    }

    /** A JSON list of names, each unique to the test. */
    String list(String... names) {
        StringBuilder json = new StringBuilder("[");
        for (String name : names) {
            json.append(json.length() == 1 ? "" : ",")
                    .append('"')
                    .append(of(name))
                    .append('"');
        }
        return json.append(']').toString();
    }

    private static String[] with(String[] more, String... first) {
        String[] all = new String[first.length + more.length];
        System.arraycopy(first, 0, all, 0, first.length);
        System.arraycopy(more, 0, all, first.length, more.length);
        return all;
    }
}
