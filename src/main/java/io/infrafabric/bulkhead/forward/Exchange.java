package io.infrafabric.bulkhead.forward;

import io.infrafabric.bulkhead.payment.CallEnd.Outcome;
import io.infrafabric.bulkhead.provider.Provider;
import io.infrafabric.bulkhead.provider.Provider.WhenClientLeaves;
import io.infrafabric.bulkhead.slot.Ended;
import io.infrafabric.bulkhead.slot.Ended.Failure;
import io.infrafabric.bulkhead.usage.Body;
import io.infrafabric.bulkhead.usage.Request;
import io.infrafabric.bulkhead.usage.Usage;
import io.infrafabric.bulkhead.usage.UsageTap;
import io.infrafabric.bulkhead.usage.UsageTaps;
import io.infrafabric.door.process.UncleanEnd;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * A call and its answer: sent once, and passed back as it comes. On the event loop of its call.
 *
 * <p>Until the head of the answer is there, a failure is told as a problem. After that our answer does not come to its end if
 * the provider's does not.
 */
final class Exchange {
    private static final Logger LOG = Logger.getLogger(Exchange.class);
    private static final Set<Integer> BODYLESS = Set.of(204, 304);
    private static final int TOO_MANY = 429;
    private static final int GOOD = 200;
    private static final Duration SOON = Duration.ofSeconds(1);

    /** What a call was waiting for when its time was over. */
    private enum Phase {
        CONNECT("connect", Failure.CONNECT),
        FIRST_BYTE("firstByte", Failure.FIRST_BYTE),
        IDLE("idle", Failure.IDLE),
        TOTAL("total", null);

        private final String said;
        private final Failure failure;

        Phase(String said, Failure failure) {
            this.said = said;
            this.failure = failure;
        }
    }

    private final ForwardedCall call;
    private final Provider provider;
    private final String key;
    private final Request request;
    private final IncomingBody body;
    private final ProviderClients.Client client;
    private final HttpServerResponse response;
    private Body content;
    private Deque<Buffer> unsent = new ArrayDeque<>();
    private HttpClientRequest upstream;
    private HttpClientResponse answer;
    private UsageTap tap;
    private Duration firstByte;
    private long lastAt;
    private boolean paused;
    private boolean gone;
    private long timer = -1;
    private long totalTimer = -1;

    Exchange(ForwardedCall call, Provider provider, String key, Request request, IncomingBody body) {
        this.call = call;
        this.provider = provider;
        this.key = key;
        this.content = request.body();
        this.request = request.withoutBody();
        this.body = body;
        this.client = call.route.clients.enter(provider);
        this.response = call.context.response();
    }

    void begin() {
        totalTimer = after(provider.timeouts().total(), () -> timedOut(Phase.TOTAL));
        connect(true);
    }

    /** Another try is allowed only here, where nothing was sent. */
    private void connect(boolean again) {
        await(Phase.CONNECT, provider.timeouts().connect());
        client.options()
                .compose(options -> client.http().request(filled(options)))
                .onComplete(done -> call.onLoop(() -> call.guarded(() -> {
                    if (call.isOver()) {
                        if (done.succeeded()) {
                            done.result().reset();
                        }
                    } else if (done.succeeded()) {
                        send(done.result());
                    } else {
                        noConnection(NoConnection.of(done.cause()), again);
                    }
                })));
    }

    private RequestOptions filled(RequestOptions options) {
        var headers = HeaderRules.toProvider(
                call.context.request().headers(),
                provider.auth(),
                key,
                call::isOurs,
                ForwardedCall.hops(call.context.request()));
        headers.set("host", client.authority());
        if (!body.streams()) {
            if (content.length() > 0 || body.length() == 0) {
                headers.set("content-length", Long.toString(content.length()));
            }
        } else if (body.length() > 0) {
            headers.set("content-length", Long.toString(body.length()));
        }
        String query = PathRules.query(call.context.request().query(), provider.auth() != null);
        return options.setMethod(HttpMethod.valueOf(call.method()))
                .setURI(client.prefix() + call.path.rest() + (query == null ? "" : "?" + query))
                .setHeaders(headers);
    }

