package io.infrafabric.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bench.Fabric.Session;
import io.infrafabric.budget.AccountTree;
import io.infrafabric.bus.Transactions;
import io.infrafabric.coordinator.transaction.ClaimTransaction;
import io.infrafabric.coordinator.claim.Claiming;
import io.infrafabric.coordinator.claim.Ending;
import io.infrafabric.coordinator.transaction.LeaseTransaction;
import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.task.Submission;
import io.infrafabric.coordinator.task.Submission.NewTask;
import io.infrafabric.coordinator.transaction.SubmitTransaction;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.Task.Dispatch;
import io.infrafabric.coordinator.task.Task.Limits;
import io.infrafabric.coordinator.task.Task.Requirements;
import io.infrafabric.coordinator.task.Task.Specification;
import io.infrafabric.command.Once.Asked;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Submit, claim and complete, 64 calls in flight: at the Java API in this process, and over HTTP at another one. */
@Tag("bench")
@QuarkusTest
@TestProfile(FlowBench.OnBenchServers.class)
class FlowBench {
    private static final String SWARM = "flow";
    private static final Duration LEASE = Duration.ofMinutes(5);
    private static final String OURS = "ours, Java API";
    private static final String OURS_HTTP = "ours, over HTTP";
    private static final String FLOOR = "floor: three single-row commits";

