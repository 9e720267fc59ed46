package io.infrafabric.gateway.outgoing;

import io.infrafabric.bus.FailureKind;
import io.infrafabric.bus.Feed.Follower;
import io.infrafabric.bus.Feed.Slice;
import io.infrafabric.bus.Logged;
import io.infrafabric.bus.Rings;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * One open event stream. It keeps a number and a place at a bell, and one piece of text while that is on its way: the next
 * one is read when the connection has taken the last. Its steps follow each other on the connection's event loop.
 */
final class EventStream {
    private static final Logger LOG = Logger.getLogger(EventStream.class);

    private final HttpServerResponse response;
    private final Context context;
    private final Follower follower;
    private final Predicate<Logged> mayBeSeen;
    private final Supplier<Uni<Boolean>> letIn;
    private final EventsConfig config;
    private final Runnable whenOver;
    private final AtomicBoolean over = new AtomicBoolean();

    /** All up to this number is written. */
    private long after;

    private Rings.Place place;
    private long wrote = System.nanoTime();
    /** When the text that is on its way was given to the connection; 0 if there is none. */
    private volatile long writing;

    EventStream(
            HttpServerResponse response,
            Context context,
            Follower follower,
            Predicate<Logged> mayBeSeen,
            Supplier<Uni<Boolean>> letIn,
            EventsConfig config,
            Runnable whenOver) {
        this.response = response;
        this.context = context;
        this.follower = follower;
        this.mayBeSeen = mayBeSeen;
        this.letIn = letIn;
        this.config = config;
        this.whenOver = whenOver;
    }

    /** Begins after this number; -1: with what comes from now on. */
    void begin(long lastSeen) {
        response.closeHandler(closed -> end());
        response.exceptionHandler(broken -> end());
        long newest = follower.standing().newest();
        long dropped = follower.standing().dropped();
        if (lastSeen < 0) {
            after = follower.standing().settled();
            write(Frames.HELLO + Frames.ALIVE);
        } else if (lastSeen < dropped || lastSeen > newest) {
            // A number that nobody was given is of another log.
            after = lastSeen < dropped ? dropped : newest;
            write(Frames.HELLO + Frames.gap(lastSeen, after));
        } else {
            after = lastSeen;
            write(Frames.HELLO + Frames.ALIVE);
        }
    }

    private void write(String text) {
        wrote = System.nanoTime();
        writing = wrote == 0 ? 1 : wrote;
        response.write(text).onComplete(written -> {
            writing = 0;
            if (written.failed()) {
                end();
            } else {
                context.runOnContext(on -> next());
            }
        });
    }

    private void next() {
        if (over.get()) {
            return;
        }
        leave();
        // Taken before the look, so that no bell is missed between the two.
        place = follower.place();
        follower.after(after, config.eventsPage(), config.eventsChunk())
                .onFailure(FailureKind::isAway)
                .recoverWithItem(() -> new Slice(java.util.List.of(), after, 0))
                .subscribe()
                .with(slice -> context.runOnContext(on -> got(slice)), this::broken);
    }

    /** Its reader resumes where it was. */
    private void broken(Throwable failure) {
        LOG.warnf("An event stream ends: %s", failure);
        if (end()) {
            context.runOnContext(on -> response.reset());
        }
    }

    private void got(Slice slice) {
        if (over.get()) {
            return;
        }
        boolean moved = slice.upTo() > after;
        String text = slice.lostUpTo() > 0 ? Frames.gap(after, slice.lostUpTo()) : Frames.of(slice, mayBeSeen);
        after = slice.upTo();
        if (!text.isEmpty()) {
            write(text);
        } else if (moved) {
            context.runOnContext(on -> next());
        } else {
            rest();
        }
    }

    /** Waits for a bell, looks now and then without one, and says in time that the stream is there. */
    private void rest() {
        Duration left = config.eventsBeat().minusNanos(System.nanoTime() - wrote);
        if (left.isNegative() || left.isZero()) {
            write(Frames.ALIVE);
            return;
        }
        Duration look = left.compareTo(config.eventsTokenLook()) < 0 ? left : config.eventsTokenLook();
        place.rung(look).subscribe().with(rung -> context.runOnContext(on -> next()));
    }

    private void leave() {
        if (place != null) {
            place.leave();
            place = null;
        }
    }

    /** Ends the stream if its token no longer holds, and cuts it off if its reader does not read. */
    void look() {
        long since = writing;
        if (since != 0 && System.nanoTime() - since > config.eventsStall().toNanos()) {
            response.reset();
            context.runOnContext(on -> end());
            return;
        }
        letIn.get()
                .subscribe()
                .with(
                        holds -> {
                            if (!holds) {
                                close();
                            }
                        },
                        broken -> close());
    }

    /** Ends the answer, so that its reader resumes elsewhere. */
    void close() {
        context.runOnContext(on -> {
            boolean stuck = writing != 0;
            if (end() && !stuck) {
                response.end();
            } else if (stuck) {
                response.reset();
            }
        });
    }

    private boolean end() {
        if (!over.compareAndSet(false, true)) {
            return false;
        }
        leave();
        follower.leave();
        whenOver.run();
        return true;
    }
}
