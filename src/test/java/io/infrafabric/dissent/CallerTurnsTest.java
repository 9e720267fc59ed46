package io.infrafabric.dissent;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.dissent.CallerTurns.Asked;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CallerTurnsTest {
    private final CallerTurns<String> turns = new CallerTurns<>(1, 2);
    private final List<String> started = new ArrayList<>();

    private Asked ask(String caller) {
        return turns.ask(caller, () -> started.add(caller));
    }

    @Test
    void who_asks_often_takes_nobody_elses_turn() {
        assertThat(ask("loud")).isEqualTo(Asked.TAKEN);
        assertThat(ask("loud")).isEqualTo(Asked.TWICE);
        assertThat(ask("quiet")).isEqualTo(Asked.TAKEN);
        assertThat(ask("loud")).isEqualTo(Asked.TWICE);
        assertThat(started).containsExactly("loud");
        turns.over("loud");
        assertThat(started).containsExactly("loud", "quiet");
        assertThat(ask("loud")).isEqualTo(Asked.TAKEN);
        turns.over("quiet");
        assertThat(started).containsExactly("loud", "quiet", "loud");
    }

    @Test
    void as_many_wait_as_may() {
        assertThat(List.of(ask("a"), ask("b"), ask("c"), ask("d")))
                .containsExactly(Asked.TAKEN, Asked.TAKEN, Asked.TAKEN, Asked.FULL);
        turns.over("a");
        assertThat(ask("d")).isEqualTo(Asked.TAKEN);
        assertThat(ask("b")).isEqualTo(Asked.TWICE);
        for (String caller : List.of("b", "c", "d")) {
            turns.over(caller);
        }
        assertThat(started).containsExactly("a", "b", "c", "d");
        assertThat(ask("e")).isEqualTo(Asked.TAKEN);
        assertThat(started).endsWith("e");
    }
}
