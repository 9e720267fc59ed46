package io.infrafabric.rescue;

import static io.infrafabric.rescue.Examples.NOW;
import static io.infrafabric.rescue.Examples.PATIENCE;
import static io.infrafabric.rescue.Examples.TERMS;
import static io.infrafabric.rescue.Examples.blocker;
import static io.infrafabric.rescue.Examples.can;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.event.RescueEvent.BlockerEscalated;
import io.infrafabric.rescue.Blocker.State;
import io.infrafabric.rescue.Blocker.Step;
import io.infrafabric.rescue.Ranking.LeftOut;
import io.infrafabric.rescue.Ranking.Why;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class PlanTest {
    private static final Plan PLAN = new Plan(TERMS, 2, PATIENCE, 50);
    private static final List<String> SIP = List.of("sip");
    private static final List<String> NONE = List.of();

    @Test
    void two_are_asked_and_the_others_are_named_with_the_reason() {
        Map<String, Step> steps = PLAN.look(
                List.of(blocker("b1", SIP, NONE)),
                List.of(),
                List.of(can("ann", SIP, NONE), can("bob", SIP, NONE), can("cid", SIP, NONE), can("dan", NONE, NONE)),
                NOW);
        Blocker after = steps.get("b1").after();
        assertThat(active(after)).containsExactlyInAnyOrder("ann", "bob");
        assertThat(after.leftOut())
                .extracting(LeftOut::session, LeftOut::why)
                .containsExactly(tuple("cid", Why.OTHERS_TAKEN), tuple("dan", Why.SCORE_TOO_LOW));
        assertThat(after.leftOut().getFirst().parts().score()).isEqualTo(0.90);
    }

    @Test
    void nobody_at_all_is_a_case() {
        Step step = PLAN.look(List.of(blocker("b1", SIP, NONE)), List.of(), List.of(can("dan", NONE, NONE)), NOW)
                .get("b1");
        assertThat(step.after().state()).isEqualTo(State.ESCALATED);
        assertThat(step.events()).singleElement().isInstanceOf(BlockerEscalated.class);
    }

    @Test
    void only_so_many_are_named_those_that_fit_best() {
        Plan brief = new Plan(TERMS, 1, PATIENCE, 1);
        Blocker after = brief.look(
                        List.of(blocker("b1", SIP, NONE)),
                        List.of(),
                        List.of(can("ann", SIP, NONE), can("bob", SIP, NONE), can("dan", NONE, NONE)),
                        NOW)
                .get("b1")
                .after();
        assertThat(after.leftOut()).extracting(LeftOut::session).containsExactly("bob");
    }

    @Test
    void one_that_only_one_can_help_gets_it_back_from_one_that_others_can_help_too() {
        Candidate ann = can("ann", List.of("sip", "h323"), NONE, "5", 1, 1);
        Candidate bob = can("bob", SIP, NONE, "5", 1, 1);
        Blocker easy = asked("easy", ann, bob);
        Map<String, Step> steps =
                PLAN.look(List.of(blocker("hard", List.of("h323"), NONE)), List.of(easy), List.of(ann, bob), NOW);
        assertThat(active(steps.get("hard").after())).containsExactly("ann");
        assertThat(active(steps.get("easy").after())).containsExactly("bob");
        assertThat(steps.get("easy").after().ask("ann").state()).isEqualTo(Ask.State.TAKEN_BACK);
    }

    @Test
    void who_was_asked_is_left_in_peace_where_that_would_help_nobody_more() {
        Candidate ann = can("ann", List.of("sip", "h323"), NONE, "5", 1, 1);
        Blocker easy = asked("easy", ann);
        Map<String, Step> steps =
                PLAN.look(List.of(blocker("hard", List.of("h323"), NONE)), List.of(easy), List.of(ann), NOW);
        assertThat(steps).doesNotContainKey("easy");
        assertThat(steps.get("hard").after().state()).isEqualTo(State.ESCALATED);
    }

    @Test
    void the_more_severe_one_is_served_among_equals() {
        Candidate ann = can("ann", SIP, NONE, "5", 1, 0);
        Map<String, Step> steps = PLAN.look(
                List.of(blocker("a", SIP, NONE), blocker("z", SIP, NONE, Severity.CRITICAL)),
                List.of(),
                List.of(ann),
                NOW);
        assertThat(active(steps.get("z").after())).containsExactly("ann");
        assertThat(steps.get("a").after().state()).isEqualTo(State.ESCALATED);
    }

    @Test
    void one_that_has_one_gets_a_second() {
        Candidate ann = can("ann", SIP, NONE, "5", 3, 1);
        Blocker one = asked("b1", ann);
        Blocker after = PLAN.look(List.of(one), List.of(), List.of(ann, can("bob", SIP, NONE)), NOW)
                .get("b1")
                .after();
        assertThat(active(after)).containsExactlyInAnyOrder("ann", "bob");
    }

    @Test
    void nobody_is_asked_second_while_another_blocker_has_nobody() {
        Candidate busy = can("h1", SIP, NONE, "5", 1, 1);
        Candidate free = can("h0", SIP, NONE, "5", 1, 0);
        Blocker one = asked("b1", busy);
        Map<String, Step> steps =
                PLAN.look(List.of(one, blocker("b2", SIP, NONE)), List.of(one), List.of(free, busy), NOW);
        assertThat(active(steps.get("b1").after())).containsExactly("h1");
        assertThat(active(steps.get("b2").after())).containsExactly("h0");
    }

    @Test
    void a_more_severe_blocker_that_has_one_comes_after_a_lesser_one_that_has_nobody() {
        Candidate busy = can("h1", SIP, NONE, "5", 1, 1);
        Blocker critical = PLAN.look(
                        List.of(blocker("a", SIP, NONE, Severity.CRITICAL)), List.of(), List.of(busy.with(0)), NOW)
                .get("a")
                .after();
        Map<String, Step> steps = PLAN.look(
                List.of(critical, blocker("z", SIP, NONE, Severity.LOW)),
                List.of(critical),
                List.of(busy, can("h0", SIP, NONE, "5", 1, 0)),
                NOW);
        assertThat(active(steps.get("a").after())).containsExactly("h1");
        assertThat(active(steps.get("z").after())).containsExactly("h0");
    }

    @Test
    void a_look_that_finds_nothing_new_changes_nothing() {
        Candidate ann = can("ann", SIP, NONE, "5", 1, 1);
        Blocker one = asked("b1", ann);
        Blocker again =
                PLAN.look(List.of(one), List.of(), List.of(ann), NOW).get("b1").after();
        assertThat(PLAN.look(List.of(again), List.of(), List.of(ann), NOW)
                        .get("b1")
                        .after())
                .isEqualTo(again);
    }

    private static Blocker asked(String id, Candidate... candidates) {
        List<Candidate> free =
                List.of(candidates).stream().map(one -> one.with(0)).toList();
        Blocker after = PLAN.look(List.of(blocker(id, SIP, NONE)), List.of(), free, NOW)
                .get(id)
                .after();
        assertThat(active(after)).hasSize(candidates.length);
        return after;
    }

    private static Set<String> active(Blocker blocker) {
        return blocker.active().stream().map(Ask::session).collect(Collectors.toSet());
    }
}
