package io.infrafabric.dissent;

import static io.infrafabric.dissent.Examples.AT;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.dissent.Falsifier.Report;
import io.infrafabric.dissent.Falsifier.State;
import org.junit.jupiter.api.Test;

class FalsifierTest {
    private static final Falsifier OPEN = falsifier(State.OPEN);

    private static Falsifier falsifier(State state) {
        return new Falsifier(
                "f", "d", "demo", "ann", "it breaks", AT, state, state == State.OPEN ? null : AT.minusSeconds(9), null);
    }

    @Test
    void it_is_seen_before_it_is_due() {
        assertThat(OPEN.seen("bob", AT.minusNanos(1000))).isInstanceOfSatisfying(Report.Taken.class, taken -> {
            assertThat(taken.now().state()).isEqualTo(State.OBSERVED);
            assertThat(taken.now().observedBy()).isEqualTo("bob");
        });
        assertThat(OPEN.seen("bob", AT)).isEqualTo(new Report.Over(OPEN));
    }

    @Test
    void what_is_over_stays_over() {
        for (State over : new State[] {State.OBSERVED, State.LAPSED}) {
            Falsifier ended = falsifier(over);
            assertThat(ended.seen("bob", AT.minusSeconds(1))).isEqualTo(new Report.Over(ended));
        }
    }
}
