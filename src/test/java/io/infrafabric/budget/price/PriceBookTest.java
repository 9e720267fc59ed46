package io.infrafabric.budget.price;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.budget.price.Priced.How;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How a model's price is found, and what it comes to. */
class PriceBookTest {
    private static final PriceBook BOOK = PriceBook.of(List.of(ShippedPrices.read(List.of(
                    "# source: a test",
                    "# date: 2026-01-01",
                    "p,claude-sonnet-4-5,3,15,0.3,3.75,6,64000,200000:6:22.5:0.6:7.5:12",
                    "p,claude-sonnet-4-6,4,20,,,,64000,",
                    "p,eu.anthropic.claude-haiku-4-5-v1:0,1.1,5.5,,,,,",
                    "p,us.anthropic.claude-haiku-4-5-v1:0,1,5,,,,,",
                    "p,gpt-4o,2.5,10,1.25,,,16384,",
                    "p,gpt-4o-mini,0.15,0.6,0.075,,,16384,",
                    "p,o9-pro,150,600,,,,,"))
            .of("p")));

    @ParameterizedTest
    @CsvSource({
        "claude-sonnet-4-5, EXACT, claude-sonnet-4-5",
        "claude-sonnet-4-5-20250929, NORMALISED, claude-sonnet-4-5",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0, NORMALISED, claude-sonnet-4-5",
        "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0, NORMALISED, claude-sonnet-4-5",
        "claude-sonnet-4-5@20250929, NORMALISED, claude-sonnet-4-5",
        "models/gpt-4o, NORMALISED, gpt-4o",
        "openai/GPT-4o-2024-08-06, NORMALISED, gpt-4o",
        "gpt-4o-latest, NORMALISED, gpt-4o",
        // Of what runs in several regions, the dearest one; by its own name, its own.
        "claude-haiku-4-5, NORMALISED, eu.anthropic.claude-haiku-4-5-v1:0",
        "us.anthropic.claude-haiku-4-5-v1:0, EXACT, us.anthropic.claude-haiku-4-5-v1:0",
        "gpt-4o-mini-tts, FAMILY, gpt-4o-mini",
        "gpt-4o-audio, FAMILY, gpt-4o",
        // Not yet known; of its family the dearest one.
        "claude-sonnet-4-9, FAMILY, claude-sonnet-4-6",
        "claude-sonnet-7, FAMILY, claude-sonnet-4-6",
        "something-else, DEAREST, o9-pro",
        "'   ', DEAREST, o9-pro"
    })
    void a_model_is_found(String name, How how, String priced) {
        Priced found = BOOK.find(List.of(name));
        assertThat(found.how()).isEqualTo(how);
        assertThat(found.model()).isEqualTo(priced);
    }

    @Test
    void the_name_in_the_answer_goes_before_that_in_the_request_and_knowledge_before_guesses() {
        assertThat(BOOK.find(List.of("gpt-4o-mini-2024-07-18", "gpt-4o")).model())
                .isEqualTo("gpt-4o-mini");
        assertThat(BOOK.find(List.of("my-deployment", "gpt-4o")).model()).isEqualTo("gpt-4o");
        assertThat(BOOK.find(List.of("gpt-4o-odd", "gpt-4o-mini")).model()).isEqualTo("gpt-4o-mini");
        assertThat(BOOK.find(Arrays.asList(null, "gpt-4o")).model()).isEqualTo("gpt-4o");
        assertThat(BOOK.find(List.of("x".repeat(100_000))).how()).isEqualTo(How.DEAREST);
        assertThat(BOOK.find(List.of()).how()).isEqualTo(How.DEAREST);
    }

    @Test
    void nothing_is_known_of_a_provider_without_prices() {
        Priced none = PriceBook.of(List.of()).find(List.of("llama3.2"));
        assertThat(none).isEqualTo(Priced.NONE);
        assertThat(none.isKnown()).isFalse();
        assertThat(ShippedPrices.all().of("ollama")).isEmpty();
        assertThat(ShippedPrices.all().atItsMaker("vllm", List.of("gpt-5")).isKnown())
                .isFalse();
    }

