package io.infrafabric.door.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.infrafabric.door.answer.Page;
import io.infrafabric.input.Cursor;
import io.infrafabric.problem.Problem;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PagingTest {
    private final Paging paging = new Paging(50, 500);

    @Test
    void a_cursor_gives_its_parts_back() {
        String cursor = Cursor.encode("2026-01-31T12:00:00Z", "", "task:ü");
        assertThat(cursor).matches("[A-Za-z0-9_-]+");
        assertThat(Cursor.decode(cursor, 3)).containsExactly("2026-01-31T12:00:00Z", "", "task:ü");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "!", "YQ", "_w", "a b"})
    void a_cursor_that_is_not_ours_is_refused(String cursor) {
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> Cursor.decode(cursor, 2))
                .satisfies(problem -> assertThat(problem.extensions()).containsEntry("field", "cursor"));
    }

    @Test
    void a_cursor_is_bounded_and_unambiguous() {
        assertThatExceptionOfType(Problem.class).isThrownBy(() -> Cursor.decode("a".repeat(1025), 1));
        assertThatIllegalArgumentException().isThrownBy(() -> Cursor.encode("a\u001fb"));
    }

    @Test
    void the_limit_has_a_default_and_bounds() {
        assertThat(paging.limit(null)).isEqualTo(50);
        assertThat(paging.limit(500)).isEqualTo(500);
        assertThatExceptionOfType(Problem.class).isThrownBy(() -> paging.limit(0));
        assertThatExceptionOfType(Problem.class).isThrownBy(() -> paging.limit(501));
    }

    @Test
    void the_row_too_many_makes_the_cursor_of_the_last_shown() {
        Page<String> page = Page.of(List.of("c", "b", "a"), 2, row -> List.of(row));
        assertThat(page.items()).containsExactly("c", "b");
        assertThat(Cursor.decode(page.next(), 1)).containsExactly("b");
        assertThat(page.map(String::toUpperCase).items()).containsExactly("C", "B");
    }

    @Test
    void the_last_page_has_no_next() {
        assertThat(Page.of(List.of("b", "a"), 2, row -> List.of(row)).next()).isNull();
        assertThat(Page.of(List.<String>of(), 2, row -> List.of(row)).items()).isEmpty();
    }
}
