package io.infrafabric.stealing;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.published.Backlog;
import io.infrafabric.coordinator.published.Backlog.Entry;
import io.infrafabric.coordinator.session.Match.Outcomes;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.task.Task.Requirements;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChoiceTest {
    private static final Instant NOW = Instant.parse("2026-01-02T12:00:00Z");
    private static final Choice.Bounds BOUNDS = new Choice.Bounds(5, 0.70, Duration.ofDays(7));
    private static final List<String> CLI = List.of("cli");

    @Test
    void five_queued_tasks_are_kept_and_the_sixth_may_go() {
        assertThat(chosen(queue("bob", p3(5)))).isEmpty();
        assertThat(chosen(queue("bob", p3(6)))).hasValue("p3-5");
        assertThat(chosen(queue("bob", List.of()))).isEmpty();
    }

    @Test
    void tasks_that_may_not_be_taken_count_for_the_length_of_the_queue() {
        assertThat(chosen(new Backlog("bob", 6, Priority.P2, List.of(entry("only", Priority.P2, 1)))))
                .hasValue("only");
    }

    @Test
    void the_longest_queue_is_relieved_first_and_among_equals_the_one_with_the_smaller_id() {
        Backlog shorter = queue("ann", p3(6));
        Backlog longer = queue("bob", p3(7));
        assertThat(from(ann(), shorter, longer)).hasValue("bob");
        assertThat(from(ann(), longer, shorter)).hasValue("bob");
        assertThat(from(ann(), queue("cid", p3(7)), longer)).hasValue("bob");
    }

    @Test
    void a_queue_in_which_there_is_nothing_for_it_is_passed_over_for_the_next() {
        List<Entry> strange = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            strange.add(new Entry(
                    "sip" + i, Priority.P3, i, new Requirements(List.of("sip"), List.of("c"), List.of()), null));
        }
        assertThat(from(ann(), queue("bob", strange), queue("cid", p3(6)))).hasValue("cid");
    }

    @Test
    void nobody_steals_from_itself() {
        assertThat(chosen(queue("ann", p3(9)))).isEmpty();
    }

    @Test
    void the_least_important_goes_first_and_of_those_the_newest() {
        List<Entry> tasks = new ArrayList<>();
        tasks.add(entry("old", Priority.P2, 2));
        tasks.add(entry("newest but important", Priority.P1, 9));
        tasks.add(entry("new", Priority.P2, 7));
        tasks.addAll(p0(4));
        Collections.shuffle(tasks, new Random(3));
        assertThat(chosen(queue("bob", tasks))).hasValue("new");
    }

    @Test
    void a_p0_stays_while_a_p3_is_there_even_if_it_alone_could_be_done() {
        List<Entry> tasks = new ArrayList<>(p0(6));
        tasks.add(new Entry("p3", Priority.P3, 1, new Requirements(List.of("sip"), List.of("c"), List.of()), null));
        assertThat(chosen(queue("bob", tasks))).isEmpty();
        assertThat(chosen(queue("bob", p0(6)))).hasValue("p0-5");
        assertThat(chosen(new Backlog("bob", 6, Priority.P3, p0(5)))).isEmpty();
    }

    @Test
    void exactly_the_least_score_is_enough_and_anything_below_is_not() {
        // 0.50 * 0.8 + 0.30 * 2/3 + 0.20 * 0.5
        List<String> five = List.of("cli", "a", "b", "c", "none");
        List<String> three = List.of("python", "t", "none");
        Session fit = session(List.of("cli", "a", "b", "c"), List.of("python", "t"));
        List<Entry> tasks =
                Collections.nCopies(6, new Entry("t", Priority.P3, 1, new Requirements(five, three, List.of()), null));
        assertThat(Choice.of(List.of(queue("bob", tasks)), idle(fit, null), BOUNDS, NOW))
                .hasValueSatisfying(choice -> assertThat(choice.score()).isEqualTo(0.70));
        Choice.Bounds more = new Choice.Bounds(5, 0.700001, Duration.ofDays(7));
        assertThat(Choice.of(List.of(queue("bob", tasks)), idle(fit, null), more, NOW))
                .isEmpty();
    }

    @Test
    void success_counts_and_failure_does() {
        Entry half = new Entry(
                "half", Priority.P3, 1, new Requirements(List.of("cli", "other"), List.of("python"), List.of()), null);
        List<Backlog> queue = List.of(queue("bob", Collections.nCopies(6, half)));
        Session session = session(CLI, List.of("python"));
        Outcomes good = new Outcomes(8, 8, NOW);
        assertThat(Choice.of(queue, idle(session, null), BOUNDS, NOW)).isEmpty();
        Choice.Bounds lower = new Choice.Bounds(5, 0.72, Duration.ofDays(7));
        assertThat(Choice.of(queue, new Choice.Idle(session, Map.of("cli", good), null), lower, NOW))
                .hasValueSatisfying(choice -> assertThat(choice.score()).isEqualTo(0.73));
    }

    @Test
    void whoever_lacks_a_name_that_is_required_does_not_get_the_task_however_well_it_fits() {
        Requirements docker = new Requirements(CLI, List.of("python"), List.of("cli", "docker"));
        List<Entry> tasks = new ArrayList<>(Collections.nCopies(6, new Entry("t", Priority.P3, 2, docker, null)));
        Session without = session(CLI, List.of("python"));
        Session with = session(CLI, List.of("python", "docker"));
        assertThat(Choice.of(List.of(queue("bob", tasks)), idle(without, null), BOUNDS, NOW))
                .isEmpty();
        assertThat(Choice.of(List.of(queue("bob", tasks)), idle(with, null), BOUNDS, NOW))
                .map(choice -> choice.task().id())
                .hasValue("t");
        tasks.add(new Entry("free", Priority.P3, 1, new Requirements(CLI, List.of("python"), List.of()), null));
        assertThat(Choice.of(List.of(queue("bob", tasks)), idle(without, null), BOUNDS, NOW))
                .map(choice -> choice.task().id())
                .hasValue("free");
    }

    @Test
    void a_task_without_needs_can_be_done_by_everybody() {
        Entry easy = new Entry("easy", Priority.P3, 1, new Requirements(List.of(), List.of(), List.of()), null);
        assertThat(Choice.of(
                        List.of(queue("bob", Collections.nCopies(6, easy))),
                        idle(session(List.of(), List.of()), null),
                        BOUNDS,
                        NOW))
                .hasValueSatisfying(choice -> assertThat(choice.score()).isEqualTo(0.9));
    }

    @Test
    void what_cannot_be_paid_is_passed_over() {
        List<Entry> tasks = new ArrayList<>();
        tasks.add(new Entry(
                "dear", Priority.P3, 9, new Requirements(CLI, List.of("python"), List.of()), new BigDecimal("15")));
        tasks.add(new Entry(
                "cheap", Priority.P3, 1, new Requirements(CLI, List.of("python"), List.of()), new BigDecimal("2")));
        tasks.add(new Entry("free", Priority.P2, 1, new Requirements(CLI, List.of("python"), List.of()), null));
        tasks.addAll(Collections.nCopies(
                4,
                new Entry(
                        "dearer",
                        Priority.P3,
                        10,
                        new Requirements(CLI, List.of("python"), List.of()),
                        new BigDecimal("16"))));
        Backlog queue = queue("bob", tasks);
        assertThat(chosen(idle(ann(), null), queue)).hasValue("dearer");
        assertThat(chosen(idle(ann(), "15"), queue)).hasValue("dear");
        assertThat(chosen(idle(ann(), "14.999999"), queue)).hasValue("cheap");
        assertThat(chosen(idle(ann(), "1"), queue)).hasValue("free");
    }

    private static Optional<String> chosen(Backlog... queues) {
        return chosen(idle(ann(), null), queues);
    }

    private static Optional<String> chosen(Choice.Idle idle, Backlog... queues) {
        return Choice.of(Arrays.asList(queues), idle, BOUNDS, NOW)
                .map(choice -> choice.task().id());
    }

    private static Optional<String> from(Session session, Backlog... queues) {
        return Choice.of(Arrays.asList(queues), idle(session, null), BOUNDS, NOW)
                .map(Choice::from);
    }

    private static Backlog queue(String session, List<Entry> tasks) {
        Priority least =
                tasks.stream().map(Entry::priority).max(Priority::compareTo).orElse(Priority.P0);
        return new Backlog(session, tasks.size(), least, tasks);
    }

    private static List<Entry> p3(int count) {
        return some("p3-", Priority.P3, count);
    }

    private static List<Entry> p0(int count) {
        return some("p0-", Priority.P0, count);
    }

    private static List<Entry> some(String prefix, Priority priority, int count) {
        List<Entry> tasks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tasks.add(entry(prefix + i, priority, i));
        }
        return tasks;
    }

    private static Entry entry(String id, Priority priority, long seq) {
        return new Entry(id, priority, seq, new Requirements(CLI, List.of("python"), List.of()), null);
    }

    private static Choice.Idle idle(Session session, String most) {
        return new Choice.Idle(session, Map.of(), most == null ? null : new BigDecimal(most));
    }

    private static Session ann() {
        return session(CLI, List.of("python"));
    }

    private static Session session(List<String> domains, List<String> tools) {
        return new Session(
                "ann", "red", domains, tools, "maker", "m1", null, 3, 90, Session.State.LIVE, NOW, 1, NOW, 1);
    }
}
