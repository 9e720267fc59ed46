package io.infrafabric.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.is;

import io.infrafabric.bus.Subscriptions;
import io.infrafabric.bus.Transactions;
import io.infrafabric.bus.Work;
import io.infrafabric.event.BudgetEvent.CostReported;
import io.infrafabric.event.Trace;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * From a committed outbox row to the committed effect in another process. This process only writes and publishes. {@link
 * AmqpBusBench} does the same on a broker of AMQP.
 */
@Tag("bench")
@QuarkusTest
@TestProfile(BusBench.WriterOnly.class)
class BusBench {
    private static final String FUNCTION = "budget";
    private static final String FACT = "s2.budget.cost-reported.v1";
    private static final int ACCOUNTS = 500;
    private static final int IN_ONE_COMMIT = 200;
    private static final int COMMITS_AT_ONCE = 4;
    /** One transaction an event is slow, and needs fewer of them for a rate. */
    private static final int FEWER = 5;

    static final BigDecimal AMOUNT = new BigDecimal("0.000001");

    private static final int PER_SECOND = 200;
    private static final int COMMIT_EVERY = 10;
    private static final int SKIPPED = 200;
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final String OURS = "ours: a batch is one transaction";
    private static final String SINGLE = "ours, told to read one event at a time";
    private static final String PLAIN = "plain consumer: one transaction an event";
    private static final String MEANWHILE = "ours, events written meanwhile";

    private Ground ground;

