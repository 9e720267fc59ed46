package io.infrafabric.bulkhead.forward;

import io.infrafabric.bulkhead.payment.CallEnd;
import io.infrafabric.bulkhead.payment.CallEnd.Outcome;
import io.infrafabric.bulkhead.payment.Payment;
import io.infrafabric.bulkhead.provider.Provider;
import io.infrafabric.bulkhead.slot.Ended;
import io.infrafabric.bulkhead.slot.Permit;
import io.infrafabric.bulkhead.usage.Body;
import io.infrafabric.bulkhead.usage.Request;
import io.infrafabric.bulkhead.usage.RequestReader;
import io.infrafabric.bulkhead.usage.Usage;
import io.infrafabric.bus.DatabaseAway;
import io.infrafabric.command.Caller;
import io.infrafabric.door.identity.Bearer;
import io.infrafabric.door.identity.CallCredentials;
import io.infrafabric.door.input.BodyLimit;
import io.infrafabric.door.process.UncleanEnd;
import io.infrafabric.input.CallPath;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.infrafabric.problem.Unauthenticated;
import io.quarkus.vertx.http.runtime.security.QuarkusHttpUser;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.smallrye.mutiny.subscription.Cancellable;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.impl.ContextInternal;
import io.vertx.ext.web.RoutingContext;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * One call on its way to a provider: the steps until it may be sent ({@link Exchange} is the rest), and its one end. It
 * lives on one event loop. A permit or a payment that arrives when the call is over is given back at once.
 */
final class ForwardedCall {
    private static final Logger LOG = Logger.getLogger(ForwardedCall.class);
    private static final String TASK = "S2-Task";
    private static final String EPOCH = "S2-Epoch";
    private static final String MAX_COST = "S2-Max-Cost";
    private static final String CALL = "S2-Call";
    private static final String SHOULD_RETRY = "x-should-retry";

    /** Bodies from this size on would keep the event loop from others while they are looked at. */
    private static final int LARGE = 262_144;

    final CallRoute route;
    final RoutingContext context;
    final CallPath path;
    private final ContextInternal loop;
    private final long begun = System.nanoTime();
    private Caller caller;
    private String task;
    private Long epoch;
    private BigDecimal maxCost;
    private Provider provider;
    private String key;
    private IncomingBody body;
    private Permit permit;
    private Payment payment;
    private Cancellable queued;
    private Exchange exchange;
    private boolean sent;
    private volatile boolean over;

    ForwardedCall(CallRoute route, RoutingContext context, CallPath path) {
        this.route = route;
        this.context = context;
        this.path = path;
        this.loop = (ContextInternal) route.vertx.getOrCreateContext();
    }

    void begin() {
        if (!context.request().isEnded()) {
            context.request().pause();
        }
        context.addEndHandler(_ -> onLoop(this::left));
        guarded(() -> {
            checkHead();
            then(route.providers.find(path.provider()), this::found);
        });
    }

    private void checkHead() {
        HttpServerRequest request = context.request();
        caller = caller(context);
        if (!caller.isSession()) {
            throw Problem.of(Code.IF_ERR_FORBIDDEN, "Only sessions call providers; this is " + caller.by() + ".");
        }
        String method = request.method().name();
        if (request.headers().contains("upgrade") || method.equals("CONNECT")) {
            throw Problem.of(
                    Code.IF_ERR_UPGRADE_NOT_SUPPORTED, "Calls to providers are not upgraded to another protocol.");
        }
        if (method.equals("TRACE")) {
            throw Problem.of(Code.IF_ERR_METHOD_NOT_ALLOWED, "TRACE would show the provider's key.");
        }
        if (hops(request) > route.config.maxHops()) {
            throw Problem.of(Code.IF_ERR_PROVIDER_LOOP, "The call has come through a fabric before.")
                    .with("hops", hops(request) - 1);
        }
        task = Check.id(TASK, request.getHeader(TASK));
        epoch = epoch(request.getHeader(EPOCH));
        if (caller.isScoped()) {
            caller.mustReachTask(task);
            task = caller.scope().task();
            epoch = epoch == null ? caller.scope().epoch() : epoch;
        }
        if ((task == null) != (epoch == null)) {
            throw Problem.badInput(task == null ? TASK : EPOCH, "a value beside " + (task == null ? EPOCH : TASK));
        }
        maxCost = money(request.getHeader(MAX_COST));
        String token = context.get(CallCredentials.TOKEN);
        if (token != null && request.query() != null && request.query().contains(token)) {
            throw Problem.badInput("query", "no token of this fabric: the query goes to the provider");
        }
    }

