package io.infrafabric.door.input;

import io.infrafabric.door.DoorConfig;
import io.infrafabric.door.answer.ProblemWriter;
import io.infrafabric.input.CallPath;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.ws.rs.ext.Provider;
import jakarta.ws.rs.ext.ReaderInterceptor;
import jakarta.ws.rs.ext.ReaderInterceptorContext;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Refuses bodies above the limit: by their {@code Content-Length} before anything is read, chunked ones as soon as too
 * much was read. Quarkus has a limit too, a little higher, but answers without a problem.
 */
// Not a singleton: interceptors are made while the native image is built, but their settings are known only when it
// runs.
@ApplicationScoped
@Provider
public class BodyLimit implements ReaderInterceptor {
    // Before the limit of Quarkus itself, which is at -2, and what is forwarded to providers, at -3.
    private static final int ROUTE_ORDER = -4;

    // How long a client may go on sending an unwanted body.
    private static final int CLOSE_MILLIS = 3000;

    private final long limit;
    private final long forwardedLimit;
    private final ProblemWriter writer;

    @Inject
    BodyLimit(DoorConfig config, ProblemWriter writer) {
        this.limit = config.maxBody().asLongValue();
        this.forwardedLimit = config.maxForwardedBody().asLongValue();
        this.writer = writer;
    }

    /** Too much was read. */
    static final class TooLarge extends IOException {
        private static final long serialVersionUID = 1L;
        private final long limit;

        TooLarge(long limit) {
            super("Body too large");
            this.limit = limit;
        }

        long limit() {
            return limit;
        }
    }

    public static Problem problem(long limit) {
        return limit < 0
                ? Problem.of(Code.IF_ERR_BODY_TOO_LARGE, "The body is too large.")
                : Problem.of(Code.IF_ERR_BODY_TOO_LARGE, "The body may have at most " + limit + " bytes.")
                        .with("limit", limit);
    }

    void atTheRouter(@Observes Router router) {
        router.route().order(ROUTE_ORDER).handler(this::checkLength);
    }

    private void checkLength(RoutingContext context) {
        boolean forwarded = CallPath.isOne(context.request().path());
        if (!forwarded) {
            sayThatThereIsNone(context.request());
        }
        long most = forwarded ? forwardedLimit : limit;
        String length = context.request().getHeader(HttpHeaders.CONTENT_LENGTH);
        if (length == null || (length.length() < 19 && Long.parseLong(length) <= most)) {
            context.next();
            return;
        }
        refuse(context, writer, problem(most));
    }

    /** Ends a call with an unwanted body, and its connection if no other call uses it. */
    public static void refuse(RoutingContext context, ProblemWriter writer, Problem problem) {
        if (context.request().version() == HttpVersion.HTTP_2) {
            writer.write(context, problem);
            return;
        }
        context.response().putHeader(HttpHeaders.CONNECTION, "close");
        writer.write(context, problem);
        throwAway(context);
        closeSoon(context);
    }

    /**
     * HTTP/1.1 calls with neither header have no body (RFC 9112, 6.3). This states it explicitly, so that nobody tries
     * to read one: reading what never comes would block the event loop. It also sets the format that every call reads,
     * because an absent body has none.
     */
    private static void sayThatThereIsNone(HttpServerRequest request) {
        MultiMap headers = request.headers();
        if (request.version() == HttpVersion.HTTP_2 || headers.contains(HttpHeaders.TRANSFER_ENCODING)) {
            return;
        }
        if (!headers.contains(HttpHeaders.CONTENT_LENGTH)) {
            headers.set(HttpHeaders.CONTENT_LENGTH, "0");
        }
        if (headers.get(HttpHeaders.CONTENT_LENGTH).equals("0") && !headers.contains(HttpHeaders.CONTENT_TYPE)) {
            headers.set(HttpHeaders.CONTENT_TYPE, "application/json");
        }
    }

    /**
     * Closes the connection of a call with an unwanted body, but not at once: a client that is still sending would see
     * a broken pipe instead of the answer.
     */
    public static void closeSoon(RoutingContext context) {
        HttpConnection connection = context.request().connection();
        context.vertx().setTimer(CLOSE_MILLIS, _ -> close(connection));
    }

    /** Closes the connection of a call that was answered but goes on sending. */
    public static void closeNow(RoutingContext context) {
        close(context.request().connection());
    }

    /** Discards what is still being sent, as long as the connection lasts. */
    private static void throwAway(RoutingContext context) {
        HttpConnection connection = context.request().connection();
        if (!context.request().isEnded()) {
            context.request()
                    .handler(_ -> {})
                    .endHandler(_ -> close(connection))
                    .resume();
        }
    }

    private static void close(HttpConnection connection) {
        var _ = connection.close();
    }

    @Override
    public Object aroundReadFrom(ReaderInterceptorContext context) throws IOException {
        if (context.getHeaders().getFirst("Content-Length") == null) {
            context.setInputStream(new Bounded(context.getInputStream(), limit));
        }
        return context.proceed();
    }

    /** Counts the bytes read, and stops when there are too many. */
    static final class Bounded extends FilterInputStream {
        private final long limit;
        private long count;

        Bounded(InputStream in, long limit) {
            super(in);
            this.limit = limit;
        }

        @Override
        public int read() throws IOException {
            int read = super.read();
            if (read >= 0) {
                count(1);
            }
            return read;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = super.read(bytes, offset, length);
            if (read > 0) {
                count(read);
            }
            return read;
        }

        @Override
        public boolean markSupported() {
            return false;
        }

        private void count(int read) throws TooLarge {
            count += read;
            if (count > limit) {
                throw new TooLarge(limit);
            }
        }
    }
}
