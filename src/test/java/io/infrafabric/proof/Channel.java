package io.infrafabric.proof;

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
 * The budget's stream in Redis, seen from outside. On AMQP it is a queue, and a test that asks what only Redis can tell is skipped
 * from there on.
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
        return Servers.isOnAmqp()
                ? servers.broker().length(function)
                : send(Request.cmd(Command.XLEN).arg("s2." + function)).toLong();
    }

    /** Whether a function's group is there; its stream then is too. */
    boolean hasGroup(String function) {
        if (Servers.isOnAmqp()) {
            return servers.broker().consumers(function) == 1;
        }
        return send(Request.cmd(Command.EXISTS).arg("s2." + function)).toInteger() == 1
                && send(Request.cmd(Command.XINFO).arg("GROUPS").arg("s2." + function))
                                .size()
                        == 1;
    }

    /** What was delivered and is not acknowledged. */
    long pending() {
        return send(Request.cmd(Command.XPENDING).arg(STREAM).arg(GROUP)).get(0).toLong();
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
        if (Servers.isOnAmqp()) {
            servers.broker().send(GROUP, json);
            return;
        }
        send(Request.cmd(Command.XADD).arg(STREAM).arg("*").arg("e").arg(json));
    }

    /** Lets everything that writes wait, until {@link #letWrites} or the time is over: nothing can be acknowledged. */
    void holdWrites(int millis) {
        send(Request.cmd(Command.CLIENT).arg("PAUSE").arg(millis).arg("WRITE"));
    }

    void letWrites() {
        send(Request.cmd(Command.CLIENT).arg("UNPAUSE"));
    }

    /** As a Redis whose memory is full: it answers, and refuses whatever is written. */
    void refuseWrites() {
        send(Request.cmd(Command.CONFIG).arg("SET").arg("maxmemory").arg(1));
    }

    void acceptWrites() {
        send(Request.cmd(Command.CONFIG).arg("SET").arg("maxmemory").arg(0));
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
        Assumptions.assumeFalse(Servers.isOnAmqp(), "from here on this test asks Redis");
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
