package io.infrafabric.bulkhead.slot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WaitingCallsTest {
    private final WaitingCalls<String> calls = new WaitingCalls<>();

    @Test
    void sessions_are_served_in_turn() {
        List.of("a1", "a2", "a3", "b1", "c1", "b2").forEach(call -> calls.add(call.substring(0, 1), call));
        List<String> served = new ArrayList<>();
        while (!calls.isEmpty()) {
            calls.next(_ -> true).ifPresent(served::add);
        }
        assertThat(served).containsExactly("a1", "b1", "c1", "a2", "b2", "a3");
    }

    @Test
    void a_session_with_enough_is_passed_over_while_others_wait() {
        List.of("a1", "b1", "b2").forEach(call -> calls.add(call.substring(0, 1), call));
        assertThat(calls.next(session -> !session.equals("a"))).contains("b1");
        assertThat(calls.next(session -> !session.equals("a"))).contains("b2");
        assertThat(calls.next(session -> !session.equals("a")))
                .as("nobody else waits")
                .contains("a1");
    }

    @Test
    void a_full_queue_makes_room_for_a_session_with_less_in_it() {
        List.of("a1", "a2", "a3").forEach(call -> calls.add("a", call));
        assertThat(calls.yieldTo("a")).isEmpty();
        assertThat(calls.yieldTo("b")).contains("a3");
        calls.add("b", "b1");
        assertThat(calls.yieldTo("b")).as("both have about as many").isEmpty();
        assertThat(calls.size()).isEqualTo(3);
    }

    @Test
    void who_leaves_is_not_served() {
        calls.add("a", "a1");
        calls.add("a", "a2");
        assertThat(calls.remove("a", "a1")).isTrue();
        assertThat(calls.remove("a", "a1")).isFalse();
        assertThat(calls.take(_ -> true)).containsExactly("a2");
        assertThat(calls.isEmpty()).isTrue();
        assertThat(calls.next(_ -> true)).isEmpty();
    }
}
