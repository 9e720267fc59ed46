package io.infrafabric.bulkhead.payment;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.budget.price.Priced;
import io.infrafabric.budget.price.SomePrice;
import io.infrafabric.bulkhead.payment.CallCost.From;
import io.infrafabric.bulkhead.payment.CallEnd.Outcome;
import io.infrafabric.bulkhead.usage.Usage;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A dollar a million tokens of input, ten of output. The request has 1,000, and the call may cost 5 dollars. */
class CallCostTest {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Priced PRICE = SomePrice.of("1", "10", Priced.How.EXACT);
    private static final Usage SEEN = new Usage("m", 2000, 100, 0, 0, 0, Usage.From.ANSWER);

    private static CallCost cost(Outcome outcome, int status, Usage usage, Priced price, String estimate) {
        Payment payment = new Payment(
                UUID.randomUUID(), "p", null, "m", "ann", "s", null, null, 1000, new BigDecimal(estimate), true, NOON);
        return CallCost.of(payment, new CallEnd(outcome, status, usage, null, Duration.ZERO, NOON), price);
    }

    private static void is(CallCost cost, String dollars, From from) {
        assertThat(cost.dollars()).isEqualByComparingTo(dollars);
        assertThat(cost.from()).isEqualTo(from);
    }

    @Test
    void what_the_answer_says_costs_its_price() {
        is(cost(Outcome.ANSWERED, 200, SEEN, PRICE, "5"), "0.003", From.ANSWER);
    }

    @Test
    void of_a_cut_answer_what_was_seen_costs() {
        Usage partial = new Usage("m", 2000, 100, 0, 0, 0, Usage.From.PARTIAL);
        is(cost(Outcome.CUT, 200, partial, PRICE, "5"), "0.003", From.PARTIAL);
    }

    @Test
    void if_no_input_was_seen_it_is_that_of_the_request() {
        Usage partial = new Usage(null, 0, 100, 0, 0, 0, Usage.From.PARTIAL);
        is(cost(Outcome.CLIENT_LEFT, 200, partial, PRICE, "5"), "0.002", From.PARTIAL);
    }

    @Test
    void a_call_of_a_kind_that_costs_nothing_is_free() {
        is(cost(Outcome.ANSWERED, 200, Usage.NONE, PRICE, "5"), "0", From.NONE);
    }

    @ParameterizedTest
    @CsvSource({
        "CLIENT_LEFT, 200, 0.001",
        "CLIENT_LEFT, 0, 0.001",
        "STOPPED, 0, 0.001",
        "CUT, 200, 0.001",
        "TIMED_OUT, 200, 0.001",
        "CUT, 0, 0",
        "TIMED_OUT, 0, 0",
        "NOT_SENT, 0, 0"
    })
    void a_call_that_was_sent_costs_its_input_unless_the_provider_never_answered(
            Outcome outcome, int status, String dollars) {
        Usage sent = new Usage(null, 0, 0, 0, 0, 0, Usage.From.PARTIAL);
        is(cost(outcome, status, sent, PRICE, "5"), dollars, dollars.equals("0") ? From.NONE : From.PARTIAL);
    }

    @ParameterizedTest
    @EnumSource
    void a_call_that_was_refused_or_not_sent_is_free(Outcome outcome) {
        is(cost(outcome, 0, Usage.NONE, PRICE, "5"), "0", From.NONE);
    }

    @ParameterizedTest
    @EnumSource
    void a_call_that_may_cost_nothing_costs_nothing_unless_the_answer_says_otherwise(Outcome outcome) {
        is(cost(outcome, 200, Usage.NONE, PRICE, "0"), "0", From.NONE);
    }

    @ParameterizedTest
    @EnumSource
    void without_a_price_nothing_is_booked(Outcome outcome) {
        is(cost(outcome, 200, SEEN, SomePrice.none(), "0"), "0", From.NONE);
    }

    @Test
    void an_answer_that_says_nonsense_is_bounded() {
        Usage absurd = new Usage("m", Long.MAX_VALUE, Long.MAX_VALUE, 0, 0, 0, Usage.From.ANSWER);
        is(
                cost(Outcome.ANSWERED, 200, absurd, SomePrice.of("1000000", "1000000", Priced.How.EXACT), "5"),
                "99999999999",
                From.ANSWER);
    }
}
