package io.infrafabric.escalation;

import io.infrafabric.door.Problem;
import io.infrafabric.escalation.Delivery.Outcome;
import io.infrafabric.escalation.DeliveryStore.Attempt;
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
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/**
 * Calls the receivers of webhooks, a bounded number at once and never inside a transaction: the attempt is claimed and
 * committed, the receiver called, the outcome written down. Whatever is dropped or lost in between comes due again.
 */
@ApplicationScoped
public class Sender {
    private static final Logger LOG = Logger.getLogger(Sender.class);
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}");
    private static final Pattern LITERAL = Pattern.compile("[0-9.]+|.*:.*");
    private static final int EXCERPT = 200;

    private final Vertx vertx;
    private final HttpClient http;
    private final DeliveryStore deliveries;
    private final EscalationConfig config;
    private final boolean privateToo;

    private final Set<UUID> running = new LinkedHashSet<>();
    private final ArrayDeque<UUID> queued = new ArrayDeque<>();

    public Sender(Vertx vertx, DeliveryStore deliveries, EscalationConfig config) {
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

    /** Gives a usable URL back, {@code null} for none; names are looked at when they are resolved, for each attempt. */
    String check(String url) {
        if (url != null) {
            String host = Target.of(url).host();
            boolean isPrivate = host.equalsIgnoreCase("localhost") || isPrivateLiteral(host);
            if (isPrivate && !privateToo) {
                throw Problem.badInput("url", "a public address (s2.escalation.allow-private-addresses)");
            }
        }
        return url;
    }

    private static boolean isPrivateLiteral(String host) {
        try {
            return LITERAL.matcher(host).matches() && Target.isPrivate(InetAddress.ofLiteral(host));
        } catch (IllegalArgumentException _) {
            throw Problem.badInput("url", "a host that is a name or an IP address");
        }
    }

    /** Tries a delivery now or soon. Not kept if too many are waiting: it comes due again. */
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

    /** Never fails: that a receiver cannot be reached is an outcome. */
    private Future<Outcome> call(Attempt attempt) {
        Promise<Outcome> outcome = Promise.promise();
        Target target = Target.of(attempt.url());
        long timer = vertx.setTimer(
                config.timeout().toMillis(),
                over -> outcome.tryComplete(new Outcome.Unanswered("no answer within " + config.timeout())));
        outcome.future().onComplete(done -> vertx.cancelTimer(timer));
        resolve(target.host())
                .compose(address -> http.request(options(target, address)))
                .onSuccess(request -> {
                    outcome.future().onComplete(done -> request.reset());
                    sign(request.headers(), attempt);
                    request.send(attempt.body())
                            .onSuccess(response -> read(response, attempt, outcome))
                            .onFailure(failure -> outcome.tryComplete(unanswered(failure)));
                })
                .onFailure(failure -> outcome.tryComplete(unanswered(failure)));
        return outcome.future();
    }

    private Future<InetAddress> resolve(String host) {
        return vertx.executeBlocking(
                () -> {
                    InetAddress address = InetAddress.getByName(host);
                    if (!privateToo && Target.isPrivate(address)) {
                        throw new SecurityException(host + " is a private address");
                    }
                    return address;
                },
                false);
    }

    /** The address that was looked at is the one that is called; the name goes along for TLS and for the receiver. */
    private RequestOptions options(Target target, InetAddress address) {
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

    /** The status decides; of the body no more is read than fits, and only to be shown. */
    private void read(HttpClientResponse response, Attempt attempt, Promise<Outcome> outcome) {
        Buffer read = Buffer.buffer();
        Duration retryAfter = retryAfter(response.getHeader("retry-after"), attempt.at());
        Runnable answered =
                () -> outcome.tryComplete(new Outcome.Answered(response.statusCode(), retryAfter, excerpt(read)));
        response.handler(part -> {
            int room = config.maxAnswerBytes() - read.length();
            read.appendBuffer(part.slice(0, Math.min(room, part.length())));
            if (part.length() >= room) {
                answered.run();
            }
        });
        response.endHandler(end -> answered.run());
        response.exceptionHandler(broken -> answered.run());
    }

    private static String excerpt(Buffer read) {
        String text = read.toString(StandardCharsets.UTF_8)
                .replaceAll("[\\p{Cntrl}\\s]+", " ")
                .strip();
        return text.substring(0, Math.min(text.length(), EXCERPT));
    }

    private static Outcome unanswered(Throwable failure) {
        String why = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
        return new Outcome.Unanswered(why.replace('\0', ' '));
    }

    /** {@code Retry-After} in seconds or as a date; nothing if it is neither. */
    private static Duration retryAfter(String header, Instant now) {
        if (header == null) {
            return null;
        }
        if (SECONDS.matcher(header).matches()) {
            return Duration.ofSeconds(Long.parseLong(header));
        }
        try {
            Instant date = Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(header));
            Duration wait = Duration.between(now, date);
            return wait.isNegative() ? null : wait;
        } catch (DateTimeException _) {
            return null;
        }
    }
}