    @Test
    void exact_dollars() {
        Priced sonnet = BOOK.find(List.of("claude-sonnet-4-5"));
        // 1,000 * 3 + 500 * 15 + 10,000 * 0.3 + 2,000 * 3.75 + 100 * 6
        assertThat(sonnet.cost(1_000, 500, 10_000, 2_000, 100)).isEqualByComparingTo("0.0216");
        assertThat(sonnet.cost(0, 0, 10_000, 0, 0)).isLessThan(sonnet.cost(10_000, 0, 0, 0, 0));
        // Above the tier, the whole call costs more: 150,000 * 6 + 60,000 * 0.6 + 1,000 * 22.5
        assertThat(sonnet.cost(150_000, 1_000, 60_000, 0, 0)).isEqualByComparingTo("0.9585");
        assertThat(sonnet.cost(150_000, 1_000, 50_000, 0, 0)).isEqualByComparingTo("0.48");
        // Without a price of their own, cached tokens cost as much as input, and a write for an hour twice that.
        assertThat(BOOK.find(List.of("claude-sonnet-4-6")).cost(0, 0, 1_000, 1_000, 1_000))
                .isEqualByComparingTo("0.016");
    }

    @Test
    void a_cost_is_never_negative_and_never_nothing_for_something() {
        Priced mini = BOOK.find(List.of("gpt-4o-mini"));
        assertThat(mini.cost(1, 0, 0, 0, 0)).isEqualByComparingTo("0.000001");
        assertThat(mini.cost(-5, Long.MIN_VALUE, -1, -1, -1)).isEqualByComparingTo("0");
        assertThat(mini.cost(Long.MAX_VALUE, Long.MAX_VALUE, 0, 0, 0)).isPositive();
        assertThat(Priced.NONE.cost(1, 1, 1, 1, 1)).isEqualByComparingTo("0");
    }

    @Test
    void an_estimate_takes_the_dearest_input_that_may_apply() {
        Priced sonnet = BOOK.find(List.of("claude-sonnet-4-5"));
        assertThat(sonnet.atMost(1_000, false, false, 100)).isEqualByComparingTo("0.0045");
        assertThat(sonnet.atMost(1_000, true, false, 100)).isEqualByComparingTo("0.00525");
        assertThat(sonnet.atMost(1_000, true, true, 100)).isEqualByComparingTo("0.0075");
        assertThat(sonnet.atMost(300_000, false, false, 0)).isEqualByComparingTo("1.8");
    }

    @Test
    void what_an_operator_sets_goes_first_and_0_is_free() {
        Price free =
                new Price("gpt-4o", new ModelRates(BigDecimal.ZERO, BigDecimal.ZERO, null, null, null), List.of(), 0);
        PriceBook book = PriceBook.of(List.of(ShippedPrices.all().of("openai"), List.of(free)));
        assertThat(book.find(List.of("gpt-4o")).isFree()).isTrue();
        assertThat(book.find(List.of("gpt-4o")).cost(1_000_000, 1_000_000, 5, 5, 5))
                .isEqualByComparingTo("0");
        assertThat(book.find(List.of("gpt-5")).isFree()).isFalse();
    }

    @Test
    void shipped_prices_say_where_they_come_from_and_none_of_them_is_nothing() {
        ShippedPrices shipped = ShippedPrices.all();
        assertThat(shipped.source()).contains("models.dev");
        assertThat(shipped.day()).isAfter(LocalDate.parse("2026-01-01"));
        assertThat(shipped.prices().keySet()).contains("anthropic", "openai", "google", "amazon-bedrock");
        shipped.prices()
                .forEach((provider, prices) -> assertThat(prices).allSatisfy(price -> {
                    assertThat(price.rates().input())
                            .as(provider + " " + price.model())
                            .isPositive();
                    assertThat(price.rates().output())
                            .as(provider + " " + price.model())
                            .isPositive();
                }));
        assertThat(shipped.of("bedrock"))
                .isEqualTo(shipped.of("amazon-bedrock"))
                .isNotEmpty();
        assertThat(shipped.of("openai-eu")).isEqualTo(shipped.of("openai"));
        assertThat(shipped.atItsMaker("house", List.of("claude-opus-4-5")).input())
                .isEqualByComparingTo("5");
        assertThat(Prices.isOld(LocalDate.parse("2026-01-01"), LocalDate.parse("2026-04-01")))
                .isFalse();
        assertThat(Prices.isOld(LocalDate.parse("2026-01-01"), LocalDate.parse("2026-04-02")))
                .isTrue();
    }
}
