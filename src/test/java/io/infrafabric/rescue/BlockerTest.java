package io.infrafabric.rescue;

import static io.infrafabric.rescue.Examples.NOW;
import static io.infrafabric.rescue.Examples.PATIENCE;
import static io.infrafabric.rescue.Examples.blocker;
import static io.infrafabric.rescue.Examples.can;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.session.Match.Parts;
import io.infrafabric.event.RescueEvent.Answer;
import io.infrafabric.event.RescueEvent.BlockerEscalated;
import io.infrafabric.event.RescueEvent.BlockerResolved;
import io.infrafabric.event.RescueEvent.BlockerWithdrawn;
import io.infrafabric.event.RescueEvent.HelpAnswered;
import io.infrafabric.event.RescueEvent.HelpRated;
import io.infrafabric.event.RescueEvent.HelpRequested;
import io.infrafabric.rescue.Blocker.State;
import io.infrafabric.rescue.Blocker.Step;
import io.infrafabric.rescue.Blocker.Verdict;
import io.infrafabric.rescue.Ranking.Fit;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BlockerTest {
    private static final Instant LATER = NOW.plusSeconds(10);
    private static final Blocker FRESH = blocker("b1", List.of("sip"), List.of());
    private static final Blocker ASKED = asked(FRESH, "ann", "bob").after();

    @Test
    void who_is_asked_has_time_to_accept() {
        Step step = asked(FRESH, "ann");
        assertThat(step.after().state()).isEqualTo(State.ASKING);
        assertThat(step.events())
                .containsExactly(new HelpRequested("b1", "red", "ann", "blocked-b1", 0.9, NOW.plus(PATIENCE)));
        assertThat(step.after().version()).isGreaterThan(FRESH.version());
    }

    @Test
    void the_first_to_accept_makes_it_assigned() {
        Step step = done(ASKED.accept("bob", LATER));
        assertThat(step.after().state()).isEqualTo(State.ASSIGNED);
        assertThat(step.events()).containsExactly(new HelpAnswered("b1", "red", "bob", "blocked-b1", Answer.ACCEPTED));
        assertThat(step.after().accept("bob", LATER)).isInstanceOf(Verdict.Already.class);
    }

    @Test
    void who_was_not_asked_or_is_late_cannot_accept() {
        assertThat(ASKED.accept("cid", LATER)).isEqualTo(new Verdict.NotAsked(ASKED, null));
        assertThat(ASKED.accept("ann", NOW.plus(PATIENCE))).isInstanceOf(Verdict.NotAsked.class);
        assertThat(ASKED.accept("ann", NOW.plus(PATIENCE).minusMillis(1))).isInstanceOf(Verdict.Done.class);
        Blocker declined = done(ASKED.decline("ann", LATER)).after();
        assertThat(declined.accept("ann", LATER)).isInstanceOf(Verdict.NotAsked.class);
    }

    @Test
    void who_declines_or_is_silent_is_not_asked_again_who_fell_away_may_be() {
        Blocker declined = done(ASKED.decline("ann", LATER)).after();
        assertThat(declined.settled()).containsExactlyInAnyOrder("ann", "bob");
        assertThat(declined.decline("ann", LATER)).isInstanceOf(Verdict.Already.class);
        Blocker silent = ASKED.silent(NOW.plus(PATIENCE)).after();
        assertThat(silent.active()).isEmpty();
        assertThat(silent.settled()).containsExactlyInAnyOrder("ann", "bob");
        assertThat(ASKED.silent(LATER).events()).isEmpty();
        assertThat(ASKED.gone("ann", LATER, LATER).after().settled()).containsExactly("bob");
        assertThat(ASKED.takeBack(Set.of("ann"), LATER).after().settled()).containsExactly("bob");
    }

    @Test
    void word_of_going_that_comes_late_takes_nothing_that_was_asked_since() {
        assertThat(ASKED.gone("ann", NOW.minusMillis(1), LATER).events()).isEmpty();
        assertThat(ASKED.gone("ann", NOW, LATER).after().settled()).containsExactly("bob");
        Blocker assigned = done(ASKED.accept("ann", LATER)).after();
        assertThat(assigned.gone("ann", NOW.minusMillis(1), LATER).after().state())
                .isEqualTo(State.ASSIGNED);
    }

    @Test
    void one_who_helps_may_stop_and_then_it_asks_again() {
        Blocker assigned = done(ASKED.accept("ann", LATER)).after();
        assertThat(done(assigned.decline("ann", LATER)).after().state()).isEqualTo(State.ASKING);
        assertThat(assigned.takeBack(Set.of("ann"), LATER).events())
                .as("who helps is not taken back")
                .isEmpty();
        assertThat(assigned.silent(NOW.plus(PATIENCE)).after().state()).isEqualTo(State.ASSIGNED);
    }

    @Test
    void with_nobody_left_a_human_is_asked_once() {
        Step alone = FRESH.looked(List.of());
        assertThat(alone.after().state()).isEqualTo(State.ESCALATED);
        assertThat(alone.events())
                .containsExactly(new BlockerEscalated(
                        "b1", "red", "blocked-b1", alone.after().version()));
        assertThat(alone.after().looked(List.of()).events()).isEmpty();
        assertThat(asked(alone.after(), "ann").after().state()).isEqualTo(State.ASKING);
        assertThat(ASKED.looked(List.of()).after().state()).isEqualTo(State.ASKING);
    }

    @Test
    void it_is_resolved_with_an_outcome_for_each_who_had_accepted() {
        Blocker both = done(done(ASKED.accept("ann", LATER)).after().accept("bob", LATER))
                .after();
        Step step = done(both.resolve(Map.of("ann", true, "bob", false), "blocked-b1", LATER));
        assertThat(step.after().state()).isEqualTo(State.RESOLVED);
        assertThat(step.after().ask("ann").helped()).isTrue();
        assertThat(step.events())
                .contains(
                        new HelpRated("b1", "red", "ann", List.of("sip"), true, LATER),
                        new HelpRated("b1", "red", "bob", List.of("sip"), false, LATER))
                .last()
                .isEqualTo(new BlockerResolved(
                        "b1",
                        "red",
                        "blocked-b1",
                        List.of("ann", "bob"),
                        "blocked-b1",
                        step.after().version()));
        assertThat(step.after().resolve(Map.of(), "blocked-b1", LATER)).isInstanceOf(Verdict.Already.class);
        assertThat(step.after().withdraw("blocked-b1", LATER)).isInstanceOf(Verdict.Over.class);
        assertThat(step.after().accept("ann", LATER)).isInstanceOf(Verdict.Over.class);
    }

    @Test
    void of_one_who_has_not_accepted_nothing_can_be_said() {
        assertThat(ASKED.resolve(Map.of("ann", true), "blocked-b1", LATER)).isInstanceOf(Verdict.NotAsked.class);
    }

    @Test
    void when_it_is_over_open_asks_are_taken_back() {
        Step step = done(ASKED.withdraw("op", LATER));
        assertThat(step.after().state()).isEqualTo(State.WITHDRAWN);
        assertThat(step.after().active()).isEmpty();
        assertThat(step.events()).filteredOn(HelpAnswered.class::isInstance).hasSize(2);
        assertThat(step.events()).last().isInstanceOf(BlockerWithdrawn.class);
        assertThat(step.after().silent(NOW.plus(PATIENCE)).events()).isEmpty();
    }

    @Test
    void it_ends_with_its_task() {
        Blocker solved = done(ASKED.taskOver(true, LATER)).after();
        assertThat(solved.state()).isEqualTo(State.RESOLVED);
        assertThat(solved.endedBy()).isEqualTo("task:" + ASKED.task());
        assertThat(done(ASKED.taskOver(false, LATER)).after().state()).isEqualTo(State.WITHDRAWN);
        assertThat(solved.taskOver(false, LATER)).isInstanceOf(Verdict.Over.class);
    }

    @Test
    void a_human_is_needed_no_more_once_somebody_is_asked_or_it_is_over() {
        Blocker escalated = FRESH.looked(List.of()).after();
        Changes nothing = new Changes(LATER);
        nothing.take(escalated, escalated.looked(List.of()));
        assertThat(nothing.answered()).isEmpty();
        Changes found = new Changes(LATER);
        found.take(escalated, asked(escalated, "ann"));
        assertThat(found.answered()).extracting(Blocker::state).containsExactly(State.ASKING);
        Changes over = new Changes(LATER);
        over.take(escalated, done(escalated.withdraw("op", LATER)));
        assertThat(over.answered()).extracting(Blocker::state).containsExactly(State.WITHDRAWN);
        Changes other = new Changes(LATER);
        other.take(ASKED, done(ASKED.withdraw("op", LATER)));
        assertThat(other.answered()).isEmpty();
    }

    @Test
    void help_is_settled_with_what_it_cost_else_the_estimate_if_it_helped() {
        Ask ask = ASKED.ask("ann").holding("hold", new BigDecimal("1.25"));
        assertThat(ask.settlement()).isEqualByComparingTo("0");
        assertThat(ask.rated(false).settlement()).isEqualByComparingTo("0");
        assertThat(ask.rated(true).settlement()).isEqualByComparingTo("1.25");
        assertThat(ask.costing(new BigDecimal("0.5")).rated(true).settlement()).isEqualByComparingTo("0.5");
        assertThat(ask.costing(new BigDecimal("2")).rated(false).settlement()).isEqualByComparingTo("2");
    }

    @Test
    void an_estimate_is_the_hourly_cost_for_the_time_that_help_takes() {
        Duration quarter = Duration.ofMinutes(15);
        assertThat(Ask.estimate(new BigDecimal("5"), quarter, BigDecimal.ONE)).isEqualByComparingTo("1.25");
        assertThat(Ask.estimate(new BigDecimal("0.00001"), quarter, BigDecimal.ONE))
                .isEqualByComparingTo("0.000003");
        assertThat(Ask.estimate(null, quarter, BigDecimal.ONE)).isEqualByComparingTo("1");
    }

    @Test
    void what_ends_help_settles_its_hold_once() {
        Blocker held = done(ASKED.accept("ann", LATER))
                .after()
                .change("ann", ask -> ask.holding("h1", new BigDecimal("1.25")));
        Changes changes = new Changes(LATER);
        Step gone = held.gone("ann", LATER, LATER);
        changes.take(held, gone);
        assertThat(changes.settlements()).isEqualTo(Map.of("h1", BigDecimal.ZERO));
        Changes resolving = new Changes(LATER);
        resolving.take(held, done(held.resolve(Map.of("ann", true), "blocked-b1", LATER)));
        assertThat(resolving.settlements()).isEqualTo(Map.of("h1", new BigDecimal("1.25")));
        Changes afterwards = new Changes(LATER);
        afterwards.take(gone.after(), done(gone.after().withdraw("op", LATER)));
        assertThat(afterwards.settlements()).isEmpty();
    }

    private static Step asked(Blocker blocker, String... sessions) {
        return blocker.ask(
                Stream.of(sessions)
                        .map(id -> new Fit(can(id, List.of("sip"), List.of()), new Parts(1, 1, 0.5), 0.9))
                        .toList(),
                NOW,
                PATIENCE);
    }

    private static Step done(Verdict verdict) {
        assertThat(verdict).isInstanceOf(Verdict.Done.class);
        return ((Verdict.Done) verdict).step();
    }
}
