package io.infrafabric.proof;

import io.infrafabric.event.Catalogue;
import io.infrafabric.fabric.Servers;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Assumptions;

/**
 * The budget's stream in Redis, seen from outside, or its queue on a broker of AMQP. A test that asks what only Redis can tell is
 * skipped there from then on.
 */
final class Channel implements AutoCloseable {
    private static final String STREAM = "s2.budget";
    private static final String GROUP = "budget";

    private final Vertx vertx = Vertx.vertx();
    private final Servers servers;
    private final Redis redis;

    Channel(Servers servers) {
        this.servers = servers;
        this.redis = Redis.createClient(vertx, servers.redisUrl());
    }

    /** What is left to do. */
    long length() {
        return length(GROUP);
    }

    /** What is left to do in another function's stream. */
    long length(String function) {
        return servers.broker()
                .map(broker -> broker.length(function))
                .orElseGet(() ->
                        send(Request.cmd(Command.XLEN).arg("s2." + function)).toLong());
    }

    /** Whether a function's group is there, and its stream then is too; on AMQP, whether its reader is. */
    boolean hasGroup(String function) {
        return servers.broker()
                .map(broker -> broker.consumers(function) == 1)
                .orElseGet(() -> hasGroupInRedis(function));
    }

    private boolean hasGroupInRedis(String function) {
        return send(Request.cmd(Command.EXISTS).arg("s2." + function)).toInteger() == 1
                && send(Request.cmd(Command.XINFO).arg("GROUPS").arg("s2." + function))
                                .size()
                        == 1;
    }

    /** What was delivered and is not acknowledged. */
    long pending() {
        return servers.broker()
                .map(broker -> broker.delivered(GROUP))
                .orElseGet(() -> send(Request.cmd(Command.XPENDING).arg(STREAM).arg(GROUP))
                        .get(0)
                        .toLong());
    }

    /** How often the entry was delivered that was delivered most. */
    long mostDeliveries() {
        Response entries = send(Request.cmd(Command.XPENDING)
                .arg(STREAM)
                .arg(GROUP)
                .arg("-")
                .arg("+")
                .arg(1000));
        long most = 0;
        for (Response entry : entries) {
            most = Math.max(most, entry.get(3).toLong());
        }
        return most;
    }

    /** Appends an event's JSON, as a relay does. */
    void append(String json) {
        servers.broker()
                .ifPresentOrElse(
                        broker -> broker.send(GROUP, json),
                        () -> send(Request.cmd(Command.XADD)
                                .arg(STREAM)
                                .arg("*")
                                .arg("e")
                                .arg(json)));
    }

    /** As a Redis whose memory is full: it answers, and refuses whatever is written. */
    void refuseWrites() {
        servers.broker()
                .ifPresentOrElse(
                        broker -> Catalogue.FUNCTIONS.forEach(broker::fill),
                        () -> send(Request.cmd(Command.CONFIG)
                                .arg("SET")
                                .arg("maxmemory")
                                .arg(1)));
    }

    void acceptWrites() {
        servers.broker()
                .ifPresentOrElse(
                        broker -> Catalogue.FUNCTIONS.forEach(broker::makeRoom),
                        () -> send(Request.cmd(Command.CONFIG)
                                .arg("SET")
                                .arg("maxmemory")
                                .arg(0)));
    }

    /** Takes over all pending entries as another consumer, and says how many. */
    int takeOver(String consumer) {
        return send(Request.cmd(Command.XAUTOCLAIM)
                        .arg(STREAM)
                        .arg(GROUP)
                        .arg(consumer)
                        .arg(0)
                        .arg("0"))
                .get(1)
                .size();
    }

    private Response send(Request request) {
        Assumptions.assumeTrue(servers.broker().isEmpty(), "from here on this test asks Redis");
        try {
            return redis.send(request).toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException(request.command() + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        redis.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
