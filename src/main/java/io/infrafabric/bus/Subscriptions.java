package io.infrafabric.bus;

import io.infrafabric.event.OnDemand;
import io.quarkus.arc.All;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Which function subscribes to which type. This is kept in rows, because a function may be at zero when an event is
 * written, and in a copy in memory that is at most one sweep old. The sweep later publishes what a stale copy leaves
 * out.
 *
 * <p>Releases run side by side, so a starting process never unsubscribes types that it does not know: it only asks for
 * its own. The sweep unsubscribes a type that nobody has asked for in {@link BusConfig.Sweep#unsubscribeAfter()}, while
 * its function asked for others.
 */
@Singleton
public final class Subscriptions {
    private static final Logger LOG = Logger.getLogger(Subscriptions.class);

    /** A type that comes back after it was unsubscribed starts anew: it gets nothing that was written in between. */
    private static final String ASK = "INSERT INTO bus_subscription AS s (function, type)"
            + " SELECT $1, type FROM unnest($2::text[]) AS type ORDER BY type"
            + " ON CONFLICT (function, type) DO UPDATE SET active = true, asked_at = now(),"
            + " since = CASE WHEN s.active THEN s.since ELSE now() END";

    private static final String END = "UPDATE bus_subscription s SET active = false WHERE active AND EXISTS"
            + " (SELECT FROM bus_subscription other WHERE other.function = s.function"
            + " AND other.asked_at > s.asked_at + make_interval(secs => $1))";

    private static final String WATCH =
            "INSERT INTO bus_watch (function, swarm) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING"
                    + " RETURNING swarm";

    // One statement, so that both halves show the same moment.
    private static final String READ = "SELECT type AS name, function FROM bus_subscription WHERE active"
            + " UNION ALL SELECT swarm, NULL FROM bus_watch";

    private final Pool pool;
    private final Map<String, Set<String>> hears;
    private final Set<String> own = ConcurrentHashMap.newKeySet();
    private volatile Map<String, Set<String>> functionsByType = Map.of();
    private volatile Set<String> functions = Set.of();
    private volatile Set<String> watched = Set.of();

    @Inject
    Subscriptions(Pool pool, @All List<Hears> functions) {
        this.pool = pool;
        this.hears = functions.stream().collect(Collectors.toUnmodifiableMap(Hears::function, Hears::types));
    }

    /** The functions that a type goes to, as of the last {@link #refresh()}. */
    public Set<String> functionsOf(String type) {
        return functionsByType.getOrDefault(type, Set.of());
    }

    /** All functions that subscribe to anything, as of the last {@link #refresh()}. */
    public Set<String> functions() {
        return functions;
    }

    /** The swarms whose {@link OnDemand} events somebody watches, as of the last {@link #refresh()}. */
    public Set<String> watched() {
        return Set.copyOf(watched);
    }

    /** Whether somebody watches the {@link OnDemand} events of this swarm, as of the last {@link #refresh()}. */
    boolean isWatched(String swarm) {
        return swarm != null && watched.contains(swarm);
    }

    /**
     * Has {@link OnDemand} events of these swarms written for as long as somebody watches them. All processes know of
     * it within one period of the look for subscriptions. Gives the swarms that the function did not watch before.
     */
    public Uni<Set<String>> watch(Work work, String function, Collection<String> swarms) {
        return work.connection()
                .preparedQuery(WATCH)
                .execute(Tuple.of(function, swarms.toArray(String[]::new)))
                .invoke(() -> {
                    // This process knows at once. If the transaction is rolled back, the next look forgets it again.
                    Set<String> more = new HashSet<>(watched);
                    more.addAll(swarms);
                    watched = more;
                })
                .map(rows -> Set.copyOf(Rows.all(rows, row -> row.getString("swarm"))));
    }

    /** Ends a function's watch of a swarm. */
    public Uni<Void> unwatch(Work work, String function, String swarm) {
        return work.connection()
                .preparedQuery("DELETE FROM bus_watch WHERE function = $1 AND swarm = $2")
                .execute(Tuple.of(function, swarm))
                .replaceWithVoid();
    }

    /**
     * Has a function hear of these types, too, from now on: they are not in its table, and come to it only for somebody who
     * wants them. Ask again within {@link BusConfig.Sweep#unsubscribeAfter()}. Processes know of it within a second; what they
     * wrote before that comes later.
     */
    public Uni<Void> hearToo(Work work, String function, Collection<String> types) {
        return work.connection()
                .preparedQuery(ASK)
                .execute(Tuple.of(function, types.toArray(String[]::new)))
                .replaceWithVoid();
    }

    /** Subscribes a function of this process to the types that it hears; to new ones from now on. */
    Future<Void> ask(String function) {
        own.add(function);
        return ask(
                function, Objects.requireNonNull(hears.get(function), () -> function + " says nowhere what it hears"));
    }

    /**
     * Subscribes every function of this build, even those that do not run: a function at zero is woken by its first
     * event, and gets what was written before it ever ran. It counts as having asked, so types that only an earlier
     * release asked for are unsubscribed in time.
     */
    public Uni<Void> askForAll() {
        return Uni.createFrom()
                .completionStage(() -> Future.join(hears.entrySet().stream()
                                .map(each -> ask(each.getKey(), each.getValue()))
                                .toList())
                        .<Void>mapEmpty()
                        .toCompletionStage());
    }

    /** Keeps the copy in memory at most one period old. Part of every build, unlike the sweep. */
    @Scheduled(
            every = "${s2.bus.sweep.every:1s}",
            concurrentExecution = ConcurrentExecution.SKIP,
            skipExecutionIf = Schema.Missing.class)
    Uni<Void> look() {
        return quietly(refresh());
    }

    /** A sign of life, see {@link #endUnasked}. */
    @Scheduled(
            every = "${s2.bus.sweep.housekeeping:60s}",
            concurrentExecution = ConcurrentExecution.SKIP,
            skipExecutionIf = Schema.Missing.class)
    Uni<Void> signOfLife() {
        return quietly(askAgain());
    }

    /** Asks again for the functions of this process: for those that failed before, and as a sign of life. */
    Future<Void> askAgain() {
        return Future.join(own.stream().map(this::ask).toList()).mapEmpty();
    }

    /** Ends subscriptions that nobody asked for in this time, while their function asked for others. */
    Future<Void> endUnasked(Duration after) {
        return pool.preparedQuery(END)
                .execute(Tuple.of((double) after.toSeconds()).getDelegate())
                .mapEmpty();
    }

    Future<Void> ask(String function, Collection<String> types) {
        return pool.preparedQuery(ASK)
                .execute(Tuple.of(function, (Object) types.toArray(String[]::new))
                        .getDelegate())
                .compose(asked -> refresh());
    }

    private static Uni<Void> quietly(Future<Void> done) {
        return Uni.createFrom()
                .completionStage(done.toCompletionStage())
                .onFailure()
                .invoke(failure -> LOG.debugf("Subscriptions, as of the last look: %s", failure))
                .onFailure()
                .recoverWithNull();
    }

    /** Reads the rows again. */
    Future<Void> refresh() {
        return pool.query(READ).execute().map(rows -> {
            Map<String, Set<String>> byType = new HashMap<>();
            Set<String> all = new HashSet<>();
            Set<String> swarms = new HashSet<>();
            for (Row row : rows) {
                if (row.getString(1) == null) {
                    swarms.add(row.getString(0));
                    continue;
                }
                byType.computeIfAbsent(row.getString(0), type -> new HashSet<>())
                        .add(row.getString(1));
                all.add(row.getString(1));
            }
            functionsByType = byType;
            functions = Set.copyOf(all);
            watched = swarms;
            return null;
        });
    }
}