    /** The application in this process, on the servers of the run. */
    public static final class OnBenchServers implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Ground.fresh("flow", 2).configuration();
        }
    }

    @Inject
    SubmitTransaction submits;

    @Inject
    ClaimTransaction claims;

    @Inject
    LeaseTransaction leases;

    @Inject
    AccountTree accounts;

    @Inject
    Transactions transactions;

    @Inject
    Pool pool;

    @Inject
    Vertx vertx;

    @Test
    void flow() {
        // Clients on event loops of their own, as other processes would be.
        Vertx clients = Vertx.vertx();
        Report.section("flow");
        Report.say("Submit + claim + complete, " + Lanes.IN_FLIGHT + " calls in flight, " + Sizes.BENCH_TASKS.get()
                + " tasks, median of " + Sizes.BENCH_ROUNDS.get() + " rounds, all in turn. To hold: at least 3 x"
                + " graphile-worker. Aim: above BullMQ, which keeps nothing in PostgreSQL.");
        try (Floor floor = new Floor(clients, Ground.fresh("floor", 0), 20);
                Fabric http = Fabric.start(
                        clients, "flow", Ground.fresh("flow_http", 3), Fabric.tokens(), Lanes.IN_FLIGHT, Map.of())) {
            enrolHere();
            List<Session> sessions = http.enrol(SWARM, Lanes.IN_FLIGHT);
            Map<String, DoubleSupplier> ours = new LinkedHashMap<>();
            ours.put(FLOOR, () -> Lanes.run(clients, Sizes.BENCH_TASKS.get(), lane -> floor.flow()));
            ours.put(OURS, () -> Lanes.run(vertx, Sizes.BENCH_TASKS.get(), this::flowHere));
            ours.put(
                    OURS_HTTP,
                    () -> Lanes.run(clients, Sizes.BENCH_TASKS.get(), lane -> http.submit(SWARM)
                            .compose(submitted -> http.claim(sessions.get(lane), 10))
                            .compose(claimed -> http.complete(sessions.get(lane), claimed))));
            // Not counted: the code is compiled, as in a process that has run for a while, and the connections are there.
            int warmUps = Math.max(1, Sizes.BENCH_WARM_FLOW.get() / Sizes.BENCH_TASKS.get());
            for (int i = 0; i < warmUps; i++) {
                ours.values().forEach(run -> assertThat(run.getAsDouble()).isPositive());
            }
            Map<String, List<Double>> rates = new LinkedHashMap<>();
            Map<String, String> pickups = new LinkedHashMap<>();
            Optional<Peers> peers = Sizes.BENCH_PEERS.get() > 0 ? Peers.install(Ground.fresh("peers", 0)) : Optional.empty();
            for (int round = 0; round < Sizes.BENCH_ROUNDS.get(); round++) {
                ours.forEach((kind, run) -> note(rates, kind, run.getAsDouble()));
                peers.ifPresent(present -> List.of("graphile", "graphile-batched", "bullmq")
                        .forEach(peer -> present.measure(peer, Sizes.BENCH_TASKS.get())
                                .ifPresent(found -> note(rates, pickups, peer, found))));
            }
            report(rates, pickups);
            assertDone();
        } finally {
            Ground.await(clients.close());
        }
    }

    private void enrolHere() {
        Map<String, String> swarms = new HashMap<>();
        IntStream.range(0, Lanes.IN_FLIGHT).forEach(n -> swarms.put(SWARM + "-" + n, SWARM));
        transactions
                .run(work -> accounts.open(work, swarms))
                .chain(() -> pool.query("INSERT INTO coordinator_swarm (id) VALUES ('" + SWARM + "')")
                        .execute())
                .chain(() -> pool.query("INSERT INTO coordinator_session"
                                + " (id, swarm, domains, tools, max_tasks, heartbeat_seconds, state)"
                                + " SELECT '" + SWARM + "-' || n, '" + SWARM + "', '{}', '{}', 3, 3600, 'LIVE'"
                                + " FROM generate_series(0, " + (Lanes.IN_FLIGHT - 1) + ") n")
                        .execute())
                .await()
                .atMost(Duration.ofSeconds(10));
    }

    private Future<?> flowHere(int lane) {
        String session = SWARM + "-" + lane;
        String id = UUID.randomUUID().toString();
        Specification specification = new Specification(
                id,
                SWARM,
                "bench",
                new Requirements(List.of(), List.of(), List.of()),
                new Dispatch(Priority.P2, null, null, List.of(), null),
                Map.of(),
                null,
                new Limits(3, null, null),
                null);
        NewTask task = new NewTask(specification, List.of(), List.of(), null, null, id);
        Uni<Task> done = submits.submit(new Submission.Submit("bench", List.of(task), false), Keep.nothing())
                .chain(submitted -> claim(session))
                .chain(claimed ->
                        leases.end(new Ending.Complete(claimed.id(), session, claimed.epoch(), null, null), Keep.nothing()))
                .map(reply -> reply instanceof Reply.Now<Ending.Answer>(Ending.Answer.Ended(Task ended, _)) ? ended : null)
                .onItem()
                .ifNull()
                .failWith(() -> new IllegalStateException("A task was not completed"));
        return Future.fromCompletionStage(done.subscribeAsCompletionStage());
    }

    /** Each lane has submitted a task before, so there is one for it, unless others have it locked just now. */
    private Uni<Task> claim(String session) {
        return claims.claim(new Asked<>(new Claiming.Claim(session, null, null, LEASE), Keep.nothing())).chain(reply -> switch (reply) {
            case Reply.Now<Claiming.Answer>(Claiming.Answer.Granted(Task task, _, _)) -> Uni.createFrom().item(task);
            case Reply.Now<Claiming.Answer>(Claiming.Answer.Nothing ignored) -> claim(session);
            default -> Uni.createFrom().failure(new IllegalStateException("A claim was answered " + reply));
        });
    }

    private static void note(Map<String, List<Double>> rates, String kind, double rate) {
        rates.computeIfAbsent(kind, ignored -> new ArrayList<>()).add(rate);
    }

    private static void note(
            Map<String, List<Double>> rates, Map<String, String> pickups, String peer, JsonObject found) {
        note(rates, peer, found.getDouble("flow/s"));
        JsonObject pickup = found.getJsonObject("pickup");
        pickups.put(peer, pickup.getString("p50") + " / " + pickup.getString("p99"));
        if (found.containsKey("flow/s, submitted in batches")) {
            note(rates, peer + ", submitted in batches", found.getDouble("flow/s, submitted in batches"));
        }
    }

    private static void report(Map<String, List<Double>> rates, Map<String, String> pickups) {
        double floor = Figures.of(rates.get(FLOOR)).median();
        double graphile = rates.entrySet().stream()
                .filter(entry -> entry.getKey().equals("graphile") || entry.getKey().equals("graphile-batched"))
                .mapToDouble(entry -> Figures.of(entry.getValue()).median())
                .max()
                .orElse(Double.NaN);
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("flow", "tasks/s", "rounds", "/ floor", "/ graphile's best", "pickup p50 / p99, ms"));
        rates.forEach((kind, all) -> {
            double median = Figures.of(all).median();
            rows.add(List.of(
                    kind,
                    Figures.whole(median),
                    String.join(" ", all.stream().map(Figures::whole).toList()),
                    Figures.times(median / floor),
                    Double.isNaN(graphile) ? "" : Figures.times(median / graphile),
                    pickups.getOrDefault(kind, "")));
        });
        Report.table(rows);
    }

    /** Every task that was submitted here is done, and was claimed once. */
    private void assertDone() {
        int warmUps = Math.max(1, Sizes.BENCH_WARM_FLOW.get() / Sizes.BENCH_TASKS.get());
        long expected = (long) Sizes.BENCH_TASKS.get() * (Sizes.BENCH_ROUNDS.get() + warmUps);
        long done = pool.query("SELECT count(*) FROM coordinator_task WHERE state = 'DONE' AND epoch = 1")
                .execute()
                .map(rows -> rows.iterator().next().getLong(0))
                .await()
                .atMost(Duration.ofSeconds(30));
        assertThat(done).isEqualTo(expected);
    }
}
