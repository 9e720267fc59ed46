package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.body;
import static io.infrafabric.coordinator.Swarm.expect;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.Transactions;
import io.infrafabric.chassis.WasmFile;
import io.infrafabric.coordinator.claim.HandedIn;
import io.infrafabric.event.ChassisEvent.CheckJudged;
import io.infrafabric.event.ChassisEvent.Verdict;
import io.infrafabric.event.Event;
import io.infrafabric.event.Trace;
import io.infrafabric.fabric.Api.Answer;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** A task of a swarm with a checker, whose verdicts a test gives itself. */
final class Checked {
    static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Swarm swarm;
    private final Transactions transactions;
    private final String name;
    private long epoch;

    Checked(Swarm swarm, Transactions transactions, String name) {
        this.swarm = swarm;
        this.transactions = transactions;
        this.name = JudgedByHand.PREFIX + "-" + name;
    }

    /** Task {@code t} of a new swarm with ann and bob, and the module that its checker is. */
    static Checked of(Swarm swarm, Transactions transactions) {
        swarm.enrol("ann");
        swarm.enrol("bob");
        upload(swarm, "module", "exit0");
        return new Checked(swarm, transactions, "t");
    }

    static void upload(Swarm swarm, String module, String file) {
        expect(swarm.api().put("/chassis/modules/" + swarm.of(module), WasmFile.bytes(file), swarm.operator()), 200);
    }

    String name() {
        return name;
    }

    long epoch() {
        return epoch;
    }

    Checked submit(String module, String... more) {
        String[] all = new String[more.length + 2];
        System.arraycopy(more, 0, all, 0, more.length);
        all[more.length] = "check";
        all[more.length + 1] = body("module", module);
        swarm.submit(name, all);
        return this;
    }

    Checked claimedBy(String session) {
        epoch = swarm.claims(session, name, "taskId", swarm.of(name));
        return this;
    }

    /** Completes the task with this JSON, and waits so long for the verdict. */
    Answer complete(String session, String result, int seconds, String... more) {
        String[] all = new String[more.length + 4];
        System.arraycopy(more, 0, all, 0, more.length);
        all[more.length] = "result";
        all[more.length + 1] = result;
        all[more.length + 2] = "waitSeconds";
        all[more.length + 3] = Integer.toString(seconds);
        return swarm.end(session, "complete", name, epoch, all);
    }

    /** Hands the result in, and waits for nothing. */
    JsonNode handIn(String session, String result, String... more) {
        return expect(complete(session, result, 0, more), 202);
    }

    /** Completes it and waits as long as a call may, while the test goes on; returns when it is handed in. */
    CompletableFuture<Answer> waiting(String session, String result, String... more) {
        CompletableFuture<Answer> answer =
                CompletableFuture.supplyAsync(() -> complete(session, result, 50, more), Thread::startVirtualThread);
        until("CHECKING");
        return answer;
    }

    /** The checker exits with this. */
    void exits(String result, int exitCode, String said) {
        judged(result, epoch, exitCode, null, said);
    }

    /** The checker is stopped. */
    void breaks(String result, String broken) {
        judged(result, epoch, null, broken, "so far");
    }

    void judged(String result, long itsEpoch, Integer exitCode, String broken, String said) {
        Verdict verdict = new Verdict("m", "0".repeat(64), "1".repeat(64), Instant.EPOCH, exitCode, 4711, broken);
        tell(new CheckJudged(swarm.of(name), swarm.id(), itsEpoch, HandedIn.hash(result), verdict, said));
    }

    void tell(Event event) {
        transactions
                .run(work -> {
                    work.emit(event, Trace.NONE);
                    return Uni.createFrom().voidItem();
                })
                .await()
                .atMost(PATIENCE);
    }

    JsonNode read() {
        return swarm.read(name);
    }

    Checked until(String state) {
        await().atMost(PATIENCE).until(() -> swarm.state(name), state::equals);
        return this;
    }

    /** The last step of its history. */
    JsonNode lastStep() {
        JsonNode history = read().path("history");
        return history.get(history.size() - 1);
    }

    JsonNode get(String path) {
        return expect(swarm.api().get(path, swarm.operator()), 200);
    }

    double spent(String session) {
        return get("/budget/accounts/session:" + swarm.of(session))
                .path("spentToday")
                .asDouble();
    }

    List<JsonNode> notices(String type) {
        JsonNode items = expect(swarm.api().get(swarm.session("ann") + "/inbox", swarm.token("ann")), 200)
                .path("items");
        return items.valueStream()
                .filter(item -> item.path("type").asText().equals(type))
                .toList();
    }

    List<JsonNode> cases() {
        return get("/escalation/cases?swarm=" + swarm.id())
                .path("items")
                .valueStream()
                .filter(one -> one.path("reason").asText().equals("CHECK_BROKEN"))
                .toList();
    }

    void rule(String option) {
        await().atMost(PATIENCE).until(() -> open().count() == 1);
        String id = open().findFirst().orElseThrow().path("id").asText();
        expect(
                swarm.api()
                        .post(
                                "/escalation/cases/" + id + "/resolve",
                                body("option", option, "note", "as the test says"),
                                swarm.operator()),
                200);
    }

    Stream<JsonNode> open() {
        return cases().stream().filter(one -> one.path("state").asText().equals("OPEN"));
    }

    int asked() {
        return query("SELECT max(asked) FROM coordinator_check WHERE task = $1")
                .iterator()
                .next()
                .getInteger(0);
    }

    /** Runs a statement about the task, {@code $1}. */
    RowSet<Row> query(String statement) {
        return transactions
                .run(work -> work.connection().preparedQuery(statement).execute(Tuple.of(swarm.of(name))))
                .await()
                .atMost(PATIENCE);
    }

    /** Returns when the coordinator has heard everything that was told before: a task of its own goes the same way. */
    void heard() {
        Checked last =
                new Checked(swarm, transactions, "last-" + Instant.now().toEpochMilli()).submit(swarm.of("module"));
        swarm.enrol("last");
        last.claimedBy("last").handIn("last", "[0]");
        last.exits("[0]", 0, null);
        last.until("DONE");
    }
}
