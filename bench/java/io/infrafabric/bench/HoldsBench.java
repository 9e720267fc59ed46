package io.infrafabric.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.budget.AccountTable;
import io.infrafabric.budget.Direct;
import io.infrafabric.budget.FreeHolds;
import io.infrafabric.budget.LedgerTable;
import io.infrafabric.budget.LedgerProof;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Holds on a hot account with 64 in flight, against a row that is updated once a hold; a single hold at rest, against one
 * durable commit; and whether a ledger of ten million rows makes any difference.
 */
@Tag("bench")
@QuarkusTest
@TestProfile(HoldsBench.OnBenchServers.class)
class HoldsBench {
    /** As many as the application has. */
    private static final int CONNECTIONS = 20;

    private static final int SMALL_LEDGER = 10_000;
    private static final int CHUNK = 500_000;
    private static final int PAGE = 100;
    private static final int PAUSE_MILLIS = 5;
    private static final String HOT = "session:hot-0";
    private static final String LEDGER_SWARM = "swarm:ledger";
    private static final String ONE_OF_LEDGER = "session:ledger-7";
    private static final BigDecimal AMOUNT = new BigDecimal("0.01");
    private static final String NAIVE = "naive: UPDATE that commits itself";
    private static final String NAIVE_COMMIT = "naive: BEGIN; UPDATE; COMMIT";
    private static final String OURS = "ours, one account";
    private static final String OURS_SIBLINGS = "ours, 64 accounts below one limit";
    private static final String OURS_HTTP = "ours, one account, over HTTP";
    private static final String COMMIT = "one durable commit";

    private static final String NAIVE_HOLD =
            "UPDATE naive_account SET held = held + 0.01 WHERE id = 1 AND spent + held + 0.01 <= daily_limit";

    /** A swarm with 64 sessions that have plenty, one of them hot. */
    private static final String MAKE_ACCOUNTS = """
            INSERT INTO budget_account (id, parent, path, warn_at, daily_limit)
            SELECT 'swarm:' || $1, 'org', ARRAY['org', 'swarm:' || $1], 0.8, $2::text::numeric
             UNION ALL
            SELECT 'session:' || $1 || '-' || n, 'swarm:' || $1, ARRAY['org', 'swarm:' || $1, 'session:' || $1 || '-' || n],
                   0.8, 1e9
              FROM generate_series(0, 63) n
            """;

    private static final String FILL = """
            INSERT INTO budget_entry (account, day, kind, spent, held, amount, by, at)
            SELECT 'session:ledger-' || n % 64, (now() AT TIME ZONE 'UTC')::date, 'COST', 0.000001, 0, 0.000001, 'bench',
                   now() - interval '1 hour' + n * interval '100 microseconds'
              FROM generate_series($1::bigint, $2::bigint) n
            """;

    private static final String BALANCE = """
            UPDATE budget_account a SET spent = b.spent, total_spent = b.spent, day = (now() AT TIME ZONE 'UTC')::date
              FROM (SELECT account, sum(spent) AS spent FROM budget_entry GROUP BY account) b WHERE a.id = b.account
            """;

