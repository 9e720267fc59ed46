package io.infrafabric.coordinator.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.claim.Shortage.Found;
import io.infrafabric.coordinator.claim.Shortage.Look;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ShortageTest {
    private static final Instant NOW = Instant.parse("2026-01-02T12:00:00Z");
    private static final Duration AFTER = Duration.ofMinutes(10);
    private static final List<String> GPU = List.of("gpu");

    private static Shortage since(Duration ago, boolean asked) {
        return new Shortage("red", GPU, NOW.minus(ago), 3, "a", asked);
    }

    private static Look compare(List<Shortage> before, Found... found) {
        return Shortage.compare(before, List.of(found), NOW, AFTER);
    }

    @Test
    void what_is_new_is_kept_and_nobody_is_asked_yet() {
        Look look = compare(List.of(), new Found("red", GPU, 3, "a"));
        assertThat(look).isEqualTo(new Look(List.of(since(Duration.ZERO, false)), List.of(), List.of()));
    }

    @Test
    void a_human_is_asked_once_when_it_has_lasted() {
        Shortage almost = since(AFTER.minusMillis(1), false);
        assertThat(compare(List.of(almost), new Found("red", GPU, 3, "a")).ask())
                .isEmpty();
        Shortage asked = since(AFTER, true);
        Look look = compare(List.of(since(AFTER, false)), new Found("red", GPU, 3, "a"));
        assertThat(look).isEqualTo(new Look(List.of(asked), List.of(asked), List.of()));
        assertThat(compare(look.now(), new Found("red", GPU, 3, "a")))
                .isEqualTo(new Look(List.of(asked), List.of(), List.of()));
    }

    @Test
    void tasks_that_miss_the_same_names_in_one_swarm_are_one_and_those_of_another_swarm_are_not() {
        Look look = compare(
                List.of(),
                new Found("red", GPU, 3, "a"),
                new Found("red", GPU, 4, "b"),
                new Found("red", List.of("gpu", "zig"), 1, "c"),
                new Found("blue", GPU, 2, "d"));
        assertThat(look.now()).extracting(Shortage::tasks).containsExactly(7, 1, 2);
    }

    @Test
    void what_is_not_so_any_more_is_over() {
        Shortage before = since(AFTER, true);
        assertThat(compare(List.of(before))).isEqualTo(new Look(List.of(), List.of(), List.of(before)));
        assertThat(compare(List.of(before), new Found("red", List.of("zig"), 1, "a"))
                        .over())
                .containsExactly(before);
    }

    @Test
    void at_most_a_hundred_are_known_and_what_was_known_stays() {
        Found[] many = IntStream.range(0, 150)
                .mapToObj(i -> new Found("red", List.of("n" + i), 1, "a"))
                .toArray(Found[]::new);
        Shortage known = new Shortage("red", List.of("n149"), NOW, 1, "a", false);
        Look look = compare(List.of(known), many);
        assertThat(look.now()).hasSize(Shortage.MOST).contains(known);
        assertThat(compare(look.now(), many).now()).isEqualTo(look.now());
    }

    @Test
    void a_subject_is_short_however_many_names_are_missing_and_tells_them_apart() {
        List<String> long20 = Collections.nCopies(20, "n".repeat(64));
        Shortage one = new Shortage("s".repeat(128), long20, NOW, 1, "a", false);
        Shortage other = new Shortage("s".repeat(128), long20.subList(1, 20), NOW, 1, "a", false);
        assertThat(one.subject()).hasSizeLessThanOrEqualTo(200).isNotEqualTo(other.subject());
        assertThat(since(AFTER, true).subject()).isEqualTo("requires:red:gpu");
    }
}
