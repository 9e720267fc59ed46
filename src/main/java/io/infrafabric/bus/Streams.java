package io.infrafabric.bus;

import io.quarkus.redis.client.RedisClientName;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.types.ErrorType;
import jakarta.enterprise.inject.Typed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * The work streams in Redis from the writer's side: one stream {@code s2.<function>} for each function; its length is
 * the work that is left. Beside it stands the marker {@code s2.<function>.incarnation}: if that is gone, the stream was
 * lost. Every command has a time limit; every failure is one of infrastructure.
 */
@Singleton
@Typed(Streams.class)
final class Streams implements Transport {
    /** The field of an entry that holds the event's JSON. */
    static final String BODY = "e";

    /** How long the sign of a restoring process stays if that process dies. */
    private static final Duration RESTORING = Duration.ofSeconds(60);

    private static final String KNOCK = "s2.doorbell";
    private static final Duration KNOCK_KEPT = Duration.ofSeconds(60);

    private static final String RESTORED = """
            if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
            redis.call('SET', KEYS[2], ARGV[1])
            redis.call('DEL', KEYS[1])
            return 1""";

    private final Vertx vertx;
    private final Redis redis;
    private final Redis readers;
    private final Doorbell doorbell;
    private final BusMetrics metrics;
    private final BusConfig config;
    private final long timeoutMillis;

    @Inject
    Streams(
            Vertx vertx,
            Redis redis,
            @RedisClientName("readers") Redis readers,
            Doorbell doorbell,
            BusMetrics metrics,
            BusConfig config) {
        this.vertx = vertx;
        this.redis = redis;
        this.readers = readers;
        this.doorbell = doorbell;
        this.metrics = metrics;
        this.config = config;
        this.timeoutMillis = config.redisTimeout().toMillis();
    }

    @Override
    public EventSource source(String function) {
        return new StreamSource(readers, this, metrics, config.reader(), function);
    }

    @Override
    public Broadcast broadcast() {
        return new RedisBroadcast(vertx, redis, config);
    }

    static String key(String function) {
        return "s2." + function;
    }

    private static String marker(String function) {
        return key(function) + ".incarnation";
    }

    private static String restoring(String function) {
        return key(function) + ".restoring";
    }

    /** In one round trip. */
    @Override
    public Future<Void> append(List<Entry> entries) {
        List<Request> requests = new ArrayList<>(entries.size());
        for (Entry entry : entries) {
            requests.add(Request.cmd(Command.XADD)
                    .arg(key(entry.function()))
                    .arg("*")
                    .arg(BODY)
                    .arg(entry.json()));
        }
        return batch(requests)
                .onSuccess(appended -> doorbell.taken())
                .onFailure(doorbell::failed)
                .mapEmpty();
    }

    /**
     * Writes a dummy key within this time, and tells the doorbell how that went: a full Redis, or a replica, answers
     * PING too.
     */
    @Override
    public Future<Void> knock(Duration patience) {
        return redis.send(Request.cmd(Command.SET).arg(KNOCK).arg("").arg("PX").arg(KNOCK_KEPT.toMillis()))
                .timeout(patience.toMillis(), TimeUnit.MILLISECONDS)
                .onSuccess(kept -> doorbell.taken())
                .onFailure(doorbell::failed)
                .mapEmpty();
    }

    /**
     * Takes handled entries out of the group and the stream: both at once if Redis accepts a MULTI. A Redis that is out
     * of memory accepts none. Then entries leave the stream first, so that pending entries that are gone from it are
     * found and acknowledged if the second step fails.
     */
    Future<Void> remove(String function, List<String> entries) {
        Request acknowledged = Request.cmd(Command.XACK).arg(key(function)).arg(function);
        Request removed = Request.cmd(Command.XDEL).arg(key(function));
        for (String entry : entries) {
            acknowledged.arg(entry);
            removed.arg(entry);
        }
        return together(List.of(acknowledged, removed))
                .recover(failure -> failure instanceof ErrorType
                        ? batch(List.of(removed, acknowledged)).mapEmpty()
                        : Future.failedFuture(failure));
    }

