package io.infrafabric.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bus.Transactions;
import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.IntFunction;

/** Swarms that the database makes at random, from a seed, in a transaction that is rolled back. Each has one session. */
public final class RandomSwarms {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** A number for the seed, and how many cases there are. */
    public static final String SEEDED = "SELECT setseed(0.%1$d);";

    // One session in each swarm, most of which could have something; accounts that pay, are stopped, or are missing.
    public static final String SESSIONS = SEEDED + """
            INSERT INTO coordinator_swarm (id, paused) SELECT 'twice-' || n, random() < 0.1 FROM generate_series(1, %2$d) n;
            INSERT INTO coordinator_session (id, swarm, domains, tools, max_tasks, heartbeat_seconds, state, enrolment)
            SELECT 'twice-' || n, 'twice-' || n, '{}', '{}', 1 + floor(random() * 2)::int, 90,
                   (ARRAY['LIVE', 'LIVE', 'LIVE', 'LIVE', 'LOST', 'LEFT'])[1 + floor(random() * 6)::int], 1 + floor(random() * 2)::int
              FROM generate_series(1, %2$d) n;
            INSERT INTO budget_account (id, parent, path, warn_at, daily_limit, day, tripped)
            SELECT 'swarm:twice-' || n, 'org', ARRAY['org', 'swarm:twice-' || n], 0.8, CASE WHEN random() < 0.5 THEN 5 END,
                   (now() AT TIME ZONE 'UTC')::date - floor(random() * 2)::int, random() < 0.2 FROM generate_series(1, %2$d) n;
            INSERT INTO budget_account (id, parent, path, warn_at, daily_limit, day, tripped, probe_at, probe_hold)
            SELECT 'session:twice-' || n, 'swarm:twice-' || n, ARRAY['org', 'swarm:twice-' || n, 'session:twice-' || n], 0.8,
                   CASE WHEN random() < 0.5 THEN 5 END, (now() AT TIME ZONE 'UTC')::date - floor(random() * 2)::int, random() < 0.2,
                   CASE WHEN random() < 0.2 THEN now() + (random() - 0.5) * interval '1 hour' END,
                   CASE WHEN random() < 0.5 THEN 'hold' END
              FROM generate_series(1, %2$d) n WHERE random() < 0.97;
            """;

    // Two tasks in each swarm: for whoever comes, for the session, for another one; now or later; claimed, over,
    // waiting.
    public static final String QUEUES = """
            INSERT INTO coordinator_task (id, swarm, title, domains, tools, priority, assignee, max_attempts, submitted_by,
                   body_hash, state, not_before, dormant, holder, lease_until)
            SELECT 'twice-' || n || '-' || k, 'twice-' || n, 'Title', '{}', '{}', floor(random() * 4)::int,
                   CASE WHEN kind IN (2, 3) THEN 'twice-' || n WHEN kind = 4 THEN 'twice-other' END, 3, 'operator', 'hash',
                   CASE kind WHEN 5 THEN 'CLAIMED' WHEN 6 THEN 'WAITING' WHEN 7 THEN 'DONE' ELSE 'QUEUED' END,
                   CASE WHEN kind IN (1, 3) THEN now() + interval '1 minute' ELSE now() END, kind IN (1, 3),
                   CASE kind WHEN 5 THEN 'twice-' || n END, CASE kind WHEN 5 THEN now() + interval '1 minute' END
              FROM (SELECT n, k, floor(random() * 8)::int AS kind FROM generate_series(1, %2$d) n, generate_series(1, 2) k
                    OFFSET 0) kinds;
            """;