    /** The application in this process, without its readers. */
    public static final class WriterOnly implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            Map<String, String> settings = new HashMap<>(Ground.fresh("bus", 4).configuration());
            settings.putAll(NO_READERS);
            return settings;
        }
    }

    static final Map<String, String> NO_READERS = Map.of(
            "mp.messaging.incoming.coordinator.enabled", "false", "mp.messaging.incoming.budget.enabled", "false");

    /** What carries the events. */
    enum Channel {
        REDIS,
        AMQP
    }

    @Inject
    Transactions transactions;

    @Inject
    Subscriptions subscriptions;

    @Inject
    Pool pool;

    Channel channel() {
        return Channel.REDIS;
    }

    @Test
    void bus() {
        Vertx vertx = Vertx.vertx();
        try (Backlog backlog = backlog(vertx)) {
            Report.section(channel() == Channel.REDIS ? "bus" : "bus on AMQP");
            run("INSERT INTO budget_account (id, parent, path, warn_at)"
                    + " SELECT 'session:' || n, 'org', ARRAY['org', 'session:' || n], 0.8 FROM generate_series(0, "
                    + (ACCOUNTS - 1) + ") n");
            Map<String, String> ours = throughput(vertx, backlog);
            ours.putAll(latency(vertx, backlog));
            ByChannel.report(channel(), ours);
        } finally {
            Ground.await(vertx.close());
        }
    }

    private Backlog backlog(Vertx vertx) {
        ground = channel() == Channel.REDIS ? new Ground("s2_bench_bus", 4) : Ground.onAmqp("s2_bench_bus_amqp");
        return channel() == Channel.REDIS
                ? Backlog.ofRedis(ground.redis(vertx), FUNCTION)
                : Backlog.ofBroker(FUNCTION);
    }

    private Map<String, String> throughput(Vertx vertx, Backlog backlog) {
        int events = Sizes.BENCH_EVENTS.get();
        Map<String, List<Double>> rates = new LinkedHashMap<>();
        List.of(PLAIN, SINGLE, OURS, MEANWHILE).forEach(kind -> rates.put(kind, new ArrayList<>()));
        for (int round = 0; round < Sizes.BENCH_ROUNDS.get(); round++) {
            try (Fabric reader = reader(vertx, Map.of("s2.bus.reader.max-batch", "1"))) {
                rates.get(SINGLE).add(drain(backlog, reader, events / FEWER));
            }
            try (Fabric reader = reader(vertx, Map.of())) {
                rates.get(OURS).add(drain(backlog, reader, events));
                rates.get(MEANWHILE).add(writtenMeanwhile(backlog, events));
            }
            try (PlainConsumer plain = new PlainConsumer(vertx, ground)) {
                plain.drain(events / FEWER / 2, ACCOUNTS);
                rates.get(PLAIN).add(plain.drain(events / FEWER, ACCOUNTS));
            }
        }
        Report.say("Throughput: " + Figures.whole(events) + " facts in the stream (a fifth of them for one transaction an"
                + " event), taken in by another process; median of " + Sizes.BENCH_ROUNDS.get() + " rounds, in turn. To"
                + " hold: at least 3 x one transaction an event.");
        double plain = Figures.of(rates.get(PLAIN)).median();
        double single = Figures.of(rates.get(SINGLE)).median();
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("throughput", "events/s", "rounds", "/ plain consumer", "/ ours, one at a time"));
        rates.forEach((kind, all) -> {
            double median = Figures.of(all).median();
            rows.add(List.of(
                    kind,
                    Figures.whole(median),
                    String.join(" ", all.stream().map(Figures::whole).toList()),
                    Figures.times(median / plain),
                    Figures.times(median / single)));
        });
        Report.table(rows);
        assertThat(count("SELECT count(*) FROM bus_dead_letter")).isZero();
        Map<String, String> ours = new LinkedHashMap<>();
        ours.put("full channel, events/s", Figures.whole(Figures.of(rates.get(OURS)).median()));
        ours.put("written meanwhile, events/s", Figures.whole(Figures.of(rates.get(MEANWHILE)).median()));
        return ours;
    }

    private Fabric reader(Vertx vertx, Map<String, String> settings) {
        Fabric reader = Fabric.start(vertx, "bus", ground, Fabric.tokens(), 4, settings);
        await().atMost(PATIENCE)
                .until(() -> !subscriptions.functionsOf(FACT).isEmpty());
        return reader;
    }

    /** Events per second of a warm reader that finds them in its stream. */
    private double drain(Backlog backlog, Fabric reader, int events) {
        write(events / 2);
        backlog.await(is(0));
        reader.process().pause();
        write(events);
        awaitWritten(backlog, events);
        long start = System.nanoTime();
        reader.process().resume();
        backlog.await(is(0));
        return events / seconds(start);
    }

    private double writtenMeanwhile(Backlog backlog, int events) {
        long start = System.nanoTime();
        write(events);
        backlog.await(is(0));
        return events / seconds(start);
    }

    private void write(int events) {
        Multi.createFrom()
                .range(0, events / IN_ONE_COMMIT)
                .onItem()
                .transformToUni(commit -> transactions.run(work -> {
                    for (int i = 0; i < IN_ONE_COMMIT; i++) {
                        emit(work, commit * IN_ONE_COMMIT + i);
                    }
                    return Uni.createFrom().voidItem();
                }))
                .merge(COMMITS_AT_ONCE)
                .onItem()
                .ignoreAsUni()
                .await()
                .atMost(PATIENCE);
    }

    /** One of the accounts, which have no limit: what is measured is a ledger row and a balance, not a breaker. */
    static String account(int number) {
        return "session:" + number;
    }

    private static void emit(Work work, int number) {
        work.emit(
                new CostReported(
                        null, account(number % ACCOUNTS), null, AMOUNT, null, null, null, null, null, null, null),
                Trace.NONE);
    }

    /** Waits for this many entries; there may be more, since what is not marked in time is published once more. */
    private static void awaitWritten(Backlog backlog, int events) {
        backlog.await(greaterThanOrEqualTo(events));
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private Map<String, String> latency(Vertx vertx, Backlog backlog) {
        if (!"on".equals(text("SHOW track_commit_timestamp"))) {
            Report.say("Latency is left out: the PostgreSQL given has track_commit_timestamp off.");
            return Map.of();
        }
        run("CREATE TABLE bench_sent (seq int PRIMARY KEY, event uuid NOT NULL)");
        List<Long> commits = new ArrayList<>();
        int events = Sizes.BENCH_LATENCIES.get() + SKIPPED;
        try (Fabric reader = reader(vertx, Map.of());
                Floor floor = new Floor(vertx, Ground.fresh("floor", 0), 2)) {
            assertThat(reader.process().ready()).isTrue();
            // A reader whose code is not yet compiled would be measured as a slow bus.
            write(Sizes.BENCH_EVENTS.get() / 2);
            backlog.await(is(0));
            long start = System.nanoTime();
            for (int i = 0; i < events; i++) {
                LockSupport.parkNanos(start + i * (TimeUnit.SECONDS.toNanos(1) / PER_SECOND) - System.nanoTime());
                send(i);
                if (i >= SKIPPED && i % COMMIT_EVERY == 0) {
                    long before = System.nanoTime();
                    floor.commit().onSuccess(id -> noteSince(commits, before));
                }
            }
            backlog.await(is(0));
        }
        return report(commits);
    }

    private static void noteSince(List<Long> commits, long before) {
        synchronized (commits) {
            commits.add(System.nanoTime() - before);
        }
    }

    /** One transaction with an event and a row that keeps the time of its commit, as the outbox row is updated later. */
    private void send(int number) {
        transactions
                .run(work -> {
                    emit(work, number);
                    UUID event = work.emitted().getLast().id();
                    return work.connection()
                            .preparedQuery("INSERT INTO bench_sent VALUES ($1, $2)")
                            .execute(Tuple.of(number, event));
                })
                .subscribe()
                .with(
                        sent -> {},
                        failure -> {
                            throw new IllegalStateException(failure);
                        });
    }

    private Map<String, String> report(List<Long> commits) {
        List<Double> millis = new ArrayList<>();
        pool.query("SELECT extract(epoch FROM pg_xact_commit_timestamp(i.xmin) - pg_xact_commit_timestamp(s.xmin))::float8"
                        + " * 1000 FROM bench_sent s JOIN bus_inbox i ON i.event = s.event WHERE s.seq >= " + SKIPPED)
                .execute()
                .await()
                .atMost(PATIENCE)
                .forEach(row -> millis.add(row.getDouble(0)));
        assertThat(millis).hasSize(Sizes.BENCH_LATENCIES.get());
        Figures latency = Figures.of(millis);
        Figures commit = Figures.ofNanos(commits);
        Report.say("Latency at " + PER_SECOND + " events/s, one a commit: from the commit of the outbox row to the commit"
                + " of the effect in the other process, both by the database's clock (track_commit_timestamp). To hold:"
                + " p50 less one commit <= 3 ms.");
        Report.table(List.of(
                List.of("latency, ms", "p50", "p95", "p99", "max"),
                latency.row("outbox commit to effect's commit"),
                commit.row("one commit (floor, in the same run)"),
                List.of("p50 less one commit", Figures.text(latency.median() - commit.median()), "", "", "")));
        return Map.of("p50 less one commit, ms", Figures.text(latency.median() - commit.median()));
    }

    private void run(String sql) {
        pool.query(sql).execute().await().atMost(PATIENCE);
    }

    private String text(String sql) {
        return pool.query(sql)
                .execute()
                .map(rows -> rows.iterator().next().getString(0))
                .await()
                .atMost(PATIENCE);
    }

    private long count(String sql) {
        return pool.query(sql)
                .execute()
                .map(rows -> rows.iterator().next().getLong(0))
                .await()
                .atMost(PATIENCE);
    }
}
