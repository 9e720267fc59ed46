package io.infrafabric.bus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class InTurnTest {
    private final InTurn turns = new InTurn();
    private final List<String> begun = new ArrayList<>();

    @Test
    void work_begins_when_all_earlier_work_is_over() {
        var first = work("first");
        var second = work("second");
        var _ = work("third");
        assertThat(begun).containsExactly("first");

        first.complete(null);
        assertThat(begun).containsExactly("first", "second");

        second.completeExceptionally(new IllegalStateException("planned"));
        assertThat(begun).containsExactly("first", "second", "third");
    }

    @Test
    void work_that_cannot_even_begin_holds_up_nobody() {
        turns.next(() -> {
            throw new IllegalStateException("planned");
        });
        var _ = work("next");

        assertThat(begun).containsExactly("next");
    }

    private CompletableFuture<Void> work(String name) {
        CompletableFuture<Void> over = new CompletableFuture<>();
        turns.next(() -> {
            begun.add(name);
            return over;
        });
        return over;
    }
}