    private void send(HttpClientRequest now) {
        upstream = now;
        call.isSent();
        await(Phase.FIRST_BYTE, provider.timeouts().firstByte());
        upstream.exceptionHandler(_ -> call.onLoop(this::broken));
        upstream.response()
                .onSuccess(head -> call.guarded(() -> begun(head)))
                .onFailure(_ -> call.onLoop(this::broken));
        if (body.streams()) {
            upstream.setChunked(body.length() <= 0);
            body.pump(
                    upstream,
                    () -> {
                        if (answer == null && !call.isOver()) {
                            await(Phase.FIRST_BYTE, provider.timeouts().firstByte());
                        }
                    },
                    problem -> {
                        call.refuse(problem, Outcome.CUT, ForwardedCall.neutral());
                        reset();
                    },
                    () -> {
                        if (!call.isOver()) {
                            clientLeft();
                        }
                    });
        } else {
            unsent = content.inParts();
            content = null;
            IncomingBody.send(unsent, upstream, call);
        }
    }

    private void begun(HttpClientResponse head) {
        if (call.isOver()) {
            // Vert.x logs how it breaks off, if nobody wants to know.
            head.exceptionHandler(_ -> {});
            return;
        }
        answer = head;
        firstByte = call.elapsed();
        if (unsent.isEmpty()) {
            body.release();
        }
        tap = UsageTaps.of(request, head.statusCode(), head.headers());
        lastAt = System.nanoTime();
        await(Phase.IDLE, provider.timeouts().idle());
        head.handler(part -> call.guarded(() -> pass(part)));
        head.endHandler(_ -> call.guarded(this::ended));
        head.exceptionHandler(_ -> broken());
        if (!gone) {
            answerHead(head);
        }
    }

    private void answerHead(HttpClientResponse head) {
        response.setStatusCode(head.statusCode());
        if (head.statusMessage() != null && !head.statusMessage().isEmpty()) {
            response.setStatusMessage(head.statusMessage());
        }
        // What we asked for ourselves is taken out again.
        HeaderRules.toClient(head.headers(), key, !request.asksForUsage(), response.headers());
        call.sayTheCall();
        boolean bodyless = BODYLESS.contains(head.statusCode()) || call.method().equals("HEAD");
        if (!bodyless) {
            response.setChunked(!response.headers().contains("content-length"));
            response.writeHead();
        }
    }

    private void pass(Buffer part) {
        lastAt = System.nanoTime();
        Buffer shown = tapped(() -> tap.see(part), part);
        if (call.isOver() || gone || shown.length() == 0) {
            return;
        }
        response.write(shown);
        if (response.writeQueueFull()) {
            paused = true;
            answer.pause();
            response.drainHandler(_ -> {
                paused = false;
                lastAt = System.nanoTime();
                answer.resume();
            });
        }
    }

    /** What is only looked at must not harm what passes. */
    private Buffer tapped(Supplier<Buffer> look, Buffer otherwise) {
        try {
            return look.get();
        } catch (RuntimeException failure) {
            LOG.errorf(failure, "What a call to %s used cannot be read", provider.name());
            return otherwise;
        }
    }

    private void ended() {
        Buffer rest = tapped(tap::end, Buffer.buffer());
        if (!call.finish(Outcome.ANSWERED, answer.statusCode(), usage(), firstByte, judged()) || gone) {
            return;
        }
        if (rest.length() > 0) {
            response.end(rest);
        } else {
            response.end();
        }
    }

    private Ended judged() {
        int status = answer.statusCode();
        if (status == TOO_MANY) {
            var now = call.route.time.known();
            return RetryAfter.of(answer.getHeader("retry-after-ms"), answer.getHeader("retry-after"), now)
                    .<Ended>map(Ended.Throttled::new)
                    .orElseGet(ForwardedCall::neutral);
        }
        if (Ended.TROUBLE.contains(status)) {
            return new Ended.Failed(Failure.STATUS);
        }
        if (status == GOOD && tap.sawError()) {
            return new Ended.Failed(Failure.STREAM_ERROR);
        }
        return status >= 400 && status < 500
                ? ForwardedCall.neutral()
                : new Ended.Answered(status, firstByte, call.elapsed());
    }