    /** How many entries are left to do. */
    Future<Long> length(String function) {
        return send(Request.cmd(Command.XLEN).arg(key(function))).map(Response::toLong);
    }

    /**
     * The ids of the events that are in the stream, or {@code null} if there are more than {@code limit}: then there is
     * enough to do anyway.
     */
    Future<Set<UUID>> events(String function, int limit) {
        return length(function)
                .compose(length -> length > limit ? Future.succeededFuture() : readEvents(function, limit));
    }

    private Future<Set<UUID>> readEvents(String function, int limit) {
        return send(Request.cmd(Command.XRANGE)
                        .arg(key(function))
                        .arg("-")
                        .arg("+")
                        .arg("COUNT")
                        .arg(limit))
                .map(entries -> {
                    Set<UUID> events = new HashSet<>();
                    for (Response entry : entries) {
                        UUID event = switch (Envelopes.read(body(entry.get(1)))) {
                            case Reading.Known known -> known.envelope().id();
                            case Reading.Unknown unknown -> unknown.id();
                            case Reading.Malformed malformed -> malformed.id();
                        };
                        if (event != null) {
                            events.add(event);
                        }
                    }
                    return events;
                });
    }

    /** The functions among these whose stream was lost or never existed. */
    Future<List<String>> lost(List<String> functions) {
        if (functions.isEmpty()) {
            return Future.succeededFuture(List.of());
        }
        Request get = Request.cmd(Command.MGET);
        functions.forEach(function -> get.arg(marker(function)));
        return send(get).map(markers -> {
            List<String> lost = new ArrayList<>();
            for (int i = 0; i < functions.size(); i++) {
                if (markers.get(i) == null) {
                    lost.add(functions.get(i));
                }
            }
            return lost;
        });
    }

    /**
     * Puts up the sign that this process restores a lost stream, for {@link #RESTORING} at most.
     *
     * @return whether nobody else has done so
     */
    Future<Boolean> restore(String function, UUID incarnation) {
        return send(Request.cmd(Command.SET)
                        .arg(restoring(function))
                        .arg(incarnation.toString())
                        .arg("NX")
                        .arg("PX")
                        .arg(RESTORING.toMillis()))
                .map(Objects::nonNull);
    }

    /** Keeps the sign up for longer. */
    Future<Void> stillRestoring(String function) {
        return send(Request.cmd(Command.PEXPIRE).arg(restoring(function)).arg(RESTORING.toMillis()))
                .mapEmpty();
    }

    /**
     * Turns the sign into the marker.
     *
     * @return whether the sign was still up; if not, the stream was lost once more in the meantime
     */
    Future<Boolean> restored(String function, UUID incarnation) {
        return send(Request.cmd(Command.EVAL)
                        .arg(RESTORED)
                        .arg(2)
                        .arg(restoring(function))
                        .arg(marker(function))
                        .arg(incarnation.toString()))
                .map(done -> done.toInteger() == 1);
    }

    /** Sends all requests in one round trip, each by itself. */
    Future<List<Response>> batch(List<Request> requests) {
        return redis.batch(requests).timeout(timeoutMillis, TimeUnit.MILLISECONDS);
    }

    /** Sends all requests in one MULTI, in one round trip. */
    Future<Void> together(List<Request> requests) {
        List<Request> multi = new ArrayList<>(requests.size() + 2);
        multi.add(Request.cmd(Command.MULTI));
        multi.addAll(requests);
        multi.add(Request.cmd(Command.EXEC));
        return batch(multi).mapEmpty();
    }

    long timeoutMillis() {
        return timeoutMillis;
    }

    Future<Response> send(Request request) {
        return redis.send(request).timeout(timeoutMillis, TimeUnit.MILLISECONDS);
    }

    /** The body in an entry's list of fields and values, or an empty text. */
    static String body(Response fields) {
        for (int i = 0; fields != null && i + 1 < fields.size(); i += 2) {
            if (BODY.equals(fields.get(i).toString())) {
                return fields.get(i + 1).toString();
            }
        }
        return "";
    }
}
