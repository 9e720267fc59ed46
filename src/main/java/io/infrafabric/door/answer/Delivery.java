package io.infrafabric.door.answer;

import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Whether an answer reaches the client that asked for it: looked at while the call waits, when its lease is committed, and
 * when the answer was written. What did not reach it is given back, once. A client that closes just when the answer is on
 * its way is not noticed; so claims and heartbeats tell a session all that it holds.
 */
public final class Delivery {
    private static final Logger LOG = Logger.getLogger(Delivery.class);

    /** How far it has come; with what is to be done if it fails. */
    private sealed interface State {
        /** Nothing is granted yet, and the client is there. */
        record Open() implements State {}

        /** The lease is committed, its answer not yet written. */
        record Granted(Supplier<Uni<Void>> giveBack) implements State {}

        /** The answer was written, or it was given back: nothing is to be done. */
        record Over() implements State {}

        /** The connection broke off before there was an answer. */
        record Gone() implements State {}
    }

    private static final State OPEN = new State.Open();

    private final BooleanSupplier closed;
    private final AtomicReference<State> state = new AtomicReference<>(OPEN);

    /** A delivery over a connection of which somebody else tells the end ({@link #ended}). */
    Delivery(BooleanSupplier closed) {
        this.closed = closed;
    }

    /** The delivery of this request's answer. To be called on the request's own thread. */
    public static Delivery of(RoutingContext request) {
        Delivery delivery = new Delivery(() -> request.response().closed());
        request.addEndHandler(result -> delivery.ended(result.succeeded()));
        return delivery;
    }

    /** Whether nobody is there to be answered. */
    public boolean isGone() {
        return closed.getAsBoolean() || state.get() instanceof State.Gone;
    }

    /** A lease was granted: gives it back now if the client has gone, or when its answer cannot be written. */
    public Uni<Void> granted(Supplier<Uni<Void>> giveBack) {
        if (!state.compareAndSet(OPEN, new State.Granted(giveBack))) {
            return giveBack.get();
        }
        return closed.getAsBoolean() && take() != null
                ? giveBack.get()
                : Uni.createFrom().voidItem();
    }

    /** The answer was written, or the connection broke off before. */
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

    /** What is to be given back, for one caller only; {@code null} if there is nothing, or another one does it. */
    private Supplier<Uni<Void>> take() {
        return state.get() instanceof State.Granted granted && state.compareAndSet(granted, new State.Over())
                ? granted.giveBack()
                : null;
    }
}