    /** The application in this process, on the servers of the run. */
    public static final class OnBenchServers implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Ground.fresh("holds", 2).configuration();
        }
    }

    @Inject
    FreeHolds holds;

    @Inject
    AccountTable accounts;

    @Inject
    LedgerTable ledger;

    @Inject
    LedgerProof proof;

    @Inject
    io.vertx.mutiny.sqlclient.Pool pool;

    @Inject
    Vertx vertx;

    @Test
    void holds() {
        // Clients on event loops of their own, as other processes would be.
        Vertx clients = Vertx.vertx();
        Ground other = Ground.fresh("holds_http", 3);
        Pool here = new Ground("s2_bench_holds", 2).pool(clients, 1);
        Pool there = other.pool(clients, 1);
        Ground naively = Ground.fresh("floor", 0);
        Pool naive = naively.pool(clients, CONNECTIONS);
        try (Floor floor = new Floor(clients, naively, 1);
                Fabric http = Fabric.start(clients, "holds", other, Fabric.tokens(), Lanes.IN_FLIGHT, Map.of())) {
            run(naive, "CREATE TABLE naive_account (id int PRIMARY KEY, daily_limit numeric(18,6), spent numeric(18,6),"
                    + " held numeric(18,6))");
            run(naive, "INSERT INTO naive_account VALUES (1, 1e9, 0, 0)");
            makeAccounts(here, "hot", null);
            makeAccounts(here, "siblings", 1_000_000_000L);
            makeAccounts(here, "ledger", null);
            makeAccounts(there, "hot", null);
            Report.section("holds");
            double ratio = hot(clients, naive, http);
            double perCommit = number(here, "SELECT count(*)::float8 / count(DISTINCT placed_at) FROM budget_hold");
            Report.say("Holds in one commit of ours, on average: " + Figures.text(perCommit) + ".");
            double commit = atRest(floor, http).median();
            Report.say("So one durable commit costs " + Figures.text(commit) + " ms (p50), and one hot account is to be at"
                    + " least " + (commit >= 1 ? 10 : 4) + " x the naive UPDATE: it is " + Figures.times(ratio) + ".");
            ledger(here, floor);
        } finally {
            Ground.await(clients.close());
        }
    }

    private double hot(Vertx clients, Pool naive, Fabric http) {
        int count = Sizes.BENCH_HOLDS.get();
        Map<String, DoubleSupplier> kinds = new LinkedHashMap<>();
        kinds.put(NAIVE, () -> Lanes.run(clients, count / 4, lane -> naive.preparedQuery(NAIVE_HOLD)
                .execute()));
        kinds.put(NAIVE_COMMIT, () -> Lanes.run(clients, count / 4, lane -> naive.withTransaction(
                connection -> connection.preparedQuery(NAIVE_HOLD).execute())));
        kinds.put(OURS, () -> Lanes.run(vertx, count, lane -> hold(HOT)));
        kinds.put(OURS_SIBLINGS, () -> Lanes.run(vertx, count, lane -> hold("session:siblings-" + lane)));
        kinds.put(OURS_HTTP, () -> Lanes.run(clients, count, lane -> hold(http)));
        // Not counted: the code is compiled, and the connections are there.
        kinds.values().forEach(run -> assertThat(run.getAsDouble()).isPositive());
        Map<String, List<Double>> rates = new LinkedHashMap<>();
        for (int round = 0; round < Sizes.BENCH_ROUNDS.get(); round++) {
            kinds.forEach((kind, run) ->
                    rates.computeIfAbsent(kind, ignored -> new ArrayList<>()).add(run.getAsDouble()));
        }
        Report.say(Lanes.IN_FLIGHT + " holds in flight on " + CONNECTIONS + " connections, " + count
                + " holds, median of " + Sizes.BENCH_ROUNDS.get() + " rounds, all in turn. To hold: one account at least"
                + " 10 x the naive UPDATE where a commit costs a millisecond or more, else at least 4 x.");
        double naively = Figures.of(rates.get(NAIVE)).median();
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("holds", "holds/s", "rounds", "/ naive"));
        rates.forEach((kind, all) -> rows.add(List.of(
                kind,
                Figures.whole(Figures.of(all).median()),
                String.join(" ", all.stream().map(Figures::whole).toList()),
                Figures.times(Figures.of(all).median() / naively))));
        Report.table(rows);
        return Figures.of(rates.get(OURS)).median() / naively;
    }

    private Figures atRest(Floor floor, Fabric http) {
        Map<String, Supplier<Future<?>>> kinds = new LinkedHashMap<>();
        kinds.put(COMMIT, floor::commit);
        kinds.put(OURS, () -> onLoop(() -> Direct.hold(holds, HOT, AMOUNT)));
        kinds.put(OURS_HTTP, () -> hold(http));
        Map<String, Figures> figures = oneAtATime(kinds);
        Report.say("One at a time, " + PAUSE_MILLIS + " ms apart, all kinds in turn, " + Sizes.BENCH_SINGLES.get()
                + " of each. To hold: p99 of a hold at the Java API at most 2 x that of one durable commit.");
        Figures commit = figures.get(COMMIT);
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("single, ms", "p50", "p95", "p99", "max", "p50 / commit", "p99 / commit"));
        figures.forEach((kind, own) -> rows.add(List.of(
                kind,
                Figures.text(own.median()),
                Figures.text(own.at(0.95)),
                Figures.text(own.at(0.99)),
                Figures.text(own.max()),
                Figures.times(own.median() / commit.median()),
                Figures.times(own.at(0.99) / commit.at(0.99)))));
        Report.table(rows);
        return commit;
    }

    private void ledger(Pool here, Floor floor) {
        // The ledger refuses it otherwise.
        run(here, "SET session_replication_role = replica; TRUNCATE budget_entry, budget_hold;"
                + " UPDATE budget_account SET held = 0, total_held = 0; SET session_replication_role = DEFAULT");
        int large = Sizes.BENCH_LEDGER.get();
        Map<String, Figures> before = inLedger(here, floor, 0, SMALL_LEDGER);
        Map<String, Figures> after = inLedger(here, floor, SMALL_LEDGER, large);
        Report.say("The same with " + Figures.whole(SMALL_LEDGER) + " rows in the ledger and with "
                + Figures.whole(large) + ". To hold: what is read of balances does not grow with the ledger.");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("ms", "p50 small", "p50 large", "p99 small", "p99 large", "p50 large / small"));
        before.forEach((kind, small) -> rows.add(List.of(
                kind,
                Figures.text(small.median()),
                Figures.text(after.get(kind).median()),
                Figures.text(small.at(0.99)),
                Figures.text(after.get(kind).at(0.99)),
                Figures.times(after.get(kind).median() / small.median()))));
        Report.table(rows);
        long start = System.nanoTime();
        LedgerProof.Found found =
                Ground.await(Future.fromCompletionStage(proof.check().subscribeAsCompletionStage()));
        assertThat(found.differences()).isEmpty();
        Report.say("The check that balances equal the ledger, over " + Figures.whole(large) + " rows: "
                + Figures.text((System.nanoTime() - start) / 1e9) + " s.");
    }

    private Map<String, Figures> inLedger(Pool here, Floor floor, int from, int to) {
        for (long start = from; start < to; start += CHUNK) {
            Ground.await(here.preparedQuery(FILL)
                    .execute(Tuple.of(start + 1, Math.min(start + CHUNK, to))));
        }
        // Without the holds of the measurement before, which are in neither.
        run(here, BALANCE);
        run(here, "VACUUM ANALYZE budget_entry");
        run(here, "CHECKPOINT");
        Map<String, Supplier<Future<?>>> kinds = new LinkedHashMap<>();
        kinds.put(COMMIT, floor::commit);
        kinds.put("balance of an account", () -> onLoop(() -> Direct.spent(accounts, pool, ONE_OF_LEDGER)));
        kinds.put("balance of 64 accounts, summed up", () -> onLoop(() -> Direct.spent(accounts, pool, LEDGER_SWARM)));
        kinds.put("newest page of the ledger of all 64", () -> onLoop(() -> ledger.page(
                pool, LEDGER_SWARM, null, null, null, Instant.parse("9999-01-01T00:00:00Z"), Long.MAX_VALUE, PAGE)));
        kinds.put("hold", () -> onLoop(() -> Direct.hold(holds, ONE_OF_LEDGER, AMOUNT)));
        return oneAtATime(kinds);
    }

    /** All kinds in turn, so that noise is shared. */
    private static Map<String, Figures> oneAtATime(Map<String, Supplier<Future<?>>> kinds) {
        Map<String, List<Long>> times = new LinkedHashMap<>();
        kinds.keySet().forEach(kind -> times.put(kind, new ArrayList<>()));
        int warmUp = Sizes.BENCH_WARM_UP.get();
        for (int round = 0; round < warmUp + Sizes.BENCH_SINGLES.get(); round++) {
            boolean counts = round >= warmUp;
            kinds.forEach((kind, call) -> {
                Ground.pause(PAUSE_MILLIS);
                long start = System.nanoTime();
                Ground.await(call.get());
                long nanos = System.nanoTime() - start;
                if (counts) {
                    times.get(kind).add(nanos);
                }
            });
        }
        Map<String, Figures> figures = new LinkedHashMap<>();
        times.forEach((kind, nanos) -> figures.put(kind, Figures.ofNanos(nanos)));
        return figures;
    }

    private Future<?> hold(String account) {
        return Future.fromCompletionStage(
                Direct.hold(holds, account, AMOUNT).subscribeAsCompletionStage());
    }

    private static Future<?> hold(Fabric http) {
        return http.operate(
                        "/budget/accounts/" + HOT + "/holds",
                        new JsonObject().put("amount", AMOUNT.toPlainString()).put("ttlSeconds", 43_200))
                .map(answer -> {
                    if (answer.status() != 201) {
                        throw new IllegalStateException("A hold was answered " + answer);
                    }
                    return answer;
                });
    }

    /** As a resource calls it: on an event loop. */
    private <T> Future<T> onLoop(Supplier<Uni<T>> call) {
        Promise<T> done = Promise.promise();
        vertx.getOrCreateContext().runOnContext(onContext -> call.get()
                .subscribe()
                .with(done::complete, done::fail));
        return done.future();
    }

    private static void makeAccounts(Pool database, String swarm, Long limit) {
        Ground.await(database.preparedQuery(MAKE_ACCOUNTS)
                .execute(Tuple.of(swarm, limit == null ? null : limit.toString())));
    }

    private static void run(Pool database, String sql) {
        Ground.await(database.query(sql).execute());
    }

    private static double number(Pool database, String sql) {
        return Ground.await(database.query(sql).execute()).iterator().next().getDouble(0);
    }
}
