package io.infrafabric.escalation;

import io.infrafabric.escalation.DeliveryTransaction.Attempt;
import io.infrafabric.escalation.WebhookDelivery.Outcome;
import io.infrafabric.input.HttpDate;
import io.infrafabric.input.HttpTarget;
import io.infrafabric.input.Spelling;
import io.infrafabric.problem.Problem;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/**
 * Calls the receivers of webhooks, a bounded number at once and never inside a transaction: it claims and commits the
 * attempt, calls the receiver, and records the outcome. Whatever is dropped or lost in between comes due again.
 */
@ApplicationScoped
public class Sender {
    private static final Logger LOG = Logger.getLogger(Sender.class);
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}");
    private static final int EXCERPT = 200;
    private static final int LONGEST_REASON = 500;
    private static final int MOST_CAUSES = 8;
    private static final int SUCCESS = 2;
    private static final int CLASS = 100;

    private final Vertx vertx;
    private final HttpClient http;
    private final DeliveryTransaction deliveries;
    private final EscalationConfig config;
    private final boolean privateToo;

    private final Set<UUID> running = new LinkedHashSet<>();
    private final ArrayDeque<UUID> queued = new ArrayDeque<>();

    public Sender(Vertx vertx, DeliveryTransaction deliveries, EscalationConfig config) {
        this.vertx = vertx;
        this.deliveries = deliveries;
        this.config = config;
        this.privateToo = config.allowPrivateAddresses()
                .orElse(config.embedded().filter(servers -> !servers.isBlank()).isPresent());
        this.http = vertx.createHttpClient(new HttpClientOptions()
                .setKeepAlive(false)
                .setMaxPoolSize(config.maxConcurrent())
                .setDecompressionSupported(false));
    }

    @PreDestroy
    void stop() {
        http.close().onFailure(failure -> LOG.debug("The HTTP client did not close", failure));
    }

    /** Gives a usable URL back, {@code null} for none. Names are checked when they are resolved, for each attempt. */
    String check(String url) {
        if (url != null) {
            if (HttpTarget.of("url", url).isPrivateByItself("url") && !privateToo) {
                throw Problem.badInput("url", "a public address (s2.escalation.allow-private-addresses)");
            }
        }
        return url;
    }

    /** Tries a delivery now or soon. Drops it if too many are waiting: it comes due again. */
    void send(UUID delivery) {
        synchronized (this) {
            if (running.contains(delivery) || queued.contains(delivery)) {
                return;
            }
            if (running.size() >= config.maxConcurrent()) {
                if (queued.size() < config.maxQueued()) {
                    queued.add(delivery);
                }
                return;
            }
            running.add(delivery);
        }
        vertx.getOrCreateContext().runOnContext(started -> attempt(delivery));
    }

    private void attempt(UUID delivery) {
        deliveries
                .claim(delivery)
                .chain(claimed -> claimed.isEmpty()
                        ? Uni.createFrom().voidItem()
                        : Uni.createFrom()
                                .completionStage(() -> call(claimed.get()).toCompletionStage())
                                .chain(outcome -> deliveries.record(claimed.get(), outcome)))
                .subscribe()
                .with(done -> next(delivery), failure -> {
                    LOG.warnf("Delivery %s comes due again: %s", delivery, failure);
                    next(delivery);
                });
    }

    private void next(UUID delivery) {
        UUID waiting;
        synchronized (this) {
            running.remove(delivery);
            waiting = queued.poll();
        }
        if (waiting != null) {
            send(waiting);
        }
    }

    /** Never fails: an unreachable receiver is an outcome. */
    private Future<Outcome> call(Attempt attempt) {
        Reply reply = new Reply(attempt.at());
        HttpTarget target = HttpTarget.of("url", attempt.url());
        long timer = vertx.setTimer(config.timeout().toMillis(), over -> reply.timeUp());
        reply.outcome.future().onComplete(done -> vertx.cancelTimer(timer));
        resolve(target)
                .compose(address -> http.request(options(target, address)))
                .onSuccess(request -> {
                    reply.outcome.future().onComplete(done -> request.reset());
                    request.putHeader("host", target.authority());
                    sign(request.headers(), attempt);
                    request.send(attempt.body()).onSuccess(reply::begun).onFailure(reply::failed);
                })
                .onFailure(reply::failed);
        return reply.outcome.future();
    }

    private Future<InetAddress> resolve(HttpTarget target) {
        return vertx.executeBlocking(() -> target.resolved(privateToo), false);
    }

    /** Calls the address that was checked; the name goes along for TLS and for the receiver. */
    private RequestOptions options(HttpTarget target, InetAddress address) {
        return new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setServer(SocketAddress.inetSocketAddress(new InetSocketAddress(address, target.port())))
                .setHost(target.host())
                .setPort(target.port())
                .setSsl(target.isTls())
                .setURI(target.path())
                .setFollowRedirects(false)
                .setConnectTimeout(config.timeout().toMillis());
    }

    private void sign(MultiMap headers, Attempt attempt) {
        String id = "msg_" + attempt.id();
        long timestamp = attempt.at().getEpochSecond();
        headers.set("content-type", "application/json");
        headers.set("user-agent", "s2-fabric");
        headers.set("webhook-id", id);
        headers.set("webhook-timestamp", Long.toString(timestamp));
        headers.set("webhook-signature", WebhookSignature.of(attempt.secret(), id, timestamp, attempt.body()));
    }

    /**
     * A receiver's answer. The status decides as soon as it is there: success needs no more, and the body of a failure
     * is read only as far as it is shown.
     */
    private final class Reply {
        private final Promise<Outcome> outcome = Promise.promise();
        private final Buffer read = Buffer.buffer();
        private final Instant at;
        private HttpClientResponse head;

        Reply(Instant at) {
            this.at = at;
        }

        void begun(HttpClientResponse response) {
            head = response;
            response.exceptionHandler(broken -> answered());
            if (response.statusCode() / CLASS == SUCCESS) {
                answered();
                return;
            }
            response.handler(part -> {
                int room = config.maxAnswerBytes() - read.length();
                read.appendBuffer(part.slice(0, Math.min(room, part.length())));
                if (part.length() >= room) {
                    answered();
                }
            });
            response.endHandler(end -> answered());
        }

        private void answered() {
            Duration retryAfter = retryAfter(head.getHeader("retry-after"), at);
            outcome.tryComplete(new Outcome.Answered(head.statusCode(), retryAfter, excerpt(read)));
        }

        void timeUp() {
            if (head == null) {
                outcome.tryComplete(new Outcome.Unanswered("no answer within " + config.timeout()));
            } else {
                answered();
            }
        }

        void failed(Throwable failure) {
            outcome.tryComplete(new Outcome.Unanswered(why(failure)));
        }
    }

    private static String excerpt(Buffer read) {
        String text = read.toString(StandardCharsets.UTF_8)
                .replaceAll("[\\p{Cntrl}\\s]+", " ")
                .strip();
        return Spelling.cut(text, EXCERPT);
    }

    /** What went wrong, with its cause: "TLS failed" does not help, but "the certificate has expired" does. */
    static String why(Throwable failure) {
        Set<String> reasons = new LinkedHashSet<>();
        Throwable at = failure;
        for (int depth = 0; at != null && depth < MOST_CAUSES; depth++) {
            String said = at.getMessage() == null ? at.getClass().getSimpleName() : at.getMessage();
            String plain = said.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
            // Some failures only repeat their cause.
            if (reasons.stream().noneMatch(reason -> reason.contains(plain))) {
                reasons.add(plain);
            }
            at = at.getCause();
        }
        return Spelling.cut(String.join(": ", reasons), LONGEST_REASON);
    }

    /** {@code Retry-After} in seconds or as a date; nothing if it is neither. */
    private static Duration retryAfter(String header, Instant now) {
        if (header == null) {
            return null;
        }
        if (SECONDS.matcher(header).matches()) {
            return Duration.ofSeconds(Long.parseLong(header));
        }
        return HttpDate.until(header, now).orElse(null);
    }
}
