package io.infrafabric.bulkhead.forward;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ByteBudgetTest {
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
}
