package io.infrafabric.bus;

import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.proton.ProtonClient;
import io.vertx.proton.ProtonClientOptions;
import io.vertx.proton.ProtonConnection;
import io.vertx.proton.ProtonLink;
import io.vertx.proton.ProtonSession;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.qpid.proton.amqp.Symbol;
import org.jboss.logging.Logger;

/**
 * One connection to the broker, opened when somebody needs it, and anew whenever it was lost: for ever, with pauses that grow
 * and are not the same in all processes, so that a broker that comes back is not overrun. Everything about it happens on one
 * event loop: call {@link #on} first.
 */
final class AmqpConnection {
    private static final Logger LOG = Logger.getLogger(AmqpConnection.class);

    /** After two the protocol itself ends a connection that is open. */
    private static final int SILENT_HEARTBEATS = 3;

    private final Vertx vertx;
    private final Context context;
    private final AmqpAddress address;
    private final Optional<String> caFile;
    private final BusConfig config;
    private final String name;
    private final Reconnecting reconnecting;
    private final List<Consumer<Throwable>> whenLost = new ArrayList<>();

    private Future<ProtonConnection> open;
    private ProtonConnection current;
    private AmqpDialect dialect = AmqpDialect.ARTEMIS;
    private long notBefore = System.nanoTime();
    private int failures;
    private boolean closed;

