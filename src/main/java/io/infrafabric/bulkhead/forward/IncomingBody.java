package io.infrafabric.bulkhead.forward;

import io.infrafabric.bulkhead.provider.Provider;
import io.infrafabric.bulkhead.usage.Body;
import io.infrafabric.door.input.BodyLimit;
import io.infrafabric.door.process.BodyTime;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Deque;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * The body of a call. JSON is read whole, because what it may cost stands in it; it counts against what all bodies may take
 * together. Anything else is read only as fast as the provider takes it.
 */
final class IncomingBody {
    private static final String CONTENT_LENGTH = "content-length";

    private final RoutingContext context;
    private final HttpServerRequest request;
    private final ByteBudget budget;
    private final String session;
    private final long most;
    private final Duration silence;
    private final Duration roomWait;
    private final long length;
    private final boolean streams;
    private Body whole = new Body();
    private ByteBudget.Wish wish;
    private long taken;
    private long seen;
    private boolean refused;
    private boolean waits;
    private boolean looks;
    private long lookTimer = -1;
    private long roomTimer = -1;
    private long lastAt;

    /**
     * @param session whose memory it takes
     * @param provider says how long nothing more of it may come, while it is waited for
     */
    IncomingBody(RoutingContext context, CallRoute route, String session, Provider provider) {
        this.context = context;
        this.request = context.request();
        this.budget = route.bodies;
        this.session = session;
        this.most = route.maxBody;
        this.silence = provider.timeouts().idle();
        this.roomWait = route.config.bodyWait();
        String said = request.getHeader(CONTENT_LENGTH);
        this.length = said == null ? -1 : Long.parseLong(said);
        String type = request.getHeader("content-type");
        this.streams = !request.isEnded()
                && length != 0
                && type != null
                && !type.toLowerCase(Locale.ROOT).contains("json");
    }

    /**
     * Reads the body, or leaves it for {@link #pump}.
     *
     * @param next gets what was read
     */
    void read(Consumer<Body> next, Consumer<Problem> refuse, Runnable left) {
        if (streams) {
            // It may take as long as its provider takes it, and waits for a slot before.
            BodyTime.none(context);
        }
        if (request.isEnded() || streams) {
            next.accept(whole);
            return;
        }
        request.exceptionHandler(_ -> left.run());
        request.endHandler(_ -> {
            waits = false;
            if (!refused) {
                Body all = whole;
                whole = null;
                next.accept(all);
            }
        });
        request.handler(part -> {
            if (whole == null) {
                // The call is over, and would take memory that nobody gives back.
                return;
            }
            lastAt = System.nanoTime();
            Problem problem = refused ? null : added(part);
            if (problem != null) {
                refused = true;
                release();
                refuse.accept(problem);
            }
        });
        if (budget.take(session, Math.max(0, length))) {
            taken = Math.max(0, length);
            begin(refuse);
        } else {
            awaitRoom(refuse);
        }
    }

    /** Until there is room the client is not read: it sends no more than the connection holds, and is not told to try again. */
    private void awaitRoom(Consumer<Problem> refuse) {
        Context loop = context.vertx().getOrCreateContext();
        wish = new ByteBudget.Wish(session, length, () -> loop.runOnContext(_ -> hasRoom(refuse)));
        if (!budget.await(wish)) {
            wish = null;
            refuse.accept(full());
            return;
        }
        BodyTime.stop(context);
        roomTimer = context.vertx().setTimer(Math.max(1, roomWait.toMillis()), _ -> {
            if (wish != null && budget.withdraw(wish)) {
                wish = null;
                refused = true;
                refuse.accept(full());
            }
        });
    }

    private void hasRoom(Consumer<Problem> refuse) {
        wish = null;
        taken = length;
        if (whole == null || refused) {
            release();
        } else {
            BodyTime.start(context);
            begin(refuse);
        }
    }

    /** Adds a part; why it cannot, or {@code null}. */
    private Problem added(Buffer part) {
        Problem problem = tooMuch(part);
        return problem != null || hasMemory(() -> whole.add(part)) ? problem : full();
    }