    private static Caller caller(RoutingContext context) {
        Caller known = context.user() instanceof QuarkusHttpUser user
                ? user.getSecurityIdentity().getAttribute(Bearer.CALLER)
                : null;
        if (known == null) {
            throw Unauthenticated.MISSING.problem();
        }
        return known;
    }

    /** How many fabrics the call has passed, with this one. */
    static int hops(HttpServerRequest request) {
        String before = request.getHeader(HeaderRules.HOPS);
        if (before == null) {
            return 1;
        }
        return before.matches("[0-9]{1,4}") ? Integer.parseInt(before) + 1 : Integer.MAX_VALUE;
    }

    private static Long epoch(String header) {
        if (header == null) {
            return null;
        }
        if (!header.matches("[0-9]{1,18}")) {
            throw Problem.badInput(EPOCH, "the epoch of the claim, a whole number");
        }
        return Long.valueOf(header);
    }

    private static BigDecimal money(String header) {
        if (header == null) {
            return null;
        }
        if (!header.matches("[0-9]{1,12}(\\.[0-9]{1,6})?")) {
            throw Problem.badInput(MAX_COST, "US dollars with at most 6 decimals");
        }
        return new BigDecimal(header);
    }

    private void found(Provider known) {
        provider = known;
        PathRules.mustAllow(provider, path.rest());
        if (provider.auth() == null) {
            readBody();
        } else {
            then(route.keys.current(provider.auth().key()), this::keyed);
        }
    }

    private void keyed(Optional<String> now) {
        key = now.orElseThrow(() -> Problem.of(
                        Code.IF_ERR_PROVIDER_KEY_MISSING,
                        "The key of " + provider.name() + " is not there: "
                                + provider.auth().key() + ".")
                .with("provider", provider.name())
                .with("key", provider.auth().key()));
        readBody();
    }

    private void readBody() {
        body = new IncomingBody(context, route, caller.subject(), provider);
        body.read(
                whole -> guarded(() -> readRequest(whole)),
                problem -> refuse(problem, Outcome.NOT_SENT, neutral()),
                this::left);
    }

    private void readRequest(Body whole) {
        Supplier<Request> read = () -> RequestReader.read(
                provider, method(), path.rest(), context.request().headers(), whole);
        if (whole.length() < LARGE) {
            acquire(read.get());
        } else {
            then(Uni.createFrom().item(read).runSubscriptionOn(Infrastructure.getDefaultWorkerPool()), this::acquire);
        }
    }

    private void acquire(Request request) {
        Cancellable asked = then(
                route.slots.acquire(provider, caller.subject(), request.model()).invoke(this::took), _ -> pay(request));
        // A slot may have been there at once. What is kept would keep the body.
        queued = permit == null && !over ? asked : null;
    }

    private synchronized void took(Permit granted) {
        permit = granted;
        if (over) {
            granted.end(neutral());
        }
    }

    private void pay(Request request) {
        queued = null;
        then(
                route.time
                        .now()
                        .chain(now -> route.payments.before(provider, request, caller, task, epoch, maxCost, now))
                        .invoke(this::paid),
                _ -> {
                    exchange = new Exchange(this, provider, key, request, body);
                    exchange.begin();
                });
    }

