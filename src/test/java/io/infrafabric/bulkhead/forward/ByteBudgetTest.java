package io.infrafabric.bulkhead.forward;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ByteBudgetTest {
    @Test
    void no_more_is_taken_than_there_is() {
        ByteBudget budget = new ByteBudget(100);
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
        ByteBudget budget = new ByteBudget(100);
        assertThat(budget.take("ann", 30)).isTrue();
        assertThat(budget.take("ann", 21)).isFalse();
        assertThat(budget.take("ann", 20)).isTrue();
        assertThat(budget.take("bob", 1)).isTrue();
        budget.giveBack("ann", 30);
        assertThat(budget.take("ann", 31)).isFalse();
        assertThat(budget.take("ann", 30)).isTrue();
    }
}
