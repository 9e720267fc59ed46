package io.infrafabric.bulkhead.payment;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Whoever comes within the while goes on together; nobody is forgotten. */
class GatheringTest {
    private static final Vertx VERTX = Vertx.vertx();
    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @AfterAll
    static void closed() {
        VERTX.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void those_who_come_within_the_while_go_on_in_one_turn_of_the_loop() {
        Gathering gathering = new Gathering(VERTX, Duration.ofMillis(50));
        Queue<Thread> on = new ConcurrentLinkedQueue<>();
        CompletableFuture<?>[] waiting = IntStream.range(0, 100)
                .mapToObj(_ -> gathering
                        .over()
                        .invoke(() -> on.add(Thread.currentThread()))
                        .subscribeAsCompletionStage())
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(waiting)
                .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
        assertThat(on).hasSize(100).containsOnly(on.peek());
    }

    @Test
    void after_it_is_over_the_next_one_begins_another() {
        Gathering gathering = new Gathering(VERTX, Duration.ofMillis(1));
        for (int turn = 0; turn < 3; turn++) {
            gathering.over().await().atMost(PATIENCE);
        }
        var later = new Gathering(VERTX, LONG).over().subscribeAsCompletionStage();
        assertThat(later).isNotDone();
    }

    @Test
    void when_it_closes_those_who_wait_go_on_and_nobody_waits_any_more() {
        Gathering gathering = new Gathering(VERTX, LONG);
        var before = gathering.over().subscribeAsCompletionStage();
        assertThat(before).isNotDone();
        gathering.close();
        assertThat(before).isDone();
        assertThat(gathering.over().subscribeAsCompletionStage()).isDone();
    }
}