    /** Whether the JVM has the memory that this takes. An error would leave the call without an end. */
    private static boolean hasMemory(Runnable taking) {
        try {
            taking.run();
            return true;
        } catch (Error error) {
            // Netty wraps it.
            for (Throwable cause = error; cause != null; cause = cause.getCause()) {
                if (cause instanceof OutOfMemoryError) {
                    return false;
                }
            }
            throw error;
        }
    }

    private Problem tooMuch(Buffer part) {
        seen += part.length();
        if (seen > most) {
            return BodyLimit.problem(most);
        }
        if (seen <= taken) {
            return null;
        }
        if (!budget.takeMore(session, seen - taken)) {
            return full();
        }
        taken = seen;
        return null;
    }

    private static Problem full() {
        return Problem.of(
                        Code.IF_ERR_OVERLOADED,
                        "The bodies of calls under way take all the memory that they may; nothing was sent.")
                .with("setting", "s2.bulkhead.body-memory");
    }

    /** Clients that ask first are told to go on. */
    private void begin(Consumer<Problem> refuse) {
        if ("100-continue".equalsIgnoreCase(request.getHeader("expect"))) {
            context.response().writeContinue();
        }
        goOn(refuse);
    }

    private void goOn(Consumer<Problem> refuse) {
        waits = true;
        lastAt = System.nanoTime();
        if (!looks) {
            looks = true;
            look(silence, refuse);
        }
        request.resume();
    }

    /** A client that sends no more would keep its memory, and perhaps a slot, for ever. */
    private void look(Duration after, Consumer<Problem> refuse) {
        lookTimer = context.vertx().setTimer(Math.max(1, after.toMillis()), _ -> {
            Duration left = silence.minusNanos(System.nanoTime() - lastAt);
            if (!waits || refused) {
                looks = false;
            } else if (left.isPositive()) {
                look(left, refuse);
            } else {
                refused = true;
                release();
                refuse.accept(Problem.of(
                        Code.IF_ERR_TOO_SLOW, "Nothing more of the body came for " + silence.toSeconds() + " s."));
            }
        });
    }

    boolean streams() {
        return streams;
    }

    /** Its length in bytes as the client says it; -1 if it does not. */
    long length() {
        return length;
    }

    /** Sends the body as it comes, as fast as the provider takes it. */
    void pump(HttpClientRequest provider, Runnable sent, Consumer<Problem> refuse, Runnable left) {
        request.exceptionHandler(_ -> left.run());
        request.endHandler(_ -> {
            waits = false;
            if (!refused) {
                provider.end().onSuccess(_ -> sent.run());
            }
        });
        request.handler(part -> {
            lastAt = System.nanoTime();
            seen += part.length();
            if (refused) {
                return;
            }
            if (seen > most) {
                refused = true;
                refuse.accept(BodyLimit.problem(most));
                return;
            }
            provider.write(part);
            if (provider.writeQueueFull()) {
                // The provider is slow, not the client.
                waits = false;
                request.pause();
                provider.drainHandler(_ -> {
                    if (!request.isEnded()) {
                        goOn(refuse);
                    }
                });
            }
        });
        begin(refuse);
    }

    /** Sends the parts of a body that was read, as fast as the provider takes them. */
    static void send(Deque<Buffer> parts, HttpClientRequest provider, ForwardedCall call) {
        while (!parts.isEmpty()) {
            if (call.isOver()) {
                return;
            }
            if (provider.writeQueueFull()) {
                provider.drainHandler(_ -> call.guarded(() -> send(parts, provider, call)));
                return;
            }
            Buffer part = parts.remove();
            if (parts.isEmpty()) {
                provider.drainHandler(null);
                provider.end(part);
                return;
            }
            provider.write(part);
        }
        provider.end();
    }

    /** Lets go of what was read. */
    void release() {
        whole = null;
        waits = false;
        looks = false;
        // They would keep the call.
        context.vertx().cancelTimer(lookTimer);
        context.vertx().cancelTimer(roomTimer);
        if (wish != null && budget.withdraw(wish)) {
            wish = null;
        }
        if (taken > 0) {
            budget.giveBack(session, taken);
            taken = 0;
        }
    }
}
