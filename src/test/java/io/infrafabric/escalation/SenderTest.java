package io.infrafabric.escalation;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.escalation.WebhookDelivery.Outcome;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import java.io.IOException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One attempt over real HTTP, without a database: what is called, and what is made of the answer. */
class SenderTest {
    private static final String SECRET = "whsec_" + Base64.getEncoder().encodeToString(new byte[32]);

    private static final Instant AT = Instant.parse("2026-11-23T05:00:00Z");

    private final Vertx vertx = Vertx.vertx();
    private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    private Receiver receiver;

    @AfterEach
    void close() throws Exception {
        if (receiver != null) {
            receiver.close();
        }
        vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private static EscalationConfig config(boolean privateToo) {
        return new SmallRyeConfigBuilder()
                .withConverter(Duration.class, 200, new DurationConverter())
                .withMapping(EscalationConfig.class)
                .withSources(new PropertiesConfigSource(
                        Map.of("s2.escalation.allow-private-addresses", Boolean.toString(privateToo)), "test", 100))
                .build()
                .getConfigMapping(EscalationConfig.class);
    }

    /** Gives out one attempt, and keeps what became of it. */
    private final class OneAttempt extends DeliveryTransaction {
        private final String url;

        OneAttempt(String url, EscalationConfig config) {
            super(null, null, null, null, null, config);
            this.url = url;
        }

        @Override
        Uni<Optional<Attempt>> claim(UUID id) {
            return Uni.createFrom().item(Optional.of(new Attempt(id, 1, url, SECRET, "{}", AT)));
        }

        @Override
        Uni<Void> record(Attempt attempt, Outcome result) {
            outcome.complete(result);
            return Uni.createFrom().voidItem();
        }
    }

    private Outcome sent(String url, boolean privateToo) throws Exception {
        EscalationConfig config = config(privateToo);
        Sender sender = new Sender(vertx, new OneAttempt(url, config), config);
        sender.send(UUID.randomUUID());
        try {
            return outcome.get(30, TimeUnit.SECONDS);
        } finally {
            sender.stop();
        }
    }

    @Test
    void retry_after_in_seconds_is_heard() throws Exception {
        receiver = Receiver.open(Receiver.status(503, "Retry-After", "1800"));
        assertThat(sent(receiver.url(), true)).isEqualTo(new Outcome.Answered(503, Duration.ofMinutes(30), ""));
    }

    @Test
    void retry_after_as_a_date_is_heard() throws Exception {
        Instant date = AT.plus(Duration.ofDays(1));
        receiver = Receiver.open(Receiver.status(
                429, "Retry-After", DateTimeFormatter.RFC_1123_DATE_TIME.format(date.atOffset(ZoneOffset.UTC))));
        assertThat(sent(receiver.url(), true)).isEqualTo(new Outcome.Answered(429, Duration.ofDays(1), ""));
    }

    @Test
    void retry_after_without_sense_is_passed_over() throws Exception {
        receiver = Receiver.open(Receiver.status(503, "Retry-After", "soon"));
        assertThat(sent(receiver.url(), true)).isEqualTo(new Outcome.Answered(503, null, ""));
    }

    @Test
    void a_name_that_resolves_to_a_private_address_is_not_called() throws Exception {
        receiver = Receiver.open(Receiver.status(200));
        String url = receiver.url().replace("127.0.0.1", "localhost");
        assertThat(sent(url, false)).isEqualTo(new Outcome.Unanswered("localhost is a private address"));
        assertThat(receiver.requests).isEmpty();
    }

    @Test
    void it_is_called_where_private_addresses_are_allowed() throws Exception {
        receiver = Receiver.open(Receiver.status(200));
        String url = receiver.url().replace("127.0.0.1", "localhost");
        assertThat(sent(url, true)).isEqualTo(new Outcome.Answered(200, null, ""));
        assertThat(receiver.requests)
                .singleElement()
                .satisfies(request ->
                        assertThat(request.headers().get("host").getFirst()).startsWith("localhost:"));
    }

    @Test
    void success_counts_when_its_head_is_there() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        receiver = Receiver.open((exchange, body) -> {
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().flush();
            await(over);
        });
        assertThat(sent(receiver.url(), true)).isEqualTo(new Outcome.Answered(200, null, ""));
        over.countDown();
    }

    private static void await(CountDownLatch over) {
        try {
            over.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void an_ipv6_address_has_its_brackets() throws Exception {
        receiver = Receiver.open(Receiver.status(204));
        String url = receiver.url().replace("127.0.0.1", "[::ffff:127.0.0.1]");
        assertThat(sent(url, true)).isEqualTo(new Outcome.Answered(204, null, ""));
        assertThat(receiver.requests.getFirst().headers().get("host").getFirst())
                .startsWith("[::ffff:127.0.0.1]:");
    }

    @Test
    void it_says_why_tls_failed() throws Exception {
        NetServer plain = vertx.createNetServer().connectHandler(socket -> socket.write("HTTP/1.1 400 Bad\r\n\r\n"));
        int port = plain.listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS)
                .actualPort();
        assertThat(sent("https://127.0.0.1:" + port, true))
                .isInstanceOfSatisfying(
                        Outcome.Unanswered.class,
                        failed -> assertThat(failed.why()).contains("not an SSL/TLS record"));
        Throwable untrusted = new SSLHandshakeException("Failed to create SSL connection");
        untrusted.initCause(new SSLException(
                "PKIX path building failed: unable to find it", new CertificateException("unable to find it")));
        assertThat(Sender.why(untrusted))
                .isEqualTo("Failed to create SSL connection: PKIX path building failed: unable to find it");
        assertThat(Sender.why(new IOException())).isEqualTo("IOException");
    }
}
