package io.infrafabric.bus;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.smallrye.reactive.messaging.providers.locals.ContextAwareMessage;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.types.ErrorType;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.jboss.logging.Logger;

/**
 * Reads one stream as one consumer of its group, a batch at a time: it reads the next batch after the last one was
 * acknowledged. All of its state belongs to one event loop.
 *
 * <ul>
 *   <li>An acknowledged batch leaves the group and the stream in one MULTI.
 *   <li>A refused batch (the infrastructure is away) is kept, and emitted again after a pause; nothing is counted.
 *   <li>While it holds a batch, it touches the entries now and then, so that nobody takes it for dead.
 *   <li>It regularly looks for entries that somebody else left behind ({@link Abandoned}).
 *   <li>Entries of unknown types stay pending.
 *   <li>While the channel is away or refuses writes, batches come from the event log ({@link LogReader}).
 * </ul>
 */
final class StreamReader {
    private static final Logger LOG = Logger.getLogger(StreamReader.class);

    private final Vertx vertx;
    private final Redis redis;
    private final Streams streams;
    private final BusConfig.Reader config;
    private final String function;
    private final String stream;
    private final String consumer = UUID.randomUUID().toString();
    private final Context context;
    private final Doorbell doorbell;
    private final Abandoned abandoned;
    private final LogReader log;
    private final Promise<Void> ended = Promise.promise();

    private UniEmitter<? super Message<EventBatch>> waiting;
    private EventBatch inFlight;
    private EventBatch kept;
    private List<String> unremoved = List.of();
    private boolean cut;
    private boolean wasLog;
    private boolean reading;
    private boolean stopping;
    private boolean grouped;
    private int failures;
    private long touchTimer;

    StreamReader(
            Vertx vertx,
            Redis redis,
            Streams streams,
            Doorbell doorbell,
            Unhandled unhandled,
            EventIds ids,
            BusMetrics metrics,
            BusConfig bus,
            String function) {
        this.vertx = vertx;
        this.redis = redis;
        this.streams = streams;
        this.doorbell = doorbell;
        this.config = bus.reader();
        this.function = function;
        this.log = new LogReader(unhandled, ids, bus, function);
        this.stream = Streams.key(function);
        this.context = vertx.getOrCreateContext();
        this.abandoned = new Abandoned(streams, metrics, config, function, consumer);
    }

    /** The batches, for one subscriber. */
    Multi<Message<EventBatch>> batches() {
        context.runOnContext(start ->
                touchTimer = vertx.setPeriodic(Math.max(1, config.claimIdle().toMillis() / 3), timer -> touch()));
        return Multi.createBy()
                .repeating()
                .uni(() -> Uni.createFrom()
                        .<Message<EventBatch>>emitter(next -> context.runOnContext(onContext -> {
                            waiting = next;
                            step();
                        })))
                .indefinitely();
    }

    /** Stops reading; succeeds when the batch in flight, if any, has left the channel and the last read has ended. */
    Future<Void> stop() {
        context.runOnContext(onContext -> {
            stopping = true;
            vertx.cancelTimer(touchTimer);
            endIfIdle();
        });
        return ended.future();
    }

    private void endIfIdle() {
        if (stopping && !reading && inFlight == null) {
            ended.tryComplete();
        }
    }

    /** Takes the next step, if somebody waits for a batch and none is in flight. */
    private void step() {
        if (stopping) {
            endIfIdle();
        } else if (waiting != null && inFlight == null && !reading) {
            if (kept != null) {
                emit(kept);
            } else {
                read();
            }
        }
    }

    /**
     * Reads from the stream. While writes do not get through, it reads from the log, look after look. It alternates
     * with a stream that still answers, because that stream may be what fills Redis. It leaves a silent one alone until
     * somebody hears of it.
     */
    private void read() {
        reading = true;
        boolean rings = !cut && doorbell.rings();
        boolean away = doorbell.state() instanceof Doorbell.State.Away;
        if (log.isDue(rings) && (away || !wasLog)) {
            wasLog = true;
            log.read(rings)
                    .onComplete(read ->
                            onRead(read, failure -> LOG.debugf("Reading the log for %s: %s", function, failure)));
        } else if (away) {
            context.runOnContext(
                    onContext -> vertx.setTimer(Math.max(1, config.backoff().toMillis()), timer -> {
                        reading = false;
                        step();
                    }));
        } else {
            wasLog = false;
            fromStream(log.isDue(rings)).onComplete(read -> onRead(read, this::onFailedRead));
        }
    }

    private Future<List<EventBatch.Delivery>> fromStream(boolean atOnce) {
        return prepare()
                .compose(ready -> remove())
                .compose(ready -> abandoned.isDue() ? abandoned.take() : Future.succeededFuture(List.of()))
                .compose(taken -> taken.isEmpty() ? readNew(atOnce) : Future.succeededFuture(taken))
                .onSuccess(read -> context.runOnContext(heard -> cut = false));
    }

