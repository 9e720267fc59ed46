package io.infrafabric.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.consensus.QuorumReach.Lost;
import io.infrafabric.consensus.QuorumReach.Turnout;
import io.infrafabric.consensus.QuorumReach.Waiting;
import io.infrafabric.consensus.QuorumReach.Within;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Five electors, and a quorum of five. */
class QuorumReachTest {
    private static final Rules RULES = RulesTest.rules(5, null);
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final Instant START = Instant.EPOCH;

    private static QuorumReach decide(int votes, int live, int silent, Instant since, Duration after) {
        Turnout turnout = new Turnout(votes, live, Collections.nCopies(silent, START.minusSeconds(9)));
        return QuorumReach.decide(RULES, turnout, since, PATIENCE, START.plus(after));
    }

    @Test
    void who_is_silent_for_a_moment_is_waited_for() {
        assertThat(decide(0, 3, 2, null, Duration.ZERO)).isEqualTo(new Waiting(START, START.plus(PATIENCE)));
        assertThat(decide(3, 0, 2, START, Duration.ofSeconds(10))).isEqualTo(new Waiting(START, START.plus(PATIENCE)));
    }

    @Test
    void for_ten_minutes_and_no_longer() {
        assertThat(decide(3, 0, 2, START, PATIENCE.minusNanos(1000))).isInstanceOf(Waiting.class);
        assertThat(decide(3, 0, 2, START, PATIENCE)).isEqualTo(new Lost());
    }

    @Test
    void who_is_back_makes_up_for_it_however_late() {
        assertThat(decide(3, 2, 0, START, PATIENCE.multipliedBy(2))).isEqualTo(new Within());
        assertThat(decide(5, 0, 0, START, PATIENCE.multipliedBy(2))).isEqualTo(new Within());
    }

    @Test
    void who_has_left_is_not_waited_for() {
        assertThat(decide(3, 1, 0, null, Duration.ZERO)).isEqualTo(new Lost());
        assertThat(decide(3, 0, 1, null, Duration.ZERO)).isEqualTo(new Lost());
    }

    @Test
    void silence_that_leaves_a_quorum_is_none_of_it() {
        Rules three = RulesTest.rules(3, null);
        assertThat(QuorumReach.decide(three, new Turnout(1, 2, List.of(START, START)), null, PATIENCE, START))
                .isEqualTo(new Within());
    }

    /** Two of four are missing: the time is that of the second latest. */
    @Test
    void who_came_back_in_between_and_fell_silent_again_has_the_whole_time_again() {
        Instant second = START.plusSeconds(300);
        Turnout turnout = new Turnout(
                3, 0, List.of(START.minusSeconds(9), second, START.minusSeconds(99), START.plusSeconds(420)));
        Instant now = START.plus(PATIENCE).plusSeconds(1);
        assertThat(QuorumReach.decide(RULES, turnout, START, PATIENCE, now))
                .isEqualTo(new Waiting(second, second.plus(PATIENCE)));
    }

    /** Somebody came back, and nobody looked: the next one who goes makes it so anew. */
    @Test
    void what_was_within_reach_until_now_is_out_of_it_since_now() {
        Rules four = RulesTest.rules(4, null);
        Turnout turnout = new Turnout(0, 3, List.of(START.minusSeconds(9)));
        assertThat(QuorumReach.before(four, turnout, 1, START)).isNull();
        assertThat(QuorumReach.before(four, turnout, 0, START)).isEqualTo(START);
        assertThat(QuorumReach.before(four, new Turnout(0, 2, turnout.silent()), 1, START))
                .isEqualTo(START);
    }
}
