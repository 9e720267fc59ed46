package io.infrafabric.dissent;

import static io.infrafabric.dissent.Examples.AT;
import static io.infrafabric.dissent.Examples.minutes;
import static io.infrafabric.dissent.Examples.said;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.consensus.Minutes.Said;
import io.infrafabric.event.ConsensusEvent.Outcome;
import java.util.List;
import org.junit.jupiter.api.Test;

class SearchedTest {
    private static Memo memo(Said... votes) {
        return Memo.of(minutes(Outcome.APPROVED, List.of("safety"), List.of(votes)), AT);
    }

    @Test
    void a_memo_is_searched_as_a_whole() {
        Memo memo = memo(
                said("a", "reject", "0.5", "It leaks."),
                said("b", "approve", "0.5", "yes"),
                said("c", "reject", "0.5", "It is slow."));
        assertThat(Searched.parts(memo, 1000))
                .containsExactly("Release it\nAll is tested.\nsafety\na\nIt leaks.\nc\nIt is slow.");
    }

    @Test
    void a_long_one_in_parts_and_no_view_is_torn_apart() {
        String words = "x".repeat(50);
        Memo memo = memo(
                said("a", "reject", "0.5", words),
                said("b", "reject", "0.5", words),
                said("c", "reject", "0.5", words));
        assertThat(Searched.parts(memo, 110))
                .containsExactly("Release it\nAll is tested.\nsafety\na\n" + words, "b\n" + words + "\nc\n" + words);
    }

    @Test
    void of_a_view_that_is_too_long_the_rest_is_left_out_and_no_character_is_torn_apart() {
        Memo memo =
                memo(said("a", "reject", "0.5", "x".repeat(37) + "\uD83D\uDE80"), said("b", "reject", "0.5", "short"));
        assertThat(Searched.parts(memo, 40))
                .containsExactly("Release it\nAll is tested.\nsafety", "a\n" + "x".repeat(37), "b\nshort");
    }
}
