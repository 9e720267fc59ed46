package io.infrafabric.bus;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.types.ErrorType;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * One consumer of the group of one Redis stream.
 *
 * <ul>
 *   <li>Handled entries leave the group and the stream in one MULTI.
 *   <li>It regularly looks for entries that somebody else left behind ({@link Abandoned}).
 *   <li>Entries of unknown types stay pending.
 * </ul>
 */
final class StreamSource implements EventSource {
    private final Redis redis;
    private final Streams streams;
    private final BusConfig.Reader config;
    private final String function;
    private final String stream;
    private final String consumer = UUID.randomUUID().toString();
    private final Abandoned abandoned;

    private boolean grouped;

    /**
     * A new consumer.
     *
     * @param redis for reads, which occupy their connection
     * @param streams for all other commands
     */
    StreamSource(Redis redis, Streams streams, BusMetrics metrics, BusConfig.Reader config, String function) {
        this.redis = redis;
        this.streams = streams;
        this.config = config;
        this.function = function;
        this.stream = Streams.key(function);
        this.abandoned = new Abandoned(streams, metrics, config, function, consumer);
    }

    @Override
    public Future<List<EventBatch.Delivery>> read(boolean atOnce) {
        return prepare()
                .compose(ready -> abandoned.isDue() ? abandoned.take() : Future.succeededFuture(List.of()))
                .compose(taken -> taken.isEmpty() ? readNew(atOnce) : Future.succeededFuture(taken));
    }

    private Future<Void> prepare() {
        if (grouped) {
            return Future.succeededFuture();
        }
        return streams.send(Request.cmd(Command.XGROUP)
                        .arg("CREATE")
                        .arg(stream)
                        .arg(function)
                        .arg("0")
                        .arg("MKSTREAM"))
                .<Void>mapEmpty()
                .recover(failure ->
                        isError(failure, "BUSYGROUP") ? Future.succeededFuture() : Future.failedFuture(failure))
                .onSuccess(made -> grouped = true)
                // This Redis makes no group, but allows reading from one that exists.
                .recover(failure -> isError(failure, "OOM") ? Future.succeededFuture() : Future.failedFuture(failure));
    }

    private Future<List<EventBatch.Delivery>> readNew(boolean atOnce) {
        long block = atOnce ? 0 : config.block().toMillis();
        Request read = Request.cmd(Command.XREADGROUP)
                .arg("GROUP")
                .arg(function)
                .arg(consumer)
                .arg("COUNT")
                .arg(config.maxBatch());
        if (!atOnce) {
            read.arg("BLOCK").arg(block);
        }
        return redis.send(read.arg("STREAMS").arg(stream).arg(">"))
                .timeout(block + streams.timeoutMillis(), TimeUnit.MILLISECONDS)
                .map(answer -> {
                    List<EventBatch.Delivery> deliveries = new ArrayList<>();
                    Response entries = answer == null ? null : entriesOf(answer);
                    for (int i = 0; entries != null && i < entries.size(); i++) {
                        Response entry = entries.get(i);
                        EventSource.add(
                                deliveries, entry.get(0).toString(), Envelopes.read(Streams.body(entry.get(1))), 1);
                    }
                    return deliveries;
                });
    }

    /** A list of pairs in RESP2, a map in RESP3. */
    private Response entriesOf(Response answer) {
        return answer.getKeys().contains(stream)
                ? answer.get(stream)
                : answer.get(0).get(1);
    }

    @Override
    public Future<Void> remove(List<String> entries) {
        return streams.remove(function, entries);
    }

    /** Resets the idle time, without counting a delivery. */
    @Override
    public void touch(List<String> entries) {
        Request touch = Request.cmd(Command.XCLAIM)
                .arg(stream)
                .arg(function)
                .arg(consumer)
                .arg(0);
        entries.forEach(touch::arg);
        streams.send(touch.arg("JUSTID"))
                .onFailure(failure -> StreamReader.LOG.debugf("Touching %s: %s", stream, failure));
    }

    @Override
    public boolean failed(Throwable failure) {
        if (failure instanceof ErrorType) {
            // The group, the stream or all of Redis may be new: start as if it were.
            grouped = false;
        }
        return !isError(failure, "NOGROUP");
    }

    /** What is pending stays so, and is taken over by others in time. */
    @Override
    public void close() {}

    private static boolean isError(Throwable failure, String code) {
        return failure instanceof ErrorType error && error.is(code);
    }
}
