package io.infrafabric.escalation;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.escalation.Delivery.Outcome;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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
        receiver.close();
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
    private final class OneAttempt extends DeliveryStore {
        private final String url;

        OneAttempt(String url, EscalationConfig config) {
            super(null, null, null, null, null, null, config);
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
}
