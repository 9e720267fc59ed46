package io.infrafabric.escalation;

import static io.infrafabric.escalation.Examples.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.escalation.Asking.Before;
import io.infrafabric.event.EscalationEvent.Severity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AskingTest {
    private static final Asking.Bounds BOUNDS = new Asking.Bounds(3, Duration.ofHours(1));

    private static Question question(String occurrence, Severity severity, Question.Repeat repeat) {
        return new Question(
                "budget",
                "account:session:s",
                "swarm",
                "BREAKER_BUDGET",
                severity,
                "And now?",
                List.of("KEEP_WAITING"),
                List.of(),
                occurrence,
                null,
                "condition",
                repeat);
    }

    private static Question question(String occurrence) {
        return question(occurrence, Severity.HIGH, Question.Repeat.ONCE);
    }

    private static Asking ask(Question question, List<Before> condition, Instant now) {
        return Asking.decide(question, List.of(), condition, BOUNDS, now);
    }

    private static Before withdrawn(int minute) {
        Instant at = NOW.plusSeconds(60L * minute);
        return new Before(Examples.open().withdraw("It rained.", at), at);
    }

    @Test
    void the_same_question_makes_one_case_and_another_time_another() {
        List<Case> same = List.of(Examples.open());
        assertThat(Asking.decide(question("7"), same, List.of(), BOUNDS, NOW)).isEqualTo(new Asking.Nothing());
        assertThat(Asking.decide(question("8"), same, List.of(), BOUNDS, NOW)).isEqualTo(new Asking.Fresh(null));
    }

    @Test
    void what_flaps_pages_so_often_and_then_the_last_one_is_taken_up_and_waits() {
        List<Before> flaps = new ArrayList<>(List.of(withdrawn(1), withdrawn(0)));
        assertThat(ask(question("8"), flaps, NOW.plusSeconds(300))).isEqualTo(new Asking.Fresh(null));
        flaps.addFirst(withdrawn(2));
        Asking held = ask(question("9"), flaps, NOW.plusSeconds(300));
        assertThat(held).isInstanceOf(Asking.Again.class);
        Case again = ((Asking.Again) held).now();
        assertThat(again.state()).isEqualTo(Case.State.OPEN);
        assertThat(again.openings()).isEqualTo(2);
        assertThat(again.wording().occurrence()).isEqualTo("9");
        assertThat(again.withdrawal().withdrawnBecause()).isNull();
        assertThat(again.heldUntil()).isEqualTo(NOW.plus(Duration.ofHours(1)));
        assertThat(again.paged().heldUntil()).isNull();
        assertThat(ask(question("9"), flaps, NOW.plus(Duration.ofHours(1))))
                .as("the first one is long ago")
                .isEqualTo(new Asking.Fresh(null));
    }

    @Test
    void where_all_that_flap_are_open_another_one_waits_too() {
        Case open = Examples.open().withdraw("It rained.", NOW).again(question("9"), NOW);
        List<Before> flaps = List.of(new Before(open, NOW), new Before(open, NOW), new Before(open, NOW));
        assertThat(ask(question("10"), flaps, NOW)).isEqualTo(new Asking.Fresh(NOW.plus(Duration.ofHours(1))));
    }

    @Test
    void many_that_stay_open_do_not_flap() {
        List<Before> open = List.of(
                new Before(Examples.open(), NOW), new Before(Examples.open(), NOW), new Before(Examples.open(), NOW));
        assertThat(ask(question("9"), open, NOW)).isEqualTo(new Asking.Fresh(null));
    }

    @Test
    void what_is_more_severe_than_what_was_paged_pages() {
        List<Before> flaps = List.of(withdrawn(2), withdrawn(1), withdrawn(0));
        assertThat(ask(question("9", Severity.CRITICAL, Question.Repeat.ONCE), flaps, NOW))
                .isEqualTo(new Asking.Fresh(null));
    }

    @Test
    void what_renews_changes_the_words_of_an_open_one_and_heeds_what_was_decided() {
        Question renewed = question("v7 e2", Severity.HIGH, Question.Repeat.RENEW);
        Case open = Examples.open().again(question("v7 e1"), null);
        assertThat(Asking.decide(renewed, List.of(open), List.of(), BOUNDS, NOW))
                .isInstanceOfSatisfying(Asking.Renewed.class, now -> {
                    assertThat(now.now().wording().asked()).isEqualTo("And now?");
                    assertThat(now.now().wording().occurrence()).isEqualTo("v7 e1");
                });
        Case.Answer kept = open.resolve("KEEP_WAITING", Map.of(), "ann", null, NOW);
        Case stays = ((Case.Answer.Changed) kept).now();
        assertThat(Asking.decide(renewed, List.of(stays), List.of(), BOUNDS, NOW))
                .isEqualTo(new Asking.Nothing());
        Question next = question("v8 e3", Severity.HIGH, Question.Repeat.RENEW);
        assertThat(Asking.decide(next, List.of(stays), List.of(), BOUNDS, NOW)).isEqualTo(new Asking.Fresh(null));
    }

    @Test
    void one_that_a_human_has_seen_stays_seen_when_it_gets_other_words() {
        Question renewed = question("v7 e2", Severity.HIGH, Question.Repeat.RENEW);
        Case open = Examples.open().again(question("v7 e1"), null);
        Case seen = ((Case.Answer.Changed) open.acknowledge("ann", "mine", NOW)).now();
        Asking asking = Asking.decide(renewed, List.of(seen), List.of(), BOUNDS, NOW);
        Case now = ((Asking.Renewed) asking).now();
        assertThat(now.state()).isEqualTo(Case.State.ACKNOWLEDGED);
        assertThat(now.seen().acknowledgedBy()).isEqualTo("ann");
        assertThat(now.handling().note()).isEqualTo("mine");
    }
}