    // Eight tasks in each swarm of all kinds: what they require and need, cost, and may run beside; some are held by
    // another,
    // some are for the session. Prices stand clear of what accounts have left.
    public static final String MIXED = """
            UPDATE coordinator_session SET domains = CASE WHEN random() < 0.5 THEN '{go}' ELSE '{}' END::text[],
                   tools = CASE WHEN random() < 0.5 THEN '{docker,git}' ELSE '{git}' END::text[] WHERE id LIKE 'twice-%%';
            INSERT INTO coordinator_concurrency (swarm, key, at_most) SELECT 'twice-' || n, 'k2', 2 FROM generate_series(1, %2$d) n;
            INSERT INTO coordinator_task (id, swarm, title, domains, tools, priority, assignee, max_attempts, submitted_by,
                   body_hash, state, holder, lease_until, requires, concurrency, estimated_cost)
            SELECT 'twice-' || n || '-' || k, 'twice-' || n, 'Title', CASE WHEN random() < 0.5 THEN '{go}' ELSE '{}' END::text[],
                   '{}', floor(random() * 3)::int, CASE WHEN kind = 1 THEN 'twice-' || n END, 3, 'operator', 'hash',
                   CASE WHEN kind = 0 THEN 'CLAIMED' ELSE 'QUEUED' END, CASE WHEN kind = 0 THEN 'twice-other' END,
                   CASE WHEN kind = 0 THEN now() + interval '1 minute' END,
                   CASE floor(random() * 4)::int WHEN 0 THEN '{docker}' WHEN 1 THEN '{git}' WHEN 2 THEN '{gpu}' END::text[],
                   CASE floor(random() * 4)::int WHEN 0 THEN '{k1}' WHEN 1 THEN '{k2}' WHEN 2 THEN '{k1,k2}' END::text[],
                   CASE floor(random() * 4)::int WHEN 0 THEN 1 WHEN 1 THEN 3 WHEN 2 THEN 10 END
              FROM (SELECT n, k, floor(random() * 8)::int AS kind FROM generate_series(1, %2$d) n, generate_series(1, 8) k
                    OFFSET 0) kinds;
            """;

    // One task in each swarm, that may have been held before: queued, or claimed by the session.
    public static final String HELD = """
            INSERT INTO coordinator_task (id, swarm, title, domains, tools, priority, assignee, max_attempts, submitted_by,
                   body_hash, state, epoch, attempts, reclaims, version, holder, lease_until)
            SELECT 'twice-' || n || '-1', 'twice-' || n, 'Title', '{}', '{}', 1, CASE WHEN random() < 0.5 THEN 'twice-' || n END, 3,
                   'operator', 'hash', CASE WHEN held THEN 'CLAIMED' ELSE 'QUEUED' END, floor(random() * 5)::int,
                   floor(random() * 3)::int, floor(random() * 9)::int, 1 + floor(random() * 9)::int,
                   CASE WHEN held THEN 'twice-' || n END, CASE WHEN held THEN now() + interval '1 minute' END
              FROM (SELECT n, random() < 0.5 AS held FROM generate_series(1, %2$d) n OFFSET 0) tasks;
            """;

    /** Ends a transaction whose outcome is known. */
    private static final class Enough extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private final Transactions transactions;

    public RandomSwarms(Transactions transactions) {
        this.transactions = transactions;
    }

    /** Makes them. */
    public static Uni<Void> make(Work work, int seed, int count, String sql) {
        return work.connection().query(sql.formatted(seed, count)).execute().replaceWithVoid();
    }

    /** One step after the other, numbered from 1; what each comes to. */
    public static <T> Uni<List<T>> inTurn(int count, IntFunction<Uni<T>> step) {
        return Multi.createFrom()
                .range(1, count + 1)
                .onItem()
                .transformToUniAndConcatenate(step::apply)
                .collect()
                .asList();
    }

    /** So many of them at once, one batch after the other; what all come to. */
    public static <S, T> Uni<List<T>> inBatches(List<S> all, int size, Function<List<S>, Uni<List<T>>> step) {
        return inTurn(all.size() / size, number -> step.apply(all.subList((number - 1) * size, number * size)))
                .map(batches -> batches.stream().flatMap(List::stream).toList());
    }

    /** What the body comes to, in a transaction that is rolled back whatever it has written and told. */
    public <T> T rolledBack(Function<Work, Uni<T>> body) {
        AtomicReference<T> done = new AtomicReference<>();
        Throwable ended = transactions
                .run(work -> body.apply(work).invoke(done::set).<T>map(ignored -> {
                    throw new Enough();
                }))
                .onFailure(Enough.class)
                .recoverWithNull()
                .map(ignored -> (Throwable) null)
                .onFailure()
                .recoverWithItem(failure -> failure)
                .await()
                .atMost(PATIENCE);
        if (ended instanceof Error error) {
            throw error;
        }
        assertThat(ended).isNull();
        return done.get();
    }
}
