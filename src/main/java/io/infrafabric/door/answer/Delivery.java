package io.infrafabric.door.answer;

import io.netty.channel.Channel;
import io.smallrye.mutiny.Uni;
import io.vertx.core.impl.ContextInternal;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Whether an answer reaches its client. It is checked while the call waits, when its lease is committed, and when the
 * answer is written. A lease whose answer did not arrive is given back, once. After the commit the connection is read once more
 * before the answer is written, so a client whose leaving had arrived by then is not missed. One that closes while the answer is
 * on its way goes unnoticed, so claims and heartbeats tell a session everything that it holds.
 */
public final class Delivery {
    private static final Logger LOG = Logger.getLogger(Delivery.class);

    /** The state of a delivery, with what to do if it fails. */
    private sealed interface State {
        /** Nothing is granted yet, and the client is still there. */
        record Open() implements State {}

        /** The lease is committed, its answer not yet written. */
        record Granted(Supplier<Uni<Void>> giveBack) implements State {}

        /** The answer was written, or the lease was given back: nothing is left to do. */
        record Over() implements State {}

        /** The connection broke before there was an answer. */
        record Gone() implements State {}
    }

    private static final State OPEN = new State.Open();

    private final BooleanSupplier closed;
    private final Executor afterReading;
    private final AtomicReference<State> state = new AtomicReference<>(OPEN);

    /**
     * A delivery over a connection whose end somebody else reports ({@link #ended}).
     *
     * @param closed whether the connection is known to be closed
     * @param afterReading runs what it is given once all that has arrived at the connection is read
     */
    Delivery(BooleanSupplier closed, Executor afterReading) {
        this.closed = closed;
        this.afterReading = afterReading;
    }

    /**
     * The delivery of this request's answer. Call it on the request's own thread.
     *
     * <p>An answer counts as written if its connection was open then. Netty closes one as soon as it has read its end, and Vert.x hears
     * of that a moment later; an answer between the two goes nowhere, and Vert.x calls it written.
     */
    public static Delivery of(RoutingContext request) {
        ContextInternal own = (ContextInternal) request.vertx().getOrCreateContext();
        // A timer that is due at once runs in the event loop's next round, after it has read its connections. A task
        // would run in this round.
        Delivery delivery = new Delivery(() -> request.response().closed(), task -> {
            var _ = own.nettyEventLoop().schedule(() -> own.runOnContext(_ -> task.run()), 1, TimeUnit.NANOSECONDS);
        });
        Channel channel = ((ConnectionBase) request.request().connection()).channel();
        request.addEndHandler(result -> {
            if (result.failed()) {
                // While the process ends, Quarkus closes each connection in the moment that its answer is written, and
                // Vert.x then reports a broken connection instead of an answer.
                delivery.ended(request.response().ended());
            } else if (channel.eventLoop().inEventLoop()) {
                delivery.ended(channel.isOpen());
            } else {
                // After the write, which waits in the same line.
                channel.eventLoop().execute(() -> delivery.ended(channel.isOpen()));
            }
        });
        return delivery;
    }

    /** Whether the client is gone. */
    public boolean isGone() {
        return closed.getAsBoolean() || state.get() instanceof State.Gone;
    }

    /** A lease was granted: gives it back now if the client is gone, or later if its answer cannot be written. */
    public Uni<Void> granted(Supplier<Uni<Void>> giveBack) {
        if (!state.compareAndSet(OPEN, new State.Granted(giveBack))) {
            return giveBack.get();
        }
        return Uni.createFrom()
                .<Void>emitter(read -> afterReading.execute(() -> read.complete(null)))
                .chain(() -> closed.getAsBoolean() && take() != null
                        ? giveBack.get()
                        : Uni.createFrom().voidItem());
    }

    /** The answer was written, or the connection broke before. */
    void ended(boolean written) {
        if (written) {
            state.set(new State.Over());
        } else if (!state.compareAndSet(OPEN, new State.Gone())) {
            Supplier<Uni<Void>> giveBack = take();
            if (giveBack != null) {
                giveBack.get()
                        .subscribe()
                        .with(
                                _ -> {},
                                failure -> LOG.warnf(
                                        failure, "A lease whose answer was not delivered stays until it ends"));
            }
        }
    }

    /** What must be given back, for one caller only; {@code null} if there is nothing, or another caller does it. */
    private Supplier<Uni<Void>> take() {
        return state.get() instanceof State.Granted granted && state.compareAndSet(granted, new State.Over())
                ? granted.giveBack()
                : null;
    }
}
