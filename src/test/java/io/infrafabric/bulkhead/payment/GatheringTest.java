package io.infrafabric.bulkhead.payment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whoever comes within the while goes on together; nobody is forgotten. */
class GatheringTest {
    private final List<Runnable> timers = new ArrayList<>();
    private final Gathering gathering = new Gathering(timers::add);

    private CompletableFuture<Void> waiting() {
        return gathering.over().subscribeAsCompletionStage();
    }

    @Test
    void those_who_come_within_the_while_wait_for_one_timer_and_go_on_together() {
        List<CompletableFuture<Void>> all =
                Stream.generate(this::waiting).limit(100).toList();
        assertThat(timers).hasSize(1);
        assertThat(all).noneMatch(CompletableFuture::isDone);
        timers.removeFirst().run();
        assertThat(all).allMatch(CompletableFuture::isDone);
    }

    @Test
    void after_it_is_over_the_next_one_begins_another() {
        CompletableFuture<Void> first = waiting();
        timers.removeFirst().run();
        assertThat(first).isDone();
        CompletableFuture<Void> later = waiting();
        assertThat(later).isNotDone();
        assertThat(timers).hasSize(1);
        timers.removeFirst().run();
        assertThat(later).isDone();
    }

    @Test
    void when_it_closes_those_who_wait_go_on_and_nobody_waits_any_more() {
        CompletableFuture<Void> before = waiting();
        assertThat(before).isNotDone();
        gathering.close();
        assertThat(before).isDone();
        assertThat(waiting()).isDone();
        timers.removeFirst().run();
        assertThat(timers).isEmpty();
    }
}
