package io.infrafabric.budget;

import static io.infrafabric.budget.Examples.NOON;
import static io.infrafabric.budget.Examples.ofLease;
import static io.infrafabric.budget.Examples.usd;
import static io.infrafabric.budget.Examples.used;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.budget.Closing.Ended;
import io.infrafabric.budget.Hold.State;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ClosingTest {
    private static final Duration WAIT = Duration.ofMinutes(5);
    private static final Account ANN = used("50", "0", "15", "org", "session:ann");

    private final Journal journal = new Journal(Purses.of(List.of(ANN), NOON));

    @Test
    void done_without_a_word_has_cost_the_estimate() {
        end(new LeaseEnd.Completed("ann", "task", 3, null), ofLease("h", "15"));
        figures("15", "0");
    }

    @Test
    void done_with_reports_and_no_total_has_cost_what_was_reported() {
        Hold drawn = drawn("12");
        assertThat(end(new LeaseEnd.Completed("ann", "task", 3, null), drawn).booked())
                .isEqualByComparingTo("12");
        figures("12", "0");
    }

    @Test
    void of_the_total_only_the_difference_is_booked() {
        end(new LeaseEnd.Completed("ann", "task", 3, usd("14")), drawn("12"));
        figures("14", "0");
    }

    @Test
    void what_came_with_a_result_that_is_checked_is_spent_and_the_claim_goes_on() {
        LeaseEnd handedIn = new LeaseEnd.HandedIn("ann", "task", 3, usd("4"));
        assertThat(end(handedIn, ofLease("h", "15"))).isEqualTo(new Ended(usd("4"), true));
        figures("4", "11");
        assertThat(held().state()).isEqualTo(State.PLACED);
    }

    @Test
    void the_next_result_brings_a_larger_total_of_which_only_the_difference_is_new() {
        end(new LeaseEnd.HandedIn("ann", "task", 3, usd("14")), drawn("12"));
        figures("14", "1");
        end(new LeaseEnd.HandedIn("ann", "task", 3, usd("14")), held());
        figures("14", "1");
        end(new LeaseEnd.Completed("ann", "task", 3, usd("14.5")), held());
        figures("14.5", "0");
    }

    @Test
    void a_result_without_a_cost_or_of_a_claim_that_is_over_books_nothing() {
        end(new LeaseEnd.HandedIn("ann", "task", 3, null), drawn("12"));
        end(new LeaseEnd.HandedIn("ann", "task", 2, usd("14")), held());
        figures("12", "3");
    }

    @Test
    void an_estimate_is_taken_back_when_the_costs_are_known_and_a_total_that_was_told_is_not() {
        end(new LeaseEnd.Completed("ann", "task", 3, null), ofLease("h", "15"));
        assertThat(held().estimated()).isTrue();
        figures("15", "0");
        Hold known = journal.withoutEstimate(held(), "ann");
        assertThat(known.total()).isNull();
        assertThat(known.estimated()).isFalse();
        figures("0", "0");
        assertThat(journal.withoutEstimate(known, "ann")).isEqualTo(known);
        Hold told = ofLease("h", "15").settled(usd("14"), NOON);
        assertThat(journal.withoutEstimate(told, "ann")).isEqualTo(told);
        figures("0", "0");
    }

    @Test
    void an_estimate_of_yesterday_is_taken_back_on_its_day_and_changes_nothing_today() {
        Hold guessed = ofLease("h", "15").guessed(NOON.minus(Duration.ofDays(1)));
        journal.withoutEstimate(guessed, "ann");
        figures("0", "15");
        Entry back = journal.entries().getLast();
        assertThat(back.day()).isEqualTo(journal.day().minusDays(1));
        assertThat(back.spent()).isEqualByComparingTo("-15");
    }

    @Test
    void a_failure_costs_what_was_reported_else_nothing() {
        end(new LeaseEnd.Failed("ann", "task", 3, null), ofLease("h", "15"));
        figures("0", "0");
    }

    @Test
    void a_crash_after_12_of_15_leaves_12_spent_and_gives_3_back() {
        Ended lost = end(new LeaseEnd.Lost("ann", "task", 3), drawn("12"));
        assertThat(lost).isEqualTo(new Ended(usd("12"), false));
        figures("12", "0");
        assertThat(held().state()).isEqualTo(State.VOIDED);
    }

    @Test
    void a_stale_completion_books_its_cost_once() {
        Hold lost = drawn("12").ended(State.VOIDED, NOON);
        LeaseEnd late = new LeaseEnd.Late("ann", "task", 3, usd("15"));
        assertThat(end(late, lost).recorded()).isTrue();
        assertThat(end(late, held()).recorded()).isTrue();
        assertThat(end(new LeaseEnd.Late("ann", "task", 3, usd("20")), held()).booked())
                .isEqualByComparingTo("15");
        figures("15", "3");
    }

    @Test
    void a_stale_cost_under_an_epoch_that_was_carried_on_draws_on_the_hold_that_stands() {
        Hold carried = new Hold(
                "h",
                "session:ann",
                usd("15"),
                usd("0"),
                null,
                false,
                usd("0"),
                State.PLACED,
                "task",
                3L,
                4L,
                null,
                null,
                NOON,
                null);
        LeaseEnd late = new LeaseEnd.Late("ann", "task", 3, usd("2"));
        end(late, carried);
        assertThat(held().state()).isEqualTo(State.PLACED);
        assertThat(Closing.apply(journal, late, held(), Set.of(Closing.lateId(late.lease())), WAIT))
                .isEqualTo(new Ended(usd("2"), true));
        figures("2", "13");
    }

    @Test
    void without_a_hold_a_cost_stands_alone_and_once() {
        LeaseEnd late = new LeaseEnd.Late("ann", "task", 1, usd("2"));
        assertThat(Closing.apply(journal, late, null, Set.of(), WAIT)).isEqualTo(new Ended(usd("2"), true));
        assertThat(Closing.apply(journal, late, null, Set.of(Closing.lateId(late.lease())), WAIT))
                .isEqualTo(new Ended(usd("2"), true));
        figures("2", "15");
    }

    @Test
    void what_ended_before_without_a_cost_changes_nothing() {
        assertThat(end(new LeaseEnd.Lost("ann", "task", 3), ofLease("h", "15").settled(usd("4"), NOON)))
                .isEqualTo(new Ended(usd("4"), false));
        assertThat(journal.entries()).isEmpty();
        assertThat(Closing.apply(journal, new LeaseEnd.Lost("bob", "task", 3), null, Set.of(), WAIT))
                .isEqualTo(new Ended(usd("0"), false));
    }

    @Test
    void a_success_without_a_failure_before_it_writes_nothing_of_it() {
        end(new LeaseEnd.Completed("ann", "task", 3, null), ofLease("h", "0"));
        end(new LeaseEnd.Completed("ann", "other", 1, null), null);
        assertThat(journal.accounts()).isEmpty();
    }

    @Test
    void a_success_after_a_failure_is_kept_also_before_the_failure_is_told() {
        Account expecting = ANN.expectingFailure(NOON.minusSeconds(1)).account();
        Journal next = new Journal(Purses.of(List.of(expecting), NOON));
        Closing.apply(next, new LeaseEnd.Completed("ann", "task", 3, null), ofLease("h", "0"), Set.of(), WAIT);
        assertThat(next.account("session:ann").failing().streak()).isEqualTo(Streak.NONE.from(NOON));
    }

    @Test
    void a_failure_and_a_lost_lease_are_expected_to_be_told_and_a_return_is_not() {
        end(new LeaseEnd.Returned("ann", "task", 3), ofLease("h", "0"));
        assertThat(journal.accounts()).isEmpty();
        end(new LeaseEnd.Lost("ann", "task", 3), ofLease("h2", "0"));
        assertThat(journal.account("session:ann").failing().streak().isForgettable())
                .isTrue();
    }

    @Test
    void an_end_that_was_booked_before_is_no_success() {
        end(new LeaseEnd.Failed("ann", "other", 1, null), null);
        end(new LeaseEnd.Completed("ann", "task", 3, null), ofLease("h", "15").settled(usd("4"), NOON));
        assertThat(journal.account("session:ann").failing().streak().isForgettable())
                .isTrue();
    }

    private Ended end(LeaseEnd end, Hold hold) {
        return Closing.apply(journal, end, hold, Set.of(), WAIT);
    }

    /** The hold of 15 with so much drawn, which the journal books as well. */
    private Hold drawn(String cost) {
        Hold before = ofLease("h", "15");
        Hold after = before.draw(usd(cost));
        journal.book(Entry.between(Entry.Kind.DRAW, before, after, usd(cost), Entry.Details.NONE, "ann"));
        return after;
    }

    private Hold held() {
        return journal.current(ofLease("h", "15"));
    }

    private void figures(String spent, String held) {
        assertThat(journal.account("session:ann").total().spent()).isEqualByComparingTo(spent);
        assertThat(journal.account("session:ann").total().held()).isEqualByComparingTo(held);
    }
}
