package io.infrafabric.bulkhead.payment;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.budget.price.Priced;
import io.infrafabric.budget.price.SomePrice;
import io.infrafabric.bulkhead.payment.CallCost.From;
import io.infrafabric.bulkhead.payment.CallEnd.Outcome;
import io.infrafabric.bulkhead.usage.Answers;
import io.infrafabric.bulkhead.usage.Answers.Example;
import io.infrafabric.bulkhead.usage.Usage;
import io.infrafabric.bulkhead.usage.UsageTap;
import io.vertx.core.buffer.Buffer;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * From the bytes of an answer to its dollars, for each API. A million tokens cost $3 as input, $15 as output, $0.30 read from a
 * cache, $3.75 written to it and $6 for an hour.
 */
class CallDollarsTest {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Priced PRICE = SomePrice.of("3", "15", "0.3", "3.75", "6");

    static Stream<Example> answers() {
        return Answers.all().stream();
    }

    /** The same for what is streamed and what is not, since one of each used the same. */
    @ParameterizedTest
    @MethodSource("answers")
    void a_known_usage_costs_exactly_this(Example answer) {
        UsageTap tap = answer.tap(77);
        for (byte one : answer.bytes()) {
            tap.see(Buffer.buffer(new byte[] {one}));
        }
        tap.end();
        CallCost cost = cost(tap.usage());
        assertThat(cost.from()).isEqualTo(From.ANSWER);
        assertThat(cost.dollars()).isEqualByComparingTo(dollars(answer));
    }

    private static String dollars(Example answer) {
        return switch (answer.name().split(" ", -1)[0]) {
            // 1,000 of input beside 10,000 read from the cache, and 2,000 and 100 written to it; 500 of output, said
            // twice.
            case "claude" -> "0.0216";
            // Of 1,000 of input 600 were cached; 250 of output.
            case "chat", "responses" -> "0.00513";
            // Of 1,000 of input 300 were cached; 80 of output, and 300 of thoughts.
            case "gemini" -> "0.00789";
            // One of the models is Claude. The other: 120 of input beside 30 read and 40 written; 60 of output.
            case "bedrock" -> answer.used().model() == null ? "0.001419" : "0.0216";
            // 26 of input, 259 of output.
            case "ollama" -> "0.003963";
            default -> throw new AssertionError(answer);
        };
    }

    @Test
    void what_was_read_from_a_cache_costs_less_than_the_same_without_one() {
        for (Example answer : Answers.all()) {
            Usage used = answer.used();
            Usage uncached = new Usage(
                    used.model(),
                    used.input() + used.cacheRead(),
                    used.output(),
                    0,
                    used.cacheWrite(),
                    used.cacheWrite1h(),
                    Usage.From.ANSWER);
            if (answer.name().startsWith("ollama")) {
                assertThat(used).as("it says nothing of a cache").isEqualTo(uncached);
            } else {
                assertThat(cost(used).dollars())
                        .as(answer.name())
                        .isLessThan(cost(uncached).dollars());
            }
        }
    }

    private static CallCost cost(Usage usage) {
        Payment payment =
                new Payment(UUID.randomUUID(), "p", null, "m", "ann", "s", null, null, 77, BigDecimal.TEN, true, NOON);
        return CallCost.of(payment, new CallEnd(Outcome.ANSWERED, 200, usage, null, Duration.ZERO, NOON), PRICE);
    }
}
