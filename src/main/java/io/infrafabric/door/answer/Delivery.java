package io.infrafabric.door.answer;

import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Whether an answer reaches its client. It is checked while the call waits, when its lease is committed, and when the
 * answer is written. A lease whose answer did not arrive is given back, once. A client that closes while the answer is
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
    private final AtomicReference<State> state = new AtomicReference<>(OPEN);

    /** A delivery over a connection whose end somebody else reports ({@link #ended}). */
    Delivery(BooleanSupplier closed) {
        this.closed = closed;
    }

    /** The delivery of this request's answer. Call it on the request's own thread. */
    public static Delivery of(RoutingContext request) {
        Delivery delivery = new Delivery(() -> request.response().closed());
        // While the process ends, Quarkus closes each connection in the moment that its answer is written, and Vert.x
        // then
        // reports a broken connection instead of an answer.
        request.addEndHandler(result ->
                delivery.ended(result.succeeded() || request.response().ended()));
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
        return closed.getAsBoolean() && take() != null
                ? giveBack.get()
                : Uni.createFrom().voidItem();
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
