package io.infrafabric.bulkhead.forward;

import io.infrafabric.door.input.BodyLimit;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
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
    private final long most;
    private final long length;
    private final boolean streams;
    private Buffer whole = Buffer.buffer();
    private long taken;
    private long seen;
    private boolean refused;

    IncomingBody(RoutingContext context, ByteBudget budget, long most) {
        this.context = context;
        this.request = context.request();
        this.budget = budget;
        this.most = most;
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
    void read(Consumer<Buffer> next, Consumer<Problem> refuse, Runnable left) {
        if (request.isEnded() || streams) {
            next.accept(whole);
            return;
        }
        if (!take(Math.max(0, length))) {
            refuse.accept(full());
            return;
        }
        if (length > 0) {
            whole = Buffer.buffer((int) length);
        }
        request.exceptionHandler(_ -> left.run());
        request.endHandler(_ -> {
            if (!refused) {
                next.accept(whole);
            }
        });
        request.handler(part -> {
            Problem problem = refused ? null : tooMuch(part);
            if (problem != null) {
                refused = true;
                release();
                refuse.accept(problem);
            } else if (!refused) {
                whole.appendBuffer(part);
            }
        });
        begin();
    }

    private Problem tooMuch(Buffer part) {
        seen += part.length();
        if (seen > most) {
            return BodyLimit.problem(most);
        }
        return seen > taken && !take(seen - taken) ? full() : null;
    }

    private boolean take(long bytes) {
        if (!budget.take(bytes)) {
            return false;
        }
        taken += bytes;
        return true;
    }

    private static Problem full() {
        return Problem.of(
                        Code.IF_ERR_OVERLOADED,
                        "The bodies of calls under way take all the memory that they may; nothing was sent.")
                .with("setting", "s2.bulkhead.body-memory");
    }

    /** Clients that ask first are told to go on. */
    private void begin() {
        if ("100-continue".equalsIgnoreCase(request.getHeader("expect"))) {
            context.response().writeContinue();
        }
        request.resume();
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
            if (!refused) {
                provider.end().onSuccess(_ -> sent.run());
            }
        });
        request.handler(part -> {
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
                request.pause();
                provider.drainHandler(_ -> request.resume());
            }
        });
        begin();
    }

    /** Lets go of what was read. */
    void release() {
        whole = null;
        budget.giveBack(taken);
        taken = 0;
    }
}
