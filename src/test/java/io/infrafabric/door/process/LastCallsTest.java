package io.infrafabric.door.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class LastCallsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private final LastCalls calls = new LastCalls();

    @Test
    void nobodyIsWaitedForWhereNobodyIsIn() throws InterruptedException {
        assertThat(calls.begin()).isTrue();
        calls.end();

        assertThat(calls.close(Duration.ZERO)).isTrue();
        assertThat(calls.begin()).isFalse();
    }

    @Test
    void whoIsInIsWaitedForAndNobodyElseComesIn() throws InterruptedException {
        assertThat(calls.begin()).isTrue();
        assertThat(calls.begin()).isTrue();
        assertThat(calls.close(Duration.ZERO)).isFalse();
        assertThat(calls.begin()).isFalse();

        CompletableFuture<Boolean> closing = CompletableFuture.supplyAsync(this::close);
        calls.end();
        assertThat(calls.begin()).isFalse();
        assertThat(closing).isNotDone();
        calls.end();
        assertThat(closing.join()).isTrue();
    }

    @Test
    void work_that_outlives_its_connection_is_waited_for() {
        assertThat(calls.begin()).isTrue();
        calls.work();
        calls.end();

        CompletableFuture<Boolean> closing = CompletableFuture.supplyAsync(this::close);
        assertThat(closing).isNotDone();
        calls.end();
        assertThat(closing.join()).isTrue();
    }

    private boolean close() {
        try {
            return calls.close(PATIENCE);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
