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
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.jboss.logging.Logger;

/**
 * Reads the channel of one function, a batch at a time: it reads the next batch after the last one was acknowledged. What it
 * reads from is a {@link EventSource}. All of its state belongs to one event loop.
 *
 * <ul>
 *   <li>An acknowledged batch leaves the channel.
 *   <li>A refused batch (the infrastructure is away) is kept, and emitted again after a pause; nothing is counted.
 *   <li>While it holds a batch, it touches the entries now and then, so that nobody takes it for dead.
 *   <li>While the channel is away or refuses writes, batches come from the event log ({@link LogReader}).
 * </ul>
 */
final class StreamReader {
    static final Logger LOG = Logger.getLogger(StreamReader.class);

    private final Vertx vertx;
    private final EventSource source;
    private final BusConfig.Reader config;
    private final String function;
    private final Context context;
    private final Doorbell doorbell;
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
    private int failures;
    private long touchTimer;

    StreamReader(
            Vertx vertx,
            EventSource source,
            Doorbell doorbell,
            Unhandled unhandled,
            EventIds ids,
            BusConfig bus,
            String function) {
        this.vertx = vertx;
        this.source = source;
        this.doorbell = doorbell;
        this.config = bus.reader();
        this.function = function;
        this.log = new LogReader(unhandled, ids, bus, function);
        this.context = vertx.getOrCreateContext();
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
            if (ended.tryComplete()) {
                source.close();
            }
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
        return remove().compose(ready -> source.read(atOnce))
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

    private void onFailedRead(Throwable failure) {
        if (source.failed(failure)) {
            if (!cut) {
                LOG.warnf("Reading %s: %s", Streams.key(function), failure);
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
     * The effects are committed, so the batch leaves the channel. If that fails, it is tried again before the next read
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
                : source.remove(unremoved)
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

    private void touch() {
        List<String> touched = inFlight == null ? List.of() : entries(inFlight);
        if (!touched.isEmpty()) {
            source.touch(touched);
        }
    }
}
