package io.infrafabric.door.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.infrafabric.command.Role;
import io.infrafabric.door.answer.Page;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import jakarta.ws.rs.WebApplicationException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BadJsonTest {
    private final ObjectMapper mapper =
            Json.rules(JsonMapper.builder().findAndAddModules().build());

    record Part(String name, Role role) {}

    record Body(String text, Integer count, long epoch, Boolean flag, BigDecimal cost, Instant at, List<Part> parts) {}

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"count":"7","epoch":1}              | count         | a whole number
            {"count":1.5,"epoch":1}              | count         | a whole number
            {"epoch":null}                       | epoch         | a whole number
            {"epoch":99999999999999999999}       | epoch         | a whole number
            {"text":7,"epoch":1}                 | text          | a text
            {"text":[],"epoch":1}                | text          | a text
            {"flag":"true","epoch":1}            | flag          | true or false
            {"cost":"cheap","epoch":1}           | cost          | a number
            {"cost":"","epoch":1}                | cost          | a number
            {"at":"tomorrow","epoch":1}          | at            | a time as in RFC 3339, for example 2026-01-31T12:00:00Z
            {"parts":{},"epoch":1}               | parts         | a list
            {"parts":[{},{"role":"king"}]}       | parts[1].role | one of SESSION, OPERATOR, VIEWER
            {"parts":[{"role":1}]}               | parts[0].role | one of SESSION, OPERATOR, VIEWER
            {"parts":["x"]}                      | parts[0]      | an object
            []                                   | body          | an object
            """)
    void a_value_of_another_type_is_named_and_what_was_expected(String json, String field, String expected) {
        Problem problem = problem(json);
        assertThat(problem.code()).isEqualTo(Code.IF_ERR_BAD_INPUT);
        assertThat(problem.extensions()).containsEntry("field", field).containsEntry("expected", expected);
    }

    @Test
    void an_unknown_field_is_named_with_the_known_ones() {
        Problem problem = problem("{\"parts\":[{\"nmae\":\"x\"}]}");
        assertThat(problem.code()).isEqualTo(Code.IF_ERR_UNKNOWN_FIELD);
        assertThat(problem.extensions())
                .containsEntry("field", "parts[0].nmae")
                .containsEntry("known", List.of("name", "role"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"text":           | 1
            {"text":"a" "b"}   | 1
            {"epoch":1}}       | 1
            {"epoch":1,"epoch":2} | 1
            hello              | 1
            {"text":"a",       | 1
            """)
    void malformed_json_is_told_with_its_place(String json, int line) {
        Problem problem = problem(json);
        assertThat(problem.code()).isEqualTo(Code.IF_ERR_MALFORMED_JSON);
        assertThat(problem.extensions()).containsEntry("line", line).containsKey("column");
        assertThat(problem.getMessage()).doesNotContain("com.fasterxml", "Source", "REDACTED", "\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0000feff7fffffff", "0000fffe", "007b0000"})
    void bytes_that_are_no_text_are_malformed(String hex) {
        Throwable failure = catchThrowable(() -> mapper.readValue(HexFormat.of().parseHex(hex), Body.class));
        assertThat(BadJson.problemIn(failure).code()).isEqualTo(Code.IF_ERR_MALFORMED_JSON);
    }

    @Test
    void bottomless_nesting_is_refused() {
        assertThat(problem("{\"parts\":" + "[".repeat(5000)).code())
                .isIn(Code.IF_ERR_MALFORMED_JSON, Code.IF_ERR_BAD_INPUT);
    }

    @Test
    void what_comes_wrapped_is_found() {
        Throwable inner = catchThrowable(() -> mapper.readValue("{", Body.class));
        assertThat(BadJson.problemIn(new WebApplicationException(inner, 400)).code())
                .isEqualTo(Code.IF_ERR_MALFORMED_JSON);
        assertThat(BadJson.problemIn(new IllegalStateException(new BodyLimit.TooLarge(5)))
                        .code())
                .isEqualTo(Code.IF_ERR_BODY_TOO_LARGE);
        assertThat(BadJson.problemIn(new IllegalStateException("something else")))
                .isNull();
    }

    @Test
    void money_may_be_a_number_or_a_text() throws Exception {
        assertThat(mapper.readValue("{\"cost\":0.1,\"epoch\":1}", Body.class).cost())
                .isEqualByComparingTo("0.1");
        assertThat(mapper.readValue("{\"cost\":\"0.1\",\"epoch\":1}", Body.class)
                        .cost())
                .isEqualByComparingTo("0.1");
    }

    @Test
    void answers_are_plain() throws Exception {
        var body = new Body(null, 1, 2, null, new BigDecimal("1E+3"), Instant.parse("2026-01-31T12:00:00Z"), null);
        assertThat(mapper.writeValueAsString(body))
                .isEqualTo("{\"count\":1,\"epoch\":2,\"cost\":1000,\"at\":\"2026-01-31T12:00:00Z\"}");
        assertThat(mapper.writeValueAsString(new Page<>(List.of(), null))).isEqualTo("{\"items\":[],\"next\":null}");
    }

    private Problem problem(String json) {
        Throwable failure = catchThrowable(() -> mapper.readValue(json, Body.class));
        assertThat(failure).isNotNull();
        return BadJson.problemIn(failure);
    }
}