    private synchronized void paid(Payment made) {
        payment = made;
        if (over) {
            book(new CallEnd(Outcome.CLIENT_LEFT, 0, Usage.NONE, null, elapsed(), route.time.known()));
        }
    }

    private void book(CallEnd end) {
        route.payments.after(payment, end);
    }

    // How it ends

    private void left() {
        if (over) {
            return;
        }
        if (exchange != null) {
            exchange.clientLeft();
        } else {
            finish(Outcome.CLIENT_LEFT, 0, Usage.NONE, null, neutral());
            if (queued != null) {
                queued.cancel();
            }
        }
    }

    /** Ends the call with a problem, before anything was answered. */
    void refuse(Problem problem, Outcome outcome, Ended how) {
        if (!finish(outcome, 0, Usage.NONE, null, how) || context.response().ended()) {
            return;
        }
        if (context.response().headWritten()) {
            UncleanEnd.of(context);
            return;
        }
        if (sent || problem.code().status() == 402 || problem.code().status() == 409) {
            context.response().putHeader(SHOULD_RETRY, "false");
        }
        sayTheCall();
        if (context.request().isEnded()) {
            route.writer.write(context, problem);
        } else {
            BodyLimit.refuse(context, route.writer, problem);
        }
    }

    private void failed(Throwable failure) {
        if (over) {
            return;
        }
        refuse(failure);
        if (exchange != null) {
            exchange.reset();
        }
    }

    private void refuse(Throwable failure) {
        if (failure instanceof Problem problem) {
            refuse(problem, Outcome.NOT_SENT, neutral());
        } else if (DatabaseAway.isReasonOf(failure)) {
            refuse(
                    Problem.of(Code.IF_ERR_UNAVAILABLE, "The database does not answer; nothing was sent."),
                    Outcome.NOT_SENT,
                    neutral());
        } else {
            String id = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
            LOG.errorf(failure, "A call to a provider failed (%s)", id);
            refuse(
                    Problem.of(Code.IF_ERR_INTERNAL, "The fabric failed unexpectedly.")
                            .with("errorId", id),
                    Outcome.NOT_SENT,
                    neutral());
        }
    }

    /** The one end of the call: gives back what it has, and has it booked. False if it was over before. */
    boolean finish(Outcome outcome, int status, Usage usage, Duration firstByte, Ended how) {
        synchronized (this) {
            if (over) {
                return false;
            }
            over = true;
            if (permit != null) {
                permit.end(how);
            }
            if (payment != null) {
                book(new CallEnd(outcome, status, usage, firstByte, elapsed(), route.time.known()));
            }
        }
        if (exchange != null) {
            exchange.isOver();
        }
        if (body != null) {
            body.release();
        }
        return true;
    }

    static Ended neutral() {
        return new Ended.Neutral();
    }

    boolean isOver() {
        return over;
    }

    /** From now on another try may spend twice. */
    void isSent() {
        sent = true;
    }

    boolean wasSent() {
        return sent;
    }

    Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - begun);
    }

    /** Whether a header's value has a token of ours in it. */
    boolean isOurs(String value) {
        String token = context.get(CallCredentials.TOKEN);
        return (token != null && value.contains(token)) || route.credentials.isOurs(value);
    }

    void sayTheCall() {
        if (payment != null) {
            context.response().putHeader(CALL, payment.call().toString());
        }
    }

    String method() {
        return context.request().method().name().toUpperCase(Locale.ROOT);
    }

    // Where it runs

    void onLoop(Runnable step) {
        if (loop.inThread()) {
            step.run();
        } else {
            loop.runOnContext(_ -> step.run());
        }
    }

    private <T> Cancellable then(Uni<T> what, Consumer<T> next) {
        return what.emitOn(this::onLoop)
                .subscribe()
                .with(
                        item -> {
                            if (!over) {
                                guarded(() -> next.accept(item));
                            }
                        },
                        this::failed);
    }

    /** No step may leave a call without an end. */
    void guarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException failure) {
            failed(failure);
        }
    }
}