    private Usage usage() {
        if (tap == null) {
            return call.wasSent() ? Usage.unanswered(request) : Usage.NONE;
        }
        return tap.usage();
    }

    // When it goes wrong

    private void noConnection(NoConnection why, boolean again) {
        if (again && !why.isFinal()) {
            connect(false);
        } else {
            call.refuse(why.problem(provider.name()), Outcome.NOT_SENT, new Ended.Failed(why.failure()));
        }
    }

    /** The connection broke after something was sent. */
    private void broken() {
        if (call.isOver()) {
            return;
        }
        if (answer == null && !gone) {
            Problem problem = Problem.of(
                            Code.IF_ERR_PROVIDER_UNREACHABLE,
                            provider.name() + " closed the connection before it answered.")
                    .with("provider", provider.name())
                    .with("sent", true);
            call.refuse(problem, Outcome.CUT, new Ended.Failed(Failure.CUT));
            // A head that was read already may come after this: nobody waits for it.
            reset();
        } else {
            cut(Outcome.CUT, new Ended.Failed(Failure.CUT));
        }
    }

    private void timedOut(Phase phase) {
        if (call.isOver()) {
            return;
        }
        Ended how = phase.failure == null ? ForwardedCall.neutral() : new Ended.Failed(phase.failure);
        if (answer != null || gone) {
            cut(Outcome.TIMED_OUT, how);
            return;
        }
        Problem problem = Problem.of(
                        Code.IF_ERR_PROVIDER_TIMEOUT,
                        provider.name() + " took longer than it may (" + phase.said + ").")
                .with("provider", provider.name())
                .with("phase", phase.said)
                .with("sent", call.wasSent());
        call.refuse(call.wasSent() ? problem : problem.after(SOON), Outcome.TIMED_OUT, how);
        reset();
    }

    /** After the head only an unclean end tells the client that this is not all. */
    private void cut(Outcome outcome, Ended how) {
        int status = answer == null ? 0 : answer.statusCode();
        if (call.finish(outcome, status, usage(), firstByte, how) && !gone) {
            UncleanEnd.of(call.context);
        }
        reset();
    }

    /** Ends what the provider is still at. */
    void reset() {
        if (upstream != null) {
            upstream.reset();
        }
    }

    /** The client is gone, so nobody waits for the answer. */
    void clientLeft() {
        boolean drains = provider.whenClientLeaves() == WhenClientLeaves.DRAIN && call.wasSent() && !body.streams();
        if (!drains) {
            int status = answer == null ? 0 : answer.statusCode();
            call.finish(Outcome.CLIENT_LEFT, status, usage(), firstByte, ForwardedCall.neutral());
            reset();
        } else if (!gone) {
            gone = true;
            if (paused) {
                paused = false;
                lastAt = System.nanoTime();
                answer.resume();
            }
        }
    }

    /** The call has ended, so nothing is waited for any more. */
    void isOver() {
        stop(timer);
        stop(totalTimer);
        unsent.clear();
        content = null;
        client.leave();
    }

    // Time

    private void await(Phase phase, Duration most) {
        stop(timer);
        timer = after(most, () -> {
            if (phase == Phase.IDLE) {
                idle(most);
            } else {
                timedOut(phase);
            }
        });
    }

    /** The last part may have come since the timer was set; and if the client does not read, it is not the provider's fault. */
    private void idle(Duration most) {
        if (call.isOver()) {
            return;
        }
        Duration left = most.minusNanos(System.nanoTime() - lastAt);
        if (left.toMillis() > 0) {
            timer = after(left, () -> idle(most));
        } else if (paused) {
            cut(Outcome.CLIENT_LEFT, ForwardedCall.neutral());
        } else {
            timedOut(Phase.IDLE);
        }
    }

    private long after(Duration time, Runnable step) {
        return call.route.vertx.setTimer(Math.max(1, time.toMillis()), _ -> call.onLoop(() -> call.guarded(step)));
    }

    private void stop(long one) {
        if (one >= 0) {
            call.route.vertx.cancelTimer(one);
        }
    }
}
