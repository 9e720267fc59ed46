package io.infrafabric.escalation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.problem.Problem;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OptionsTest {

    private static void refused(String option, Map<String, Object> parameters, String field) {
        assertThatThrownBy(() -> Options.parameters(option, parameters))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem -> assertThat(problem.extensions()).containsEntry("field", field));
    }

    @Test
    void a_limit_is_money_as_number_or_text() {
        assertThat(Options.parameters("RAISE_LIMIT", Map.of("dailyLimit", 80))).containsEntry("dailyLimit", "80");
        assertThat(Options.parameters("RAISE_LIMIT", Map.of("dailyLimit", new BigDecimal("80.500000"))))
                .containsEntry("dailyLimit", "80.5");
        assertThat(Options.parameters("RAISE_LIMIT", Map.of("dailyLimit", "0"))).containsEntry("dailyLimit", "0");
    }

    @Test
    void a_limit_that_is_none_is_refused() {
        refused("RAISE_LIMIT", null, "parameters.dailyLimit");
        refused("RAISE_LIMIT", Map.of("dailyLimit", -1), "parameters.dailyLimit");
        refused("RAISE_LIMIT", Map.of("dailyLimit", "much"), "parameters.dailyLimit");
        refused("RAISE_LIMIT", Map.of("dailyLimit", new BigDecimal("1e999999999")), "parameters.dailyLimit");
        refused("RAISE_LIMIT", Map.of("dailyLimit", new BigDecimal("0.0000001")), "parameters.dailyLimit");
        refused("RAISE_LIMIT", Map.of("dailyLimit", List.of(1)), "parameters.dailyLimit");
        refused("RAISE_LIMIT", Collections.singletonMap("dailyLimit", null), "parameters.dailyLimit");
    }

    @Test
    void a_reset_may_come_with_an_allowance() {
        assertThat(Options.parameters("RESET", null)).isEmpty();
        assertThat(Options.parameters("RESET", Map.of("allowance", "5"))).containsEntry("allowance", "5");
        refused("RESET", Map.of("allowance", "-5"), "parameters.allowance");
    }

    @Test
    void what_an_option_does_not_know_is_refused() {
        refused("RESET", Map.of("dailyLimit", 5), "parameters.dailyLimit");
        refused("KEEP_STOPPED", Map.of("why", "so"), "parameters.why");
        refused("CANCEL_TASK", Map.of("why", "so"), "parameters.why");
    }

    @Test
    void options_of_other_functions_take_anything_that_is_small() {
        assertThat(Options.parameters("PAINT", Map.of("by", 2, "sure", true)))
                .containsEntry("by", "2")
                .containsEntry("sure", "true");
        refused("PAINT", Map.of("by", "x".repeat(2001)), "parameters.by");
    }
}
