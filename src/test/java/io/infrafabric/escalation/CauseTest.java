package io.infrafabric.escalation;

import static io.infrafabric.escalation.Examples.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.event.BudgetEvent.BreakerClosed;
import io.infrafabric.event.BudgetEvent.ClosedBecause;
import io.infrafabric.event.EscalationEvent.CauseEnded;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CauseTest {
    @ParameterizedTest
    @CsvSource({
        "NEW_DAY,      BREAKER_BUDGET",
        "LIMIT_RAISED, BREAKER_BUDGET",
        "RECOVERED,    BREAKER_FAILURES",
        "RESET,        BREAKER_BUDGET BREAKER_FAILURES"
    })
    void what_closes_a_breaker_says_which_questions_are_over(ClosedBecause why, String reasons) {
        Cause cause = Cause.of(new BreakerClosed("session:ann", "s", why, null, NOW, 7));
        assertThat(cause.function()).isEqualTo("budget");
        assertThat(cause.subject()).isEqualTo("account:session:ann");
        assertThat(cause.reasons()).containsExactlyInAnyOrder(reasons.split(" "));
        assertThat(cause.why()).contains(why.name());
        assertThat(cause.before()).as("the breaker's events come in order").isNull();
        assertThat(cause.until()).isEqualTo(NOW);
    }

    @Test
    void the_operator_who_closed_it_is_named() {
        assertThat(Cause.of(new BreakerClosed("session:ann", "s", ClosedBecause.RESET, "olga", null, 7))
                        .why())
                .isEqualTo("The breaker has closed: RESET by olga.");
    }

    @Test
    void of_a_breaker_that_closed_at_no_known_time_nothing_is_remembered() {
        assertThat(Cause.of(new BreakerClosed("session:ann", "s", ClosedBecause.RESET, null, null, 7))
                        .until())
                .isEqualTo(Instant.EPOCH);
    }

    @Test
    void a_function_says_what_is_over_and_since_when() {
        assertThat(Cause.of(new CauseEnded("coordinator", "task:t", "s", "TASK_STRANDED", "It is cancelled.", NOW)))
                .isEqualTo(new Cause("coordinator", "task:t", List.of("TASK_STRANDED"), "It is cancelled.", NOW, NOW));
    }
}
