package io.infrafabric.escalation;

import static io.infrafabric.escalation.Examples.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.event.BudgetEvent.BreakerOpened;
import io.infrafabric.event.BudgetEvent.BreakerReason;
import io.infrafabric.event.CoordinatorEvent.TaskStranded;
import io.infrafabric.event.EscalationEvent.CaseRequested;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.problem.Problem;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuestionTest {
    private static final Question.Bounds BOUNDS = new Question.Bounds(100, 3, 2);

    @Test
    void a_stranded_task_is_asked_about_each_time_it_happens() {
        Question question = Question.of(new TaskStranded("t", "swarm", "u", 40, 7L, NOW), "event-1");
        assertThat(question.function()).isEqualTo("coordinator");
        assertThat(question.subject()).isEqualTo("task:u");
        assertThat(question.asked()).contains("40 tasks wait for it, t and 39 others");
        assertThat(question.swarm()).isEqualTo("swarm");
        assertThat(question.options()).containsExactly("RETRY_DEPENDENCY", "CANCEL_TASK", "KEEP_WAITING");
        assertThat(question.evidence()).startsWith("task:u");
        assertThat(question.occurrence()).isEqualTo("v7 event-1");
        assertThat(question.at()).isEqualTo(NOW);
    }

    private static BreakerOpened opened(String account, String swarm, BreakerReason reason, String limit) {
        return new BreakerOpened(
                account, swarm, reason, new BigDecimal("50.25"), limit == null ? null : new BigDecimal(limit), 7);
    }

    @Test
    void an_empty_budget_offers_a_higher_limit() {
        Question question = Question.of(opened("session:s", "swarm", BreakerReason.BUDGET, "50"));
        assertThat(question.function()).isEqualTo("budget");
        assertThat(question.subject()).isEqualTo("account:session:s");
        assertThat(question.reason()).isEqualTo("BREAKER_BUDGET");
        assertThat(question.severity()).isEqualTo(Severity.HIGH);
        assertThat(question.options()).containsExactly("RAISE_LIMIT", "RESET", "KEEP_STOPPED");
        assertThat(question.asked()).contains("$50.25 are spent today of $50");
        assertThat(question.occurrence()).isEqualTo("7");
    }

    @Test
    void after_failures_money_does_not_help() {
        Question question = Question.of(opened("session:s", "swarm", BreakerReason.FAILURES, null));
        assertThat(question.reason()).isEqualTo("BREAKER_FAILURES");
        assertThat(question.options()).containsExactly("RESET", "KEEP_STOPPED");
        assertThat(question.asked()).contains("too many failures");
    }

    @Test
    void an_account_that_stops_many_is_critical() {
        assertThat(Question.of(opened("swarm:x", "x", BreakerReason.BUDGET, null))
                        .severity())
                .isEqualTo(Severity.CRITICAL);
        assertThat(Question.of(opened("org", null, BreakerReason.BUDGET, "400")).swarm())
                .isNull();
    }

    private static CaseRequested wish(String function, String asked, List<String> options, List<String> evidence) {
        return new CaseRequested(
                function, "decision:d", "swarm", "QUORUM_NOT_MET", Severity.HIGH, asked, options, evidence, "1", NOW);
    }

    @Test
    void a_function_asks_in_its_own_words() {
        Question question = Question.of(wish("consensus", "Well?", List.of("APPROVE", "REJECT"), null), BOUNDS);
        assertThat(question.options()).containsExactly("APPROVE", "REJECT");
        assertThat(question.evidence()).isEmpty();
        assertThat(question.askedAt(NOW.plusSeconds(1))).isEqualTo(NOW);
    }

    @Test
    void nobody_asks_in_the_future_nor_at_no_time() {
        Question early = Question.of(wish("consensus", "Well?", List.of("APPROVE"), null), BOUNDS);
        assertThat(early.askedAt(NOW.minusSeconds(1))).isEqualTo(NOW.minusSeconds(1));
        Question timeless = Question.of(opened("session:s", "swarm", BreakerReason.BUDGET, "50"));
        assertThat(timeless.askedAt(NOW)).isEqualTo(NOW);
    }

    @Test
    void what_is_missing_or_too_large_is_refused() {
        for (CaseRequested bad : List.of(
                wish(null, "Well?", List.of("A"), null),
                wish("no function", "Well?", List.of("A"), null),
                wish("consensus", null, List.of("A"), null),
                wish("consensus", "x".repeat(101), List.of("A"), null),
                wish("consensus", "Well?", null, null),
                wish("consensus", "Well?", List.of(), null),
                wish("consensus", "Well?", List.of("A", "B", "C", "D"), null),
                wish("consensus", "Well?", List.of("A"), List.of("1", "2", "3")))) {
            assertThatThrownBy(() -> Question.of(bad, BOUNDS)).as("%s", bad).isInstanceOf(Problem.class);
        }
    }
}
