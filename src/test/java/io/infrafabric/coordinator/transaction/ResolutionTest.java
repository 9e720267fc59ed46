package io.infrafabric.coordinator.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.coordinator.claim.HandedIn;
import io.infrafabric.coordinator.task.Change;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ResolutionTest {

    private static CaseResolved resolved(String function, String subject, List<String> evidence, String option) {
        return new CaseResolved(
                "c1", function, subject, "swarm", "TASK_STRANDED", evidence, option, Map.of(), "ann", "Try again.");
    }

    private static Resolution stranded(String option) {
        return Resolution.of(resolved("coordinator", "task:t", List.of("task:u"), option));
    }

    @Test
    void the_dependency_that_the_case_named_is_retried() {
        assertThat(stranded("RETRY_DEPENDENCY"))
                .isEqualTo(new Resolution.Act(new Operation.Retry("u", "ann", "case c1: Try again.")));
    }

    @Test
    void what_waits_is_given_up() {
        assertThat(Resolution.of(resolved("coordinator", "task:u", List.of("task:u"), "CANCEL_TASK")))
                .isEqualTo(new Resolution.Act(new Operation.GiveUp("u", "ann", "case c1: Try again.")));
        assertThat(Resolution.of(resolved("coordinator", "task:u", List.of("task:u"), "RETRY_DEPENDENCY")))
                .isEqualTo(new Resolution.Act(new Operation.Retry("u", "ann", "case c1: Try again.")));
    }

    /** The case of a release that asked about each task that waits. */
    @Test
    void the_stranded_task_alone_is_cancelled() {
        assertThat(stranded("CANCEL_TASK"))
                .isEqualTo(new Resolution.Act(new Operation.Cancel("t", "ann", "case c1: Try again.", false)));
    }

    @Test
    void waiting_on_changes_nothing() {
        assertThat(stranded("KEEP_WAITING")).isEqualTo(new Resolution.Nothing());
    }

    @ParameterizedTest
    @EnumSource(Resolution.Ruling.class)
    void what_a_checker_has_no_verdict_on_is_ruled_for_the_result_that_the_case_names(Resolution.Ruling ruling) {
        HandedIn.Key result = new HandedIn.Key("t", 5, "abc");
        assertThat(Resolution.of(broken(Resolution.evidence(result), ruling.name())))
                .isEqualTo(new Resolution.Rule(result, ruling, "ann", "case c1: Try again."));
    }

    @Test
    void a_case_about_a_check_that_names_no_result_is_a_fault() {
        for (String evidence : List.of("task:t", "check:", "check:abc")) {
            assertThatThrownBy(() -> Resolution.of(broken(evidence, "ACCEPT")))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> Resolution.of(broken("check:5:abc", "CANCEL_TASK")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static CaseResolved broken(String evidence, String option) {
        return new CaseResolved(
                "c1",
                "coordinator",
                "task:t",
                "swarm",
                Change.CHECK_BROKEN,
                List.of(evidence, "why: TRAP"),
                option,
                Map.of(),
                "ann",
                "Try again.");
    }

    @Test
    void what_others_asked_is_theirs() {
        assertThat(Resolution.of(resolved("budget", "account:org", List.of(), "RESET")))
                .isEqualTo(new Resolution.Nothing());
    }

    @Test
    void what_was_never_offered_or_names_no_task_is_a_fault() {
        assertThatThrownBy(() -> stranded("APPROVE")).hasMessageContaining("APPROVE");
        for (List<String> evidence : List.of(List.<String>of(), List.of("account:u"))) {
            assertThatThrownBy(() -> Resolution.of(resolved("coordinator", "task:t", evidence, "RETRY_DEPENDENCY")))
                    .hasMessageContaining("No task is named");
        }
    }

    @ParameterizedTest
    @CsvSource({"account:session:ann,ann", "session:ann,ann", "account:swarm:s,", "account:org,", "task:t,"})
    void the_session_that_it_is_about_is_concerned(String subject, String session) {
        assertThat(Resolution.concerned(resolved("budget", subject, List.of(), "RESET"))
                        .orElse(null))
                .isEqualTo(session);
    }
}