    /**
     * Makes it, and does not open it yet.
     *
     * @param name shown by the broker
     */
    AmqpConnection(Vertx vertx, AmqpAddress address, Optional<String> caFile, BusConfig config, String name) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.address = address;
        this.caFile = caFile;
        this.config = config;
        this.name = name;
        this.reconnecting =
                new Reconnecting(config.reader().backoff(), config.reader().maxBackoff());
    }

    /** Does something on the event loop of this connection, and gives what it completes with, or what it throws. */
    <T> Future<T> on(Supplier<Future<T>> work) {
        Promise<T> done = Promise.promise();
        context.runOnContext(here ->
                Future.<Void>succeededFuture().compose(now -> work.get()).onComplete(done));
        return done.future();
    }

    /** The same, or a failure when this time is over; on the event loop only, where it also completes. */
    <T> Future<T> inTime(Future<T> work, Duration patience) {
        Promise<T> done = Promise.promise();
        long timer = vertx.setTimer(
                Math.max(1, patience.toMillis()),
                over -> done.tryFail(new TimeoutException(address + " did not answer within " + patience)));
        work.onComplete(end -> {
            vertx.cancelTimer(timer);
            if (end.succeeded()) {
                done.tryComplete(end.result());
            } else {
                done.tryFail(end.cause());
            }
        });
        return done.future();
    }

    /** Calls this, on the event loop, each time the connection is lost. */
    void whenLost(Consumer<Throwable> hear) {
        context.runOnContext(here -> whenLost.add(hear));
    }

    /** How the broker at the other end names things; of the connection that was opened last. */
    AmqpDialect dialect() {
        return dialect;
    }

    /** The open connection; on the event loop only. Fails at once while a pause after a failure lasts. */
    Future<ProtonConnection> open() {
        if (open == null) {
            if (closed) {
                return Future.failedFuture(new IOException("This process ends"));
            }
            if (System.nanoTime() - notBefore < 0) {
                return Future.failedFuture(new IOException(address + " was away a moment ago"));
            }
            open = connect();
        }
        return open;
    }

    /** A session for one link, because RabbitMQ 3 ends the whole session when it refuses a link, and its other links with it. */
    static ProtonSession session(ProtonConnection to) {
        return to.createSession().open();
    }

    /** Ends a link, and the session that is its own. */
    static void end(ProtonLink<?> link) {
        link.close();
        link.getSession().close();
    }

    /**
     * Ends a link whose other end has ended it or its session, and calls this with the reason, which may be {@code null}; it may
     * do so twice.
     */
    static <T extends ProtonLink<T>> void whenEnded(T link, Consumer<Throwable> hear) {
        Handler<AsyncResult<T>> ended = over -> {
            end(link);
            hear.accept(over.cause());
        };
        link.closeHandler(ended);
        link.detachHandler(ended);
        ProtonSession session = link.getSession();
        session.closeHandler(over -> {
            session.close();
            session.free();
            hear.accept(over.cause());
        });
    }

    /** Ends it for good. */
    Future<Void> close() {
        return on(() -> {
            closed = true;
            ProtonConnection last = current;
            if (last != null) {
                last.close();
                lost(last, new IOException("This process ends"));
            }
            return Future.succeededFuture();
        });
    }

    private Future<ProtonConnection> connect() {
        Promise<ProtonConnection> opened = Promise.promise();
        ProtonClient.create(vertx)
                .connect(
                        options(),
                        address.host(),
                        address.port(),
                        address.user().orElse(null),
                        address.password().orElse(null),
                        connected -> onConnected(connected, opened));
        return inTime(opened.future(), config.amqp().timeout()).onComplete(done -> {
            if (done.succeeded()) {
                failures = 0;
                return;
            }
            // Nobody has it, should it open after all.
            opened.tryFail(done.cause());
            pause();
            open = null;
        });
    }

    private void onConnected(AsyncResult<ProtonConnection> connected, Promise<ProtonConnection> opened) {
        if (connected.failed()) {
            opened.tryFail(connected.cause());
            return;
        }
        ProtonConnection made = connected.result();
        // Also if it opens too late: another one may be in use by then.
        opened.future().onFailure(late -> made.disconnect());
        made.setContainer("s2-" + ProcessHandle.current().pid() + "-" + name);
        address.virtualHost().ifPresent(host -> made.setHostname("vhost:" + host));
        made.disconnectHandler(
                gone -> gone(made, opened, new IOException("The connection to " + address + " was lost")));
        made.closeHandler(ended -> {
            made.disconnect();
            gone(made, opened, new IOException(address + " has closed the connection: " + why(ended)));
        });
        made.openHandler(answered -> {
            if (answered.failed()) {
                opened.tryFail(answered.cause());
            }
            if (opened.future().isComplete()) {
                return;
            }
            Map<Symbol, Object> properties = made.getRemoteProperties() == null ? Map.of() : made.getRemoteProperties();
            dialect = AmqpDialect.of(
                    text(properties.get(Symbol.valueOf("product"))), text(properties.get(Symbol.valueOf("version"))));
            current = made;
            opened.complete(made);
        });
        made.open();
    }

    /** It may go before it was open, too. */
    private void gone(ProtonConnection which, Promise<ProtonConnection> opened, Throwable cause) {
        opened.tryFail(cause);
        lost(which, cause);
    }

    private void lost(ProtonConnection which, Throwable cause) {
        if (!which.equals(current)) {
            return;
        }
        LOG.debugf("%s: %s", name, cause);
        current = null;
        open = null;
        pause();
        List.copyOf(whenLost).forEach(hear -> hear.accept(cause));
    }

    private void pause() {
        notBefore = System.nanoTime()
                + reconnecting.pause(failures, ThreadLocalRandom.current()).toNanos();
        failures++;
    }

    private ProtonClientOptions options() {
        ProtonClientOptions options = new ProtonClientOptions()
                .setHeartbeat((int) config.amqp().heartbeat().toMillis())
                .addEnabledSaslMechanism(address.user().isPresent() ? "PLAIN" : "ANONYMOUS");
        options.setConnectTimeout((int) config.amqp().timeout().toMillis());
        // Heartbeats begin only after the login, and a broker that stands still accepts connections.
        options.setIdleTimeoutUnit(TimeUnit.MILLISECONDS);
        options.setReadIdleTimeout((int) Math.max(
                config.amqp().timeout().toMillis(), config.amqp().heartbeat().toMillis() * SILENT_HEARTBEATS));
        if (address.encrypted()) {
            options.setSsl(true).setHostnameVerificationAlgorithm("HTTPS");
            caFile.ifPresent(file -> options.setTrustOptions(new PemTrustOptions().addCertPath(file)));
        }
        return options;
    }

    private static String why(AsyncResult<?> ended) {
        return ended.failed() ? String.valueOf(ended.cause().getMessage()) : "it said nothing";
    }

    private static String text(Object property) {
        return property == null ? null : property.toString();
    }
}
