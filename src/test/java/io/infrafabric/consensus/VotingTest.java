package io.infrafabric.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class VotingTest {
    private static final Instant CLOSES = Instant.EPOCH.plusSeconds(3600);
    private static final Instant BEFORE = CLOSES.minusNanos(1000);
    private static final Voting.Bounds BOUNDS = new Voting.Bounds(100, 1000, 3000, Duration.ofDays(1));
    private static final Vote.Words NO = words(Ballot.REJECT, "no");

    private static Vote.Words words(Ballot ballot, String rationale) {
        return new Vote.Words(ballot, rationale, new BigDecimal("0.5"), null, List.of(), null);
    }

    private static Decision decision(Decision.State state) {
        return new Decision(
                "d",
                "swarm",
                "what",
                "why",
                Set.of(),
                RulesTest.rules(7, null),
                7,
                "ann",
                Instant.EPOCH,
                null,
                null,
                state,
                null,
                null,
                0);
    }

    private static Vote vote(int number, Vote.Words words) {
        return new Vote(
                "ann",
                number,
                words.vote(),
                words.rationale(),
                words.confidence(),
                words.alternative(),
                words.evidence(),
                words.falsifier(),
                Instant.EPOCH,
                true);
    }

    private static Voting decide(Decision decision, boolean elector, Vote before, Vote.Words words, Instant at) {
        return Voting.decide(decision, elector, before, words, 0, BOUNDS, at);
    }

    @Test
    void a_vote_counts_until_the_closing_instant_and_not_at_it() {
        Decision open = decision(Decision.State.OPEN);
        assertThat(decide(open, true, null, NO, BEFORE)).isEqualTo(new Voting.Cast(1));
        assertThat(decide(open, true, null, NO, CLOSES)).isEqualTo(new Voting.Closed(open));
        assertThat(decide(open, true, null, NO, CLOSES.plusNanos(1000))).isEqualTo(new Voting.Closed(open));
    }

    @Test
    void after_closing_nobody_votes() {
        Decision closed = decision(Decision.State.APPROVED);
        assertThat(decide(closed, true, null, NO, BEFORE)).isEqualTo(new Voting.Closed(closed));
    }

    @Test
    void only_electors_vote() {
        assertThat(decide(decision(Decision.State.OPEN), false, null, NO, BEFORE))
                .isEqualTo(new Voting.NotElector());
    }

    @Test
    void a_vote_can_be_changed_and_saying_the_same_changes_nothing() {
        Decision open = decision(Decision.State.OPEN);
        Vote first = vote(1, NO);
        assertThat(decide(open, true, first, NO, BEFORE)).isEqualTo(new Voting.Same(first));
        assertThat(decide(open, true, first, words(Ballot.APPROVE, "no"), BEFORE))
                .isEqualTo(new Voting.Cast(2));
        assertThat(decide(open, true, first, words(Ballot.REJECT, "no!"), BEFORE))
                .isEqualTo(new Voting.Cast(2));
    }

    @Test
    void as_often_as_it_may_and_no_more() {
        Decision open = decision(Decision.State.OPEN);
        Vote.Words other = words(Ballot.ABSTAIN, "well");
        assertThat(decide(open, true, vote(99, NO), other, BEFORE)).isEqualTo(new Voting.Cast(100));
        assertThat(decide(open, true, vote(100, NO), other, BEFORE)).isEqualTo(new Voting.TooOften(100));
    }

    /** Seven electors share 1,000 characters. */
    @Test
    void each_elector_has_an_equal_part_of_the_room() {
        Decision open = decision(Decision.State.OPEN);
        assertThat(decide(open, null, words(Ballot.REJECT, "x".repeat(142)), 0)).isEqualTo(new Voting.Cast(1));
        assertThat(decide(open, null, words(Ballot.REJECT, "x".repeat(143)), 0)).isEqualTo(new Voting.TooLong(7, 142));
        Vote.Words all = new Vote.Words(
                Ballot.REJECT,
                "12",
                BigDecimal.ONE,
                "345",
                List.of("6", "78"),
                new Vote.Falsifier("9", BEFORE.plusSeconds(9)));
        assertThat(all.length()).isEqualTo(9);
        assertThat(vote(1, all).length()).isEqualTo(9);
    }

    @Test
    void what_all_may_say_together_fits() {
        for (int electors : List.of(1, 2, 3, 7, 48, 999, 1000, 2000)) {
            assertThat(electors * BOUNDS.room(electors)).isLessThanOrEqualTo(BOUNDS.words());
        }
    }

    private static Voting decide(Decision decision, Vote before, Vote.Words words, long said) {
        return Voting.decide(decision, true, before, words, said, BOUNDS, BEFORE);
    }

    @Test
    void a_changed_vote_has_the_same_room_as_the_first() {
        Decision open = decision(Decision.State.OPEN);
        Vote before = vote(1, words(Ballot.REJECT, "x".repeat(142)));
        assertThat(decide(open, before, words(Ballot.APPROVE, "y".repeat(142)), 142))
                .isEqualTo(new Voting.Cast(2));
        assertThat(decide(open, before, words(Ballot.REJECT, "z".repeat(143)), 142))
                .isEqualTo(new Voting.TooLong(7, 142));
    }

    @Test
    void what_one_elector_says_has_a_bound_with_all_changes() {
        Decision open = decision(Decision.State.OPEN);
        Vote.Words ten = words(Ballot.REJECT, "0123456789");
        assertThat(decide(open, vote(9, NO), ten, 2990)).isEqualTo(new Voting.Cast(10));
        assertThat(decide(open, vote(9, NO), ten, 2991)).isEqualTo(new Voting.TooMuch(3000));
    }

    @Test
    void a_falsifier_is_due_in_time() {
        Decision open = decision(Decision.State.OPEN);
        for (Instant wrong : List.of(BEFORE, BEFORE.plus(Duration.ofDays(1)).plusNanos(1000))) {
            assertThat(decide(open, true, null, with(wrong), BEFORE)).isInstanceOf(Voting.DueOutOfBounds.class);
        }
        assertThat(decide(open, true, null, with(BEFORE.plus(Duration.ofDays(1))), BEFORE))
                .isEqualTo(new Voting.Cast(1));
    }

    private static Vote.Words with(Instant due) {
        return new Vote.Words(
                Ballot.REJECT, "no", BigDecimal.ONE, null, List.of(), new Vote.Falsifier("it breaks", due));
    }
}
