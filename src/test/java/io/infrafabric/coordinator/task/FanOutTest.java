package io.infrafabric.coordinator.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FanOutTest {
    @Test
    void few_dependants_are_opened_at_once() {
        Map<String, List<String>> dependants = Map.of("a", List.of("x", "y"), "b", List.of("x"));
        assertThat(FanOut.of(dependants, 3)).isEqualTo(new FanOut(dependants, Set.of()));
        assertThat(FanOut.of(dependants, 3).dependants()).containsExactly("x", "y");
    }

    @Test
    void of_many_some_are_left_for_later() {
        assertThat(FanOut.of(Map.of("a", List.of("x", "y", "z")), 2))
                .isEqualTo(new FanOut(Map.of("a", List.of("x", "y")), Set.of("a")));
    }

    @Test
    void a_task_with_many_dependants_does_not_hold_up_those_of_others() {
        FanOut fanOut = FanOut.of(Map.of("a", List.of("u", "v", "w", "x"), "b", List.of("y"), "c", List.of("z")), 3);
        assertThat(fanOut.now()).isEqualTo(Map.of("a", List.of("u"), "b", List.of("y"), "c", List.of("z")));
        assertThat(fanOut.later()).containsExactly("a");
    }

    @Test
    void without_room_everything_is_left_for_later() {
        FanOut fanOut = FanOut.of(Map.of("a", List.of("x"), "b", List.of("y")), 1);
        assertThat(fanOut.now()).isEqualTo(Map.of("a", List.of("x")));
        assertThat(fanOut.later()).containsExactly("b");
    }

    @Test
    void nothing_that_waits_is_nothing_to_do() {
        assertThat(FanOut.of(Map.of(), 5)).isEqualTo(FanOut.NOTHING);
    }
}