    private void onRead(AsyncResult<List<EventBatch.Delivery>> read, Consumer<Throwable> failed) {
        context.runOnContext(onContext -> {
            reading = false;
            if (read.failed()) {
                failed.accept(read.cause());
                later(this::step);
                endIfIdle();
                return;
            }
            failures = 0;
            if (read.result().isEmpty()) {
                step();
            } else {
                emit(new EventBatch(function, read.result()));
            }
        });
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
                        add(deliveries, entry.get(0).toString(), Envelopes.read(Streams.body(entry.get(1))), 1);
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

    static void add(List<EventBatch.Delivery> deliveries, String entry, Reading event, int count) {
        switch (event) {
            case Reading.Known known -> deliveries.add(new EventBatch.Delivery(entry, known, count));
            case Reading.Malformed malformed -> deliveries.add(new EventBatch.Delivery(entry, malformed, count));
            case Reading.Unknown unknown ->
                LOG.debugf("Left %s of type %s to a newer replica", unknown.id(), unknown.type());
        }
    }

    private void onFailedRead(Throwable failure) {
        if (failure instanceof ErrorType) {
            // The group, the stream or all of Redis may be new: start as if it were.
            grouped = false;
        }
        if (!isError(failure, "NOGROUP")) {
            if (!cut) {
                LOG.warnf("Reading %s: %s", stream, failure);
            }
            cut = true;
        }
    }

    /** Emits even while stopping: what was read is ours, and others would wait for it. */
    private void emit(EventBatch batch) {
        UniEmitter<? super Message<EventBatch>> next = waiting;
        waiting = null;
        inFlight = batch;
        kept = null;
        Message<EventBatch> message = Message.of(batch, this::acknowledge, this::refuse);
        next.complete(ContextAwareMessage.withContextMetadata(message));
    }

    private CompletionStage<Void> acknowledge() {
        Promise<Void> left = Promise.promise();
        context.runOnContext(onContext -> {
            log.taken();
            if (unremoved.isEmpty()) {
                leave(inFlight, left);
            } else {
                // Go on with the log: the batch that could not leave the stream comes before any other one from it.
                inFlight = null;
                left.complete();
                step();
            }
        });
        return left.future().toCompletionStage();
    }

    /**
     * The effects are committed, so the batch leaves the stream. If that fails, it is tried again before the next read
     * of the stream. Until then the log is read, and other readers find the batch handled.
     */
    private void leave(EventBatch batch, Promise<Void> left) {
        unremoved = entries(batch);
        remove().onComplete(done -> context.runOnContext(onContext -> {
            if (done.failed()) {
                cut = true;
                LOG.debugf("%s could not remove what it took in: %s", function, done.cause());
            } else {
                failures = 0;
            }
            inFlight = null;
            left.complete();
            step();
        }));
    }

    private Future<Void> remove() {
        return unremoved.isEmpty()
                ? Future.succeededFuture()
                : streams.remove(function, unremoved)
                        .onSuccess(removed -> context.runOnContext(onContext -> unremoved = List.of()));
    }

    /** The names of the entries in the stream; events from the log have none. */
    private static List<String> entries(EventBatch batch) {
        return batch.deliveries().stream()
                .map(EventBatch.Delivery::entry)
                .filter(entry -> !entry.isEmpty())
                .toList();
    }

    private CompletionStage<Void> refuse(Throwable failure) {
        Promise<Void> understood = Promise.promise();
        context.runOnContext(onContext -> {
            if (failures == 0) {
                LOG.warnf("%s pauses: %s", function, failure);
            }
            EventBatch batch = inFlight;
            if (stopping) {
                inFlight = null;
                endIfIdle();
            } else {
                later(() -> {
                    kept = batch;
                    inFlight = null;
                    step();
                });
            }
            understood.complete();
        });
        return understood.future().toCompletionStage();
    }

    private void later(Runnable next) {
        long pause = Math.min(config.maxBackoff().toMillis(), config.backoff().toMillis() << Math.min(failures++, 16));
        context.runOnContext(onContext -> vertx.setTimer(Math.max(1, pause), timer -> next.run()));
    }

    /** Resets the idle time of what is in flight, without counting a delivery. */
    private void touch() {
        List<String> touched = inFlight == null ? List.of() : entries(inFlight);
        if (touched.isEmpty()) {
            return;
        }
        Request touch = Request.cmd(Command.XCLAIM)
                .arg(stream)
                .arg(function)
                .arg(consumer)
                .arg(0);
        touched.forEach(touch::arg);
        streams.send(touch.arg("JUSTID")).onFailure(failure -> LOG.debugf("Touching %s: %s", stream, failure));
    }

    private static boolean isError(Throwable failure, String code) {
        return failure instanceof ErrorType error && error.is(code);
    }
}
