package io.infrafabric.door.answer;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ErrorsPageTest {
    private static final Path PAGE = Path.of("docs/errors.md");

    /** With {@code -Ds2.write-docs=true} the page is written anew. */
    @Test
    void the_page_says_what_the_code_says() throws IOException {
        if (Boolean.getBoolean("s2.write-docs")) {
            Files.writeString(PAGE, ErrorsPage.markdown());
        }
        assertThat(PAGE).hasContent(ErrorsPage.markdown());
    }

    @ParameterizedTest
    @EnumSource
    void every_code_has_a_status_and_says_what_it_means_and_what_to_do(Code code) {
        assertThat(code.status()).isBetween(400, 599);
        assertThat(code.meaning()).endsWith(".");
        assertThat(code.whatToDo()).endsWith(".");
    }

    @Test
    void a_problem_says_all_it_knows() {
        var body = Problem.badInput("cost", "US dollars").body("t-1");
        assertThat(body)
                .containsEntry("type", "/docs/errors.md#if_err_bad_input")
                .containsEntry("status", 400)
                .containsEntry("code", "IF_ERR_BAD_INPUT")
                .containsEntry("detail", "cost: expected US dollars")
                .containsEntry("field", "cost")
                .containsEntry("expected", "US dollars")
                .containsEntry("whatToDo", Code.IF_ERR_BAD_INPUT.whatToDo())
                .containsEntry("traceToken", "t-1");
        assertThat(Problem.of(Code.IF_ERR_OVERLOADED, "full").body(null)).doesNotContainKey("traceToken");
        assertThat(Problem.of(Code.IF_ERR_OVERLOADED, "full").retryAfter()).isPositive();
        assertThat(Problem.of(Code.IF_ERR_STALE_EPOCH, "x")
                        .with("whatToDo", "Sleep.")
                        .with("none", null)
                        .body(null))
                .containsEntry("whatToDo", "Sleep.")
                .doesNotContainKey("none");
    }
}
