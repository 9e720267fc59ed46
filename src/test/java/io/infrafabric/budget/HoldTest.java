package io.infrafabric.budget;

import static io.infrafabric.budget.Examples.NOON;
import static io.infrafabric.budget.Examples.free;
import static io.infrafabric.budget.Examples.ofLease;
import static io.infrafabric.budget.Examples.usd;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.budget.Entry.Details;
import io.infrafabric.budget.Entry.Kind;
import io.infrafabric.budget.Hold.State;
import io.infrafabric.budget.Hold.Verdict;
import org.junit.jupiter.api.Test;

class HoldTest {

    @Test
    void what_is_drawn_is_spent_and_the_rest_stays_held() {
        Hold drawn = ofLease("h", "15").draw(usd("12"));
        assertThat(drawn.booked()).isEqualByComparingTo("12");
        assertThat(drawn.outstanding()).isEqualByComparingTo("3");
        Hold more = drawn.draw(usd("5"));
        assertThat(more.booked()).isEqualByComparingTo("17");
        assertThat(more.outstanding()).isZero();
    }

    @Test
    void a_total_books_only_what_single_costs_have_not() {
        Hold drawn = ofLease("h", "15").draw(usd("12"));
        Hold settled = drawn.settled(usd("14"), NOON);
        Entry entry = Entry.between(Kind.SETTLE, drawn, settled, usd("14"), Details.NONE, "ann");
        assertThat(entry.spent()).isEqualByComparingTo("2");
        assertThat(entry.held()).isEqualByComparingTo("-3");
        Hold late = settled.draw(usd("2"));
        assertThat(late.booked()).as("the total covers it").isEqualByComparingTo("14");
        assertThat(late.draw(usd("1")).booked()).isEqualByComparingTo("15");
    }

    @Test
    void a_total_below_what_was_reported_takes_nothing_back() {
        Hold settled = ofLease("h", "15").draw(usd("12")).settled(usd("10"), NOON);
        assertThat(settled.booked()).isEqualByComparingTo("12");
    }

    @Test
    void more_than_was_held_is_booked_in_full() {
        Hold placed = free("h", "10");
        assertThat(placed.settle(usd("25"), NOON)).isInstanceOfSatisfying(Verdict.Ends.class, ends -> {
            Entry entry = Entry.between(Kind.SETTLE, placed, ends.after(), usd("25"), Details.NONE, "ann");
            assertThat(entry.spent()).isEqualByComparingTo("25");
            assertThat(entry.held()).isEqualByComparingTo("-10");
        });
    }

    @Test
    void settling_twice_is_the_same_with_the_same_amount_only() {
        Hold settled = free("h", "10").settled(usd("4"), NOON);
        assertThat(settled.settle(usd("4.000"), NOON)).isInstanceOf(Verdict.Already.class);
        assertThat(settled.settle(usd("5"), NOON)).isInstanceOf(Verdict.Over.class);
        assertThat(settled.revoke(NOON)).isInstanceOf(Verdict.Over.class);
    }

    @Test
    void voiding_twice_is_the_same_and_settling_what_was_voided_is_refused() {
        Hold voided = free("h", "10").ended(State.VOIDED, NOON);
        assertThat(voided.revoke(NOON)).isInstanceOf(Verdict.Already.class);
        assertThat(voided.settle(usd("4"), NOON)).isInstanceOf(Verdict.Over.class);
    }

    @Test
    void a_settle_after_the_hold_expired_is_still_booked() {
        Hold expired = free("h", "10").ended(State.EXPIRED, NOON);
        assertThat(expired.settle(usd("4"), NOON)).isInstanceOfSatisfying(Verdict.Ends.class, ends -> {
            Entry entry = Entry.between(Kind.SETTLE, expired, ends.after(), usd("4"), Details.NONE, "ann");
            assertThat(entry.spent()).isEqualByComparingTo("4");
            assertThat(entry.held()).isZero();
        });
        assertThat(expired.revoke(NOON)).isInstanceOf(Verdict.Already.class);
    }

    @Test
    void a_claims_hold_ends_with_the_claim() {
        assertThat(ofLease("h", "10").settle(usd("4"), NOON)).isInstanceOf(Verdict.OfLease.class);
        assertThat(ofLease("h", "10").revoke(NOON)).isInstanceOf(Verdict.OfLease.class);
    }
}
