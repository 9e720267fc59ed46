package io.infrafabric.budget;

import static io.infrafabric.budget.Examples.usd;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.budget.CostRuling.Decided;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.problem.Problem;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a human decided is read from the answer to a case. */
class CostRulingTest {
    private static final List<String> EVIDENCE = List.of("day:2026-11-29", "amount:40", "by:ann");

    @Test
    void each_option_says_what_is_to_be_done() {
        assertThat(decided("RAISE_LIMIT", Map.of("dailyLimit", "30"))).isEqualTo(new Decided.RaiseLimit(usd("30")));
        assertThat(decided("RESET", Map.of("allowance", "5"))).isEqualTo(new Decided.CloseBreaker(usd("5")));
        assertThat(decided("KEEP_STOPPED", Map.of())).isEqualTo(new Decided.KeepStopped());
        Apart.Asked asked = new Apart.Asked("session:ann", LocalDate.parse("2026-11-29"), usd("40"), "ann");
        assertThat(decided("COUNT", Map.of())).isEqualTo(new Decided.Believe(asked, null));
        assertThat(decided("CORRECT", Map.of("amount", "4"))).isEqualTo(new Decided.Believe(asked, usd("4")));
    }

    @Test
    void money_that_may_be_absent_is_nothing_then() {
        assertThat(decided("RESET", null)).isEqualTo(new Decided.CloseBreaker(Money.orZero(null)));
        assertThat(decided("CORRECT", null))
                .isInstanceOfSatisfying(
                        Decided.Believe.class,
                        believe -> assertThat(believe.real()).isZero());
    }

    @ParameterizedTest
    @CsvSource({
        "RAISE_LIMIT, other, 1, dailyLimit",
        "RAISE_LIMIT, dailyLimit, much, dailyLimit",
        "RESET, allowance, -1, allowance",
        "CORRECT, amount, some, amount",
        "SHRUG, other, 1, option"
    })
    void an_answer_without_sense_is_a_bad_value_of_its_field(String option, String name, String value, String field) {
        assertThatThrownBy(() -> decided(option, Map.of(name, value)))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem -> assertThat(problem.extensions()).containsEntry("field", field));
    }

    @Test
    void the_reason_is_the_note_or_the_case() {
        assertThat(ruling("KEEP_STOPPED", Map.of(), "enough").why()).isEqualTo("enough");
        assertThat(ruling("KEEP_STOPPED", Map.of(), null).why()).isEqualTo("case c1");
    }

    private static Decided decided(String option, Map<String, String> parameters) {
        return ruling(option, parameters, null).decided();
    }

    private static CostRuling ruling(String option, Map<String, String> parameters, String note) {
        return CostRuling.of(new CaseResolved(
                "c1", "budget", "account:session:ann", "s", "REASON", EVIDENCE, option, parameters, "op", note));
    }
}
