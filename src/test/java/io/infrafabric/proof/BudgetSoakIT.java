package io.infrafabric.proof;

import static io.infrafabric.proof.Accounts.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.fabric.FabricProcess;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Everything that moves money, claims and how they end among it, at 4 processes at once below one parent with a limit: no
 * deadlock in the database, no error in a log, and at the end the ledger balances, every task is accounted for, and nobody
 * is told that there is nothing to do while there is. It lasts 60 s, or {@code -Ds2.soak=} seconds (at most 600). What is done is
 * chosen from {@link #actions}, at random from {@code -Ds2.seed=}.
 */
@Tag("proof")
@Tag("soak")
class BudgetSoakIT {
    private static final int PROCESSES = 4;
    private static final int CLIENTS = 24;
    private static final int SESSIONS = 12;
    private static final int MOST_SECONDS = 600;
    private static final int TTL_SECONDS = 2;
    private static final int KEPT_HOLDS = 1000;
    private static final String THRIFTY_LIMIT = "0.2";
    private static final String PLENTY = "100000";
    private static final Map<String, String> SETTINGS = Map.of(
            "s2.budget.commit-batch", "16",
            "s2.budget.probe-after", "2s",
            "s2.coordinator.retry-backoff", "100ms",
            "s2.coordinator.release-rest", "100ms");

    /** What a client does at a process. Refusals are answers; what no client should get is not. */
    private interface Action {
        Answer at(Api api, SplittableRandom random);
    }

    /** An action, and how often it is chosen among all. */
    private record Weighted(String name, int weight, Action action) {}

    private final ConcurrentLinkedDeque<String> holds = new ConcurrentLinkedDeque<>();
    private final Map<String, AtomicLong> done = new ConcurrentHashMap<>();
    private final Queue<String> surprises = new ConcurrentLinkedQueue<>();

    private Cluster cluster;
    private Accounts accounts;
    private String teamA;
    private String teamB;
    private String thrifty;
    private List<String> sessions;
    private SoakTasks tasks;

    @Test
    void moneyMovesWithoutADeadlock() {
        long seed = Long.getLong("s2.seed", System.nanoTime());
        Duration time = Duration.ofSeconds(Math.min(MOST_SECONDS, Integer.getInteger("s2.soak", 60)));
        try (Cluster started = Cluster.start("soak", PROCESSES, SETTINGS)) {
            cluster = started;
            open();
            long deadlocks = deadlocks();

            soak(seed, time);

            System.out.println("BudgetSoakIT: -Ds2.seed=" + seed + " -Ds2.soak=" + time.toSeconds() + " " + done + " "
                    + tasks.told());
            assertThat(surprises).isEmpty();
            assertThat(done.keySet())
                    .containsAll(actions().stream().map(Weighted::name).toList());
            assertThat(tasks.preempted())
                    .as("claims that were taken to end a deadlock")
                    .isPositive();
            tasks.rest();
            everybodyCanPay();
            tasks.workOff();
            tasks.mustBeAccountedFor();
            accounts.awaitNothingHeld(accounts.swarm());
            accounts.mustBalance();
            assertThat(accounts.peak(thrifty)).isLessThanOrEqualTo(new BigDecimal(THRIFTY_LIMIT));
            assertThat(cluster.deadLetters()).isZero();
            cluster.assertNoErrors();
            // What a connection has to say of deadlocks is sure to be counted when it is closed.
            IntStream.range(0, PROCESSES).mapToObj(cluster::process).forEach(FabricProcess::close);
            assertThat(deadlocks()).isEqualTo(deadlocks);
        }
    }

    private List<Weighted> actions() {
        List<Weighted> all = new ArrayList<>(moneyActions());
        all.add(new Weighted("submit", 5, tasks::submit));
        all.add(new Weighted("claim", 45, tasks::claim));
        all.add(new Weighted("claim again", 3, tasks::claimAgain));
        all.add(new Weighted("renew", 6, tasks::renew));
        all.add(new Weighted("complete", 20, tasks::complete));
        all.add(new Weighted("fail", 2, tasks::fail));
        all.add(new Weighted("release", 4, tasks::release));
        all.add(new Weighted("take back", 4, tasks::takeBack));
        all.add(new Weighted("wait", 8, tasks::waits));
        all.add(new Weighted("cost of a task", 8, tasks::cost));
        all.add(new Weighted("cancel", 3, tasks::cancel));
        all.add(new Weighted("retry", 2, tasks::retry));
        return all;
    }

    private List<Weighted> moneyActions() {
        return List.of(
                new Weighted("hold", 30, (api, random) -> {
                    Answer placed = accounts.hold(api, any(random), cents(random, 10), TTL_SECONDS);
                    if (placed.status() == 201 && holds.size() < KEPT_HOLDS) {
                        holds.add(Accounts.id(placed.body()));
                    }
                    return placed;
                }),
                new Weighted(
                        "settle",
                        15,
                        (api, random) -> end(
                                api,
                                random,
                                hold -> accounts.settle(
                                        api, hold, cents(random, 15).toPlainString()))),
                new Weighted("void", 8, (api, random) -> end(api, random, hold -> accounts.giveBack(api, hold))),
                new Weighted(
                        "cost",
                        12,
                        (api, random) ->
                                accounts.cost(api, any(random), cents(random, 5).toPlainString())),
                new Weighted("thrifty", 10, this::holdAndSettleLess),
                new Weighted(
                        "reset",
                        4,
                        (api, random) -> api.post(
                                "/budget/accounts/" + (random.nextInt(4) == 0 ? accounts.swarm() : any(random))
                                        + "/reset",
                                Map.of("reason", "soak", "allowance", random.nextInt(20)),
                                cluster.operator())),
                new Weighted(
                        "limit",
                        4,
                        (api, random) -> put(api, any(random), "{\"dailyLimit\":" + (20 + random.nextInt(100)) + "}")),
                new Weighted(
                        "limit of the parent",
                        2,
                        (api, random) ->
                                put(api, accounts.swarm(), "{\"dailyLimit\":" + (100 + random.nextInt(1000)) + "}")),
                new Weighted(
                        "limit comes and goes",
                        2,
                        (api, random) -> put(
                                api,
                                random.nextBoolean() ? teamA : teamB,
                                "{\"dailyLimit\":" + (random.nextBoolean() ? "null" : "500") + "}")),
                new Weighted(
                        "move",
                        2,
                        (api, random) -> put(
                                api, any(random), "{\"parent\":\"" + (random.nextBoolean() ? teamA : teamB) + "\"}")),
                new Weighted("read", 8, (api, random) -> read(api)),
                new Weighted("check", 1, this::check));
    }

    private void open() {
        accounts = Accounts.make(cluster, "soak");
        accounts.limit(accounts.swarm(), "500");
        teamA = accounts.open("team", "a", accounts.swarm(), "null");
        teamB = accounts.open("team", "b", accounts.swarm(), "500");
        thrifty = accounts.open("session", "thrifty", teamA, THRIFTY_LIMIT);
        sessions = IntStream.range(0, SESSIONS)
                .mapToObj(number -> accounts.open("session", "s" + number, number % 2 == 0 ? teamA : teamB, "50"))
                .toList();
        tasks = new SoakTasks(cluster, "soak", SESSIONS);
    }

    /** Whatever the soak has left: from here on no money is in anybody's way. */
    private void everybodyCanPay() {
        List<String> all = new ArrayList<>(List.of(accounts.swarm(), teamA, teamB));
        all.addAll(sessions);
        for (String account : all) {
            accounts.limit(account, PLENTY);
            expect(
                    cluster.any()
                            .post(
                                    "/budget/accounts/" + account + "/reset",
                                    Map.of("reason", "the soak is over", "allowance", 0),
                                    cluster.operator()),
                    200);
        }
    }

    private void soak(long seed, Duration time) {
        List<Weighted> bag = new ArrayList<>();
        actions().forEach(action -> IntStream.range(0, action.weight()).forEach(i -> bag.add(action)));
        long end = System.nanoTime() + time.toNanos();
        List<Thread> clients = IntStream.range(0, CLIENTS)
                .mapToObj(client -> Thread.ofVirtual().start(() -> {
                    SplittableRandom random = new SplittableRandom(seed + client);
                    while (System.nanoTime() < end && surprises.isEmpty()) {
                        Weighted next = bag.get(random.nextInt(bag.size()));
                        act(next, cluster.api(random.nextInt(PROCESSES)), random);
                    }
                }))
                .toList();
        for (Thread client : clients) {
            try {
                client.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    private void act(Weighted next, Api api, SplittableRandom random) {
        try {
            Answer answer = next.action().at(api, random);
            if (answer.status() >= 500 || answer.status() == 400 || answer.status() == 404) {
                surprises.add(next.name() + ": " + answer.status() + " " + answer.body());
            }
            done.computeIfAbsent(next.name(), name -> new AtomicLong()).incrementAndGet();
        } catch (RuntimeException | AssertionError broken) {
            surprises.add(next.name() + ": " + broken);
        }
    }

    /** On an account whose limit stays as it is, and that spends what it has held or less: it never has more. */
    private Answer holdAndSettleLess(Api api, SplittableRandom random) {
        BigDecimal amount = cents(random, 10);
        Answer placed = accounts.hold(api, thrifty, amount, 10 * TTL_SECONDS);
        if (placed.status() != 201) {
            return placed;
        }
        BigDecimal spent = amount.multiply(BigDecimal.valueOf(random.nextInt(3)))
                .divide(BigDecimal.valueOf(1000), RoundingMode.DOWN);
        return accounts.settle(cluster.any(), Accounts.id(placed.body()), spent.toPlainString());
    }

    private Answer check(Api api, SplittableRandom random) {
        Answer proof = api.get("/budget/check", cluster.operator());
        JsonNode balanced = proof.body().path("balanced");
        assertThat(balanced.asBoolean()).as("%s", proof.body()).isTrue();
        return proof;
    }

    private Answer put(Api api, String account, String body) {
        return api.put("/budget/accounts/" + account, body, cluster.operator());
    }

    private String any(SplittableRandom random) {
        return sessions.get(random.nextInt(sessions.size()));
    }

    /** Ends a hold that was placed some time ago, by anybody; it may have ended. */
    private Answer end(Api api, SplittableRandom random, Function<String, Answer> end) {
        String hold = random.nextInt(10) == 0 ? holds.peek() : holds.poll();
        return hold == null ? read(api) : end.apply(hold);
    }

    private Answer read(Api api) {
        return api.get("/budget/accounts/" + accounts.swarm(), cluster.operator());
    }

    private static BigDecimal cents(SplittableRandom random, int most) {
        return BigDecimal.valueOf(random.nextLong(1, most * 10_000L), 6);
    }

    private long deadlocks() {
        return cluster.count("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()");
    }
}
