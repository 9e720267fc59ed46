package io.infrafabric.bus;

import io.infrafabric.event.Catalogue;
import io.infrafabric.event.CoordinatorEvent;
import io.infrafabric.event.CoordinatorEvent.Reason;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.Event;
import io.infrafabric.event.Trace;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;

/**
 * One process of the bus on real servers ({@link BusServers}): a database of its own, and a Redis that all share.
 */
final class BusBed implements AutoCloseable {
    /** A function of the tests alone; the catalogue does not know it, so its subscriptions are rows only. */
    static final String PROBE = "probe";

    /** How often a process finds out how Redis is. */
    private static final java.time.Duration KNOCK = java.time.Duration.ofMillis(100);

    final String database;
    final Vertx vertx = Vertx.vertx();
    final Pool pool;
    final Redis redis;
    final BusConfig config;
    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final EventIds ids = new EventIds();
    final Doorbell doorbell;
    final Unhandled unhandled;
    final Streams streams;
    final Queues queues;
    final Transport transport;
    final Subscriptions subscriptions;
    final Relay relay;
    final Bells bells;
    final Transactions transactions;
    final DeadLetters deadLetters;
    final BusMetrics metrics;
    final Inbox inbox;
    final Recovery recovery;
    final Days days;
    private volatile boolean redisClosed;
    private final List<StreamReader> readers = new ArrayList<>();
    private final List<Cancellable> consumers = new ArrayList<>();

    /** A process on a new database and an empty Redis. */
    static BusBed fresh(Map<String, String> settings) {
        BusBed bed = new BusBed(BusServers.freshDatabase(), BusServers.postgresPort(), settings, Optional.empty());
        bed.redis(Command.FLUSHALL);
        return bed;
    }

    /** A process on a new database and a broker of AMQP. */
    static BusBed onAmqp(String url, Map<String, String> settings) {
        return new BusBed(BusServers.freshDatabase(), BusServers.postgresPort(), settings, Optional.of(url));
    }

    /** Another process on the same database, with this broker. */
    BusBed besideOnAmqp(String url, Map<String, String> settings) {
        return new BusBed(database, BusServers.postgresPort(), settings, Optional.of(url));
    }

    static BusBed fresh() {
        return fresh(Map.of());
    }

    /** Another process on the same database and Redis. */
    BusBed beside() {
        return beside(BusServers.postgresPort());
    }

    /** Another process that reaches the same database by another port. */
    BusBed beside(int port) {
        return new BusBed(database, port, Map.of(), Optional.empty());
    }

    private BusBed(String database, int port, Map<String, String> settings, Optional<String> amqp) {
        this.database = database;
        this.config = new SmallRyeConfigBuilder()
                .withConverter(java.time.Duration.class, 200, new io.quarkus.runtime.configuration.DurationConverter())
                .withMapping(BusConfig.class)
                .withSources(new PropertiesConfigSource(
                        Map.of(
                                "s2.bus.reader.block", "100ms",
                                "s2.bus.reader.claim-idle", "300ms",
                                "s2.bus.reader.backoff", "20ms",
                                "s2.bus.inbox.retry-backoff", "10ms",
                                "s2.bus.relay.mark-every", "10ms",
                                "s2.bus.log.every", "100ms"),
                        "tests",
                        100))
                .withSources(new PropertiesConfigSource(settings, "test", 200))
                .build()
                .getConfigMapping(BusConfig.class);
        this.pool = PgBuilder.pool()
                .connectingTo(new PgConnectOptions()
                        .setHost("127.0.0.1")
                        .setPort(port)
                        .setUser("postgres")
                        .setDatabase(database)
                        .setCachePreparedStatements(true))
                .with(new PoolOptions().setMaxSize(10))
                .using(vertx)
                .build();
        this.redis = Redis.createClient(
                vertx,
                new RedisOptions()
                        .setConnectionString("redis://127.0.0.1:" + BusServers.redisPort())
                        .setMaxPoolSize(16)
                        .setMaxPoolWaiting(1000));
        this.metrics = new BusMetrics(registry, ids);
        this.doorbell = new Doorbell(registry, amqp.isPresent() ? "amqp" : "redis");
        this.streams = new Streams(vertx, redis, redis, doorbell, metrics, config);
        this.queues =
                amqp.isPresent() ? new Queues(vertx, pool, doorbell, metrics, config, amqp, Optional.empty()) : null;
        this.transport = queues == null ? streams : queues;
        this.unhandled = new Unhandled(pool);
        this.subscriptions = new Subscriptions(pool, FunctionTables.all());
        this.relay = new Relay(vertx, pool, transport, subscriptions, doorbell, config, registry);
        this.bells = new Bells(transport, doorbell, config);
        this.transactions = new Transactions(vertx, pool, ids, subscriptions, relay, bells, config);
        this.deadLetters = new DeadLetters(new io.vertx.mutiny.sqlclient.Pool(pool), transactions, ids, relay);
        this.inbox = new Inbox(vertx, transactions, deadLetters, metrics, config);
        this.recovery = new Recovery(
                pool,
                transport,
                new Again(pool, relay, unhandled, ids, config),
                relay,
                subscriptions,
                unhandled,
                doorbell,
                ids,
                config);
        this.days = new Days(pool, ids, config);
        vertx.setPeriodic(KNOCK.toMillis(), timer -> {
            if (!redisClosed) {
                transport.knock(KNOCK.multipliedBy(5));
            }
        });
    }

