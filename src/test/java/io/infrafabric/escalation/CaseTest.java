package io.infrafabric.escalation;

import static io.infrafabric.escalation.Examples.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class CaseTest {
    private static final Map<String, String> NONE = Map.of();

    private final Case open = Examples.open();

    private static Case changed(Case.Answer answer) {
        assertThat(answer).isInstanceOf(Case.Answer.Changed.class);
        return ((Case.Answer.Changed) answer).now();
    }

    @Test
    void the_first_who_acknowledges_stays_named() {
        Case seen = changed(open.acknowledge("ann", "mine", NOW));
        assertThat(seen.state()).isEqualTo(Case.State.ACKNOWLEDGED);
        assertThat(seen.seen().acknowledgedBy()).isEqualTo("ann");
        assertThat(seen.version()).isEqualTo(1);
        assertThat(seen.acknowledge("bob", "no, mine", NOW)).isEqualTo(new Case.Answer.Same(seen));
    }

    @Test
    void an_open_case_can_be_resolved_at_once() {
        Case done = changed(open.resolve("RESET", NONE, "ann", "go", NOW));
        assertThat(done.state()).isEqualTo(Case.State.RESOLVED);
        assertThat(done.seen().acknowledgedBy()).isNull();
        assertThat(done.handling().note()).isEqualTo("go");
    }

    @Test
    void a_resolution_without_a_note_keeps_the_one_before() {
        Case seen = changed(open.acknowledge("ann", "looking", NOW));
        Case done = changed(seen.resolve("RESET", NONE, "bob", null, NOW));
        assertThat(done.handling().note()).isEqualTo("looking");
        assertThat(done.seen().acknowledgedBy()).isEqualTo("ann");
        assertThat(done.ruling().resolvedBy()).isEqualTo("bob");
        assertThat(done.version()).isEqualTo(2);
    }

    @Test
    void the_same_decision_twice_is_one_decision() {
        Map<String, String> limit = Map.of("dailyLimit", "80");
        Case done = changed(open.resolve("RAISE_LIMIT", limit, "ann", null, NOW));
        assertThat(done.resolve("RAISE_LIMIT", limit, "bob", "me too", NOW)).isEqualTo(new Case.Answer.Same(done));
    }

    @Test
    void another_decision_comes_too_late() {
        Case done = changed(open.resolve("RAISE_LIMIT", Map.of("dailyLimit", "80"), "ann", null, NOW));
        assertThat(done.resolve("RESET", NONE, "bob", null, NOW)).isEqualTo(new Case.Answer.Decided(done));
        assertThat(done.resolve("RAISE_LIMIT", Map.of("dailyLimit", "90"), "bob", null, NOW))
                .isEqualTo(new Case.Answer.Decided(done));
        assertThat(done.acknowledge("bob", null, NOW)).isEqualTo(new Case.Answer.Decided(done));
    }

    @Test
    void what_needs_nobody_any_more_is_withdrawn_and_says_why() {
        Case seen = changed(open.acknowledge("ann", "looking", NOW));
        Case gone = seen.withdraw("It is cancelled.", NOW);
        assertThat(gone.state()).isEqualTo(Case.State.WITHDRAWN);
        assertThat(gone.withdrawal().withdrawnBecause()).isEqualTo("It is cancelled.");
        assertThat(gone.withdrawal().withdrawnAt()).isEqualTo(NOW);
        assertThat(gone.seen().acknowledgedBy()).isEqualTo("ann");
        assertThat(gone.handling().note()).isEqualTo("looking");
        assertThat(gone.ruling().resolvedBy()).isNull();
        assertThat(gone.ruling().option()).isNull();
        assertThat(gone.version()).isEqualTo(2);
        assertThat(gone.resolve("RESET", NONE, "ann", null, NOW)).isEqualTo(new Case.Answer.Withdrawn(gone));
        assertThat(gone.acknowledge("ann", null, NOW)).isEqualTo(new Case.Answer.Withdrawn(gone));
        assertThat(gone.withdraw("Again.", NOW)).isEqualTo(gone);
    }

    @Test
    void what_is_decided_stays_decided_when_its_cause_goes_away() {
        Case done = changed(open.resolve("RESET", NONE, "ann", null, NOW));
        assertThat(done.withdraw("A new day began.", NOW)).isEqualTo(done);
    }

    @Test
    void only_what_is_offered_can_be_chosen() {
        assertThat(open.resolve("APPROVE", NONE, "ann", null, NOW))
                .isEqualTo(new Case.Answer.NotOffered(open, "APPROVE"));
    }
}
