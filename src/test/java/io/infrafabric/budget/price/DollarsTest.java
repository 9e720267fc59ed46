package io.infrafabric.budget.price;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bulkhead.usage.Answers;
import io.infrafabric.bulkhead.usage.Answers.Example;
import io.infrafabric.bulkhead.usage.Usage;
import io.infrafabric.bulkhead.usage.UsageTap;
import io.vertx.core.buffer.Buffer;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Exact dollars for what answers of each API say that they used: streamed as plain. */
class DollarsTest {
    /** US dollars per million tokens, as in the head of {@code prices/shipped.csv}. */
    private static final PriceBook BOOK = PriceBook.of(List.of(ShippedPrices.read(List.of(
                    "p,claude-sonnet-4-5,3,15,0.3,3.75,6,64000,",
                    "p,gpt-4o,2.5,10,1.25,,,16384,",
                    "p,gemini-2.5-pro,1.25,10,0.125,,,65536,200000:2.5:15:0.25::",
                    "p,amazon.nova-lite-v1:0,0.06,0.24,0.015,,,8192,",
                    "p,llama3.2,0.1,0.2,,,,,"))
            .of("p")));

    private static final Map<String, String> DOLLARS = Map.of(
            // 1,000 * 3 + 500 * 15 + 10,000 * 0.3 + 2,000 * 3.75 + 100 * 6
            "claude-sonnet-4-5", "0.0216",
            // 400 * 2.5 + 250 * 10 + 600 * 1.25
            "gpt-4o", "0.00425",
            // 700 * 1.25 + (80 + 300) * 10 + 300 * 0.125
            "gemini-2.5-pro", "0.004713",
            // 120 * 0.06 + 60 * 0.24 + 30 * 0.015 + 40 * 0.06
            "amazon.nova-lite-v1:0", "0.000024",
            // 26 * 0.1 + 259 * 0.2
            "llama3.2", "0.000054");

    static Stream<Example> answers() {
        return Answers.all().stream();
    }

    @ParameterizedTest
    @MethodSource("answers")
    void an_answer_costs_the_same_streamed_and_plain(Example answer) {
        UsageTap tap = answer.tap(50);
        tap.see(Buffer.buffer(answer.bytes()));
        tap.end();
        Usage usage = tap.usage();
        Priced price = BOOK.find(Arrays.asList(usage.model(), "amazon.nova-lite-v1:0"));
        assertThat(cost(price, usage)).isEqualByComparingTo(DOLLARS.get(price.model()));
    }

    @Test
    void what_was_cached_costs_less() {
        Priced price = BOOK.find(List.of("gpt-4o"));
        Usage plain = new Usage(null, 1000, 10, 0, 0, 0, Usage.From.ANSWER);
        Usage cached = new Usage(null, 400, 10, 600, 0, 0, Usage.From.ANSWER);
        assertThat(cost(price, cached)).isPositive().isLessThan(cost(price, plain));
    }

    private static BigDecimal cost(Priced price, Usage used) {
        return price.cost(used.input(), used.output(), used.cacheRead(), used.cacheWrite(), used.cacheWrite1h());
    }
}
