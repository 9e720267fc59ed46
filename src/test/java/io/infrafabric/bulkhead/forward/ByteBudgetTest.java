package io.infrafabric.bulkhead.forward;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bulkhead.forward.ByteBudget.Wish;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ByteBudgetTest {
    private static final long LARGE = ByteBudget.SMALL + 1;

    @Test
    void no_more_is_taken_than_there_is() {
        ByteBudget budget = new ByteBudget(100, 10);
        assertThat(budget.take("ann", 50)).isTrue();
        assertThat(budget.take("bob", 40)).isTrue();
        assertThat(budget.take("cid", 11)).isFalse();
        assertThat(budget.take("cid", 10)).isTrue();
        budget.giveBack("ann", 50);
        assertThat(budget.take("cid", 40)).isTrue();
        assertThat(budget.taken()).isEqualTo(90);
    }

    @Test
    void one_session_takes_half_at_most() {
        ByteBudget budget = new ByteBudget(100, 10);
        assertThat(budget.take("ann", 30)).isTrue();
        assertThat(budget.take("ann", 21)).isFalse();
        assertThat(budget.take("ann", 20)).isTrue();
        assertThat(budget.take("bob", 1)).isTrue();
        budget.giveBack("ann", 30);
        assertThat(budget.take("ann", 31)).isFalse();
        assertThat(budget.take("ann", 30)).isTrue();
    }

    @Test
    void one_body_has_room_where_it_is_more_than_half() {
        ByteBudget budget = new ByteBudget(100, 64);
        assertThat(budget.take("ann", 64)).isTrue();
        assertThat(budget.take("ann", 1)).isFalse();
        assertThat(budget.take("bob", 37)).isFalse();
        assertThat(budget.take("bob", 36)).isTrue();
    }

    @Test
    void two_thirds_of_the_heap_are_for_all_else() {
        ByteBudget small = ByteBudget.within(180, 192, 30);
        assertThat(small.take("ann", 30)).isTrue();
        assertThat(small.take("bob", 30)).isTrue();
        assertThat(small.take("cid", 1)).isFalse();
        ByteBudget large = ByteBudget.within(10_000, 192, 30);
        assertThat(large.take("ann", 96)).isTrue();
        assertThat(large.take("bob", 96)).isTrue();
        assertThat(large.take("cid", 1)).isFalse();
    }

    // Those that wait

    private final List<String> granted = new ArrayList<>();

    private Wish wish(String session, long bytes) {
        return new Wish(session, bytes, () -> granted.add(session));
    }

    @Test
    void what_is_given_back_goes_to_those_that_wait_in_their_order() {
        ByteBudget budget = new ByteBudget(100 * LARGE, 64 * LARGE);
        assertThat(budget.take("ann", 60 * LARGE)).isTrue();
        assertThat(budget.await(wish("bob", 60 * LARGE))).isTrue();
        assertThat(budget.await(wish("cid", 30 * LARGE))).isTrue();
        assertThat(budget.take("dan", 30 * LARGE)).as("bob and cid were first").isFalse();
        assertThat(budget.take("eve", 10)).as("small ones pass").isTrue();
        assertThat(budget.takeMore("eve", LARGE)).as("and go on").isTrue();
        assertThat(granted).isEmpty();
        budget.giveBack("ann", 60 * LARGE);
        assertThat(granted).containsExactly("bob", "cid");
        assertThat(budget.taken()).isEqualTo(91 * LARGE + 10);
        assertThat(budget.take("dan", 5 * LARGE)).as("nobody waits any more").isTrue();
    }

    @Test
    void a_session_that_has_enough_is_passed_over() {
        ByteBudget budget = new ByteBudget(100 * LARGE, 64 * LARGE);
        assertThat(budget.take("ann", 60 * LARGE)).isTrue();
        assertThat(budget.await(wish("ann", 10 * LARGE))).isTrue();
        assertThat(budget.await(wish("bob", 10 * LARGE))).isTrue();
        assertThat(granted).containsExactly("bob");
        budget.giveBack("ann", 60 * LARGE);
        assertThat(granted).containsExactly("bob", "ann");
    }

    @Test
    void one_that_waits_no_more_gets_nothing() {
        ByteBudget budget = new ByteBudget(100 * LARGE, 64 * LARGE);
        assertThat(budget.take("ann", 60 * LARGE)).isTrue();
        Wish wish = wish("bob", 60 * LARGE);
        assertThat(budget.await(wish)).isTrue();
        assertThat(budget.withdraw(wish)).isTrue();
        assertThat(budget.withdraw(wish)).isFalse();
        budget.giveBack("ann", 60 * LARGE);
        assertThat(granted).isEmpty();
        assertThat(budget.taken()).isZero();
    }

    @Test
    void nobody_waits_for_more_than_there_will_ever_be() {
        assertThat(new ByteBudget(100 * LARGE, 64 * LARGE).await(wish("ann", 65 * LARGE)))
                .isFalse();
        assertThat(new ByteBudget(50 * LARGE, 64 * LARGE).await(wish("ann", 51 * LARGE)))
                .isFalse();
        assertThat(granted).isEmpty();
    }
}
