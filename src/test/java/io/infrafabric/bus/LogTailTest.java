package io.infrafabric.bus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class LogTailTest {
    private static final Wanted ALL = new Wanted(null, Set.of());
    private static final int PAGE = 7;

    private static Logged event(long seq) {
        return event(seq, "swarm");
    }

    private static Logged event(long seq, String swarm) {
        return new Logged(seq, "s2.coordinator.task-failed.v1", "task:t", swarm, "{\"seq\":" + seq + "}");
    }

    private static List<Long> numbers(List<Logged> events) {
        return events.stream().map(Logged::seq).toList();
    }

    @Test
    void stops_before_a_hole_until_all_who_may_fill_it_have_ended() {
        LogTail tail = new LogTail(0, 100, 10_000);
        List<Logged> page = List.of(event(1), event(3));
        assertThat(numbers(tail.take(page))).containsExactly(1L);
        assertThat(tail.stopsIn(page)).isTrue();
        tail.hole(page, Set.of("a", "b"));
        tail.stillWriting(Set.of("b", "c"));
        assertThat(tail.isOpen()).as("b may still fill it").isTrue();
        assertThat(tail.take(List.of(event(3)))).isEmpty();
        tail.stillWriting(Set.of("c", "d"));
        assertThat(tail.isOpen()).as("c came later, so it cannot").isFalse();
        assertThat(numbers(tail.take(List.of(event(2), event(3), event(5)))))
                .as("b filled it; the next hole is another question")
                .containsExactly(2L, 3L);
    }

    @Test
    void passes_over_a_hole_that_a_rollback_left() {
        LogTail tail = new LogTail(0, 100, 10_000);
        List<Logged> page = List.of(event(2), event(4));
        assertThat(tail.take(page)).isEmpty();
        tail.hole(page, Set.of());
        tail.stillWriting(Set.of());
        assertThat(numbers(tail.take(page))).containsExactly(2L, 4L);
        assertThat(tail.settled()).isEqualTo(4);
    }

    @Test
    void keeps_so_many_and_so_much_and_sends_those_that_are_behind_elsewhere() {
        LogTail tail = new LogTail(10, 3, 1_000_000);
        tail.take(List.of(event(11), event(12, "other"), event(13), event(14)));
        assertThat(tail.after(10, ALL, 10, 1000)).isNull();
        assertThat(numbers(tail.after(11, ALL, 10, 1000).events())).containsExactly(12L, 13L, 14L);
        assertThat(numbers(
                        tail.after(11, new Wanted("swarm", Set.of()), 1, 1000).events()))
                .containsExactly(13L);
        assertThat(tail.after(11, new Wanted("swarm", Set.of()), 1, 1000).upTo())
                .isEqualTo(13);
        assertThat(numbers(tail.after(11, ALL, 10, 1).events()))
                .as("one at least")
                .containsExactly(12L);
        assertThat(tail.after(99, ALL, 10, 1000).upTo())
                .as("ahead of this process")
                .isEqualTo(99);
        tail.take(List.of(new Logged(15, "t", "s", null, "x".repeat(2_000_000))));
        assertThat(tail.floor()).as("the newest one stays, however long it is").isEqualTo(14);
    }

    /** Transactions take numbers at once and commit in any order, or never; readers get all in the order of the numbers. */
    @RepeatedTest(200)
    void whatever_the_order_of_commits_each_is_given_once_in_the_order_of_numbers(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        LogTail tail = new LogTail(0, 50, 1_000_000);
        TreeMap<Long, Logged> visible = new TreeMap<>();
        record Writer(String name, List<Logged> wrote) {}
        List<Writer> running = new ArrayList<>();
        List<Long> committed = new ArrayList<>();
        List<Long> given = new ArrayList<>();
        long last = 0;
        for (int step = 0; step < 400 || !running.isEmpty(); step++) {
            switch (random.nextInt(step < 400 ? 5 : 3)) {
                case 0, 1 -> {
                    if (!running.isEmpty()) {
                        Writer one = running.remove(random.nextInt(running.size()));
                        if (random.nextInt(5) > 0) {
                            one.wrote().forEach(event -> {
                                visible.put(event.seq(), event);
                                committed.add(event.seq());
                            });
                        }
                    }
                }
                case 2 -> look(tail, visible, running.stream().map(Writer::name).toList(), given);
                default -> {
                    if (running.size() < 6) {
                        running.add(new Writer("w" + step, new ArrayList<>()));
                    }
                    Writer one = running.get(random.nextInt(running.size()));
                    for (int i = random.nextInt(3); i >= 0; i--) {
                        one.wrote().add(event(++last));
                    }
                }
            }
        }
        for (int i = 0; i < 2 * last + 10; i++) {
            look(tail, visible, List.of(), given);
        }
        committed.sort(Comparator.naturalOrder());
        assertThat(given).as("seed %d", repetition.getCurrentRepetition()).isEqualTo(committed);
    }

    /** As the reader looks: who is writing first, then a page, then who is writing after it. */
    private static void look(LogTail tail, NavigableMap<Long, Logged> visible, List<String> writing, List<Long> given) {
        if (tail.isOpen()) {
            tail.stillWriting(new HashSet<>(writing));
        }
        List<Logged> page = visible.tailMap(tail.settled(), false).values().stream()
                .limit(PAGE)
                .toList();
        given.addAll(numbers(tail.take(page)));
        if (tail.stopsIn(page)) {
            tail.hole(page, new HashSet<>(writing));
        }
    }
}