    /** From now on this process cannot reach Redis. */
    void loseRedis() {
        redisClosed = true;
        redis.close();
        doorbell.failed(new java.net.ConnectException("lost"));
    }

    Sweep sweep(Deadlines... deadlines) {
        return new Sweep(
                pool,
                transactions,
                subscriptions,
                recovery,
                unhandled,
                days,
                transport,
                doorbell,
                metrics,
                List.of(deadlines),
                config);
    }

    /** Subscribes a function to the types of these records. */
    void subscribe(String function, Set<Class<? extends Event>> records) {
        await(subscriptions.ask(
                function,
                Catalogue.types().stream()
                        .filter(type -> records.contains(type.record()))
                        .map(Catalogue.Type::name)
                        .toList()));
    }

    StreamReader reader(String function) {
        return new StreamReader(vertx, transport.source(function), doorbell, unhandled, ids, config, function);
    }

    /** Consumes a function's stream as SmallRye would. */
    StreamReader consume(String function, BiFunction<Work, Envelope, Uni<Void>> handler) {
        StreamReader reader = reader(function);
        readers.add(reader);
        consumers.add(reader.batches()
                .onItem()
                .transformToUniAndConcatenate(message -> inbox.take(message.getPayload(), handler)
                        .onItemOrFailure()
                        .transformToUni((taken, failure) -> Uni.createFrom()
                                .completionStage(failure == null ? message.ack() : message.nack(failure))))
                .subscribe()
                .with(ignored -> {}));
        return reader;
    }

    /** Emits events in one transaction. */
    void emit(Event... events) {
        await(transactions.run(work -> {
            for (Event event : events) {
                work.emit(event, Trace.NONE);
            }
            return Uni.createFrom().voidItem();
        }));
    }

    /** An envelope as it would come out of the channel. */
    Reading.Known known(Event event) {
        return known(ids, event);
    }

    static Reading.Known known(EventIds ids, Event event) {
        String type = Catalogue.typeOf(event).name();
        Envelope envelope =
                new Envelope(ids.next(), type, "/s2/test", java.time.Instant.now(), new Trace(null, "token"), event);
        return new Reading.Known(envelope, Envelopes.write(envelope));
    }

    static EventBatch batch(Reading... readings) {
        List<EventBatch.Delivery> deliveries = new ArrayList<>();
        for (Reading reading : readings) {
            deliveries.add(new EventBatch.Delivery("0-" + deliveries.size(), reading, 1));
        }
        return new EventBatch(PROBE, deliveries);
    }

    /** A fact. */
    static CoordinatorEvent.TaskFailed failed(String task) {
        return new CoordinatorEvent.TaskFailed(task, "swarm", "session", List.of(), 1, Reason.FAILED, null);
    }

    /** A state event. */
    static CoordinatorEvent.SessionLost lost(String session, long version) {
        return new CoordinatorEvent.SessionLost(session, "swarm", version, 1);
    }

    /** A handler's effect: one more row in {@code effect} for the subject, so that a second one is seen. */
    static Uni<Void> effect(Work work, Envelope envelope) {
        return work.connection()
                .preparedQuery("INSERT INTO effect (subject, event) VALUES ($1, $2)")
                .execute(io.vertx.mutiny.sqlclient.Tuple.of(envelope.event().subject(), envelope.id()))
                .replaceWithVoid();
    }

    void makeEffectTable() {
        sql("CREATE TABLE effect (subject text, event uuid, at timestamptz DEFAULT clock_timestamp())");
    }

    /** The subjects of all effects, in their order. */
    List<String> effects() {
        return strings("SELECT subject FROM effect ORDER BY at");
    }

    List<String> strings(String query) {
        List<String> values = new ArrayList<>();
        await(pool.query(query).execute()).forEach(row -> values.add(String.valueOf(row.getValue(0))));
        return values;
    }

    long number(String query) {
        return await(pool.query(query).execute()).iterator().next().getLong(0);
    }

    void sql(String statement) {
        await(pool.query(statement).execute());
    }

    Response redis(Command command, String... arguments) {
        Request request = Request.cmd(command);
        for (String argument : arguments) {
            request.arg(argument);
        }
        return await(redis.send(request));
    }

    long streamLength(String function) {
        return await(streams.length(function));
    }

    /** Entries in the stream that are delivered to somebody and not acknowledged. */
    long pending(String function) {
        return redis(Command.XPENDING, Streams.key(function), function).get(0).toLong();
    }

    Set<UUID> inbox(String function) {
        Set<UUID> events = new java.util.HashSet<>();
        await(pool.preparedQuery("SELECT event FROM bus_inbox WHERE function = $1")
                        .execute(io.vertx.sqlclient.Tuple.of(function)))
                .forEach(row -> events.add(row.getUUID(0)));
        return events;
    }

    static <T> T await(Uni<T> uni) {
        return uni.await().atMost(java.time.Duration.ofSeconds(30));
    }

    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        } catch (ExecutionException | TimeoutException failed) {
            throw new IllegalStateException(failed);
        }
    }

    @Override
    public void close() {
        await(Future.join(readers.stream().map(StreamReader::stop).toList()));
        consumers.forEach(Cancellable::cancel);
        bells.close();
        if (queues != null) {
            await(queues.close());
        }
        if (!redisClosed) {
            redis.close();
        }
        await(pool.close());
        await(vertx.close());
    }
}
