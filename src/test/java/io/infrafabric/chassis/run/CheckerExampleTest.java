package io.infrafabric.chassis.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.chassis.module.Examination;
import io.infrafabric.chassis.module.Examination.Finding;
import io.infrafabric.chassis.run.Ran.End;
import io.infrafabric.chassis.run.Sandbox.Bounds;
import io.infrafabric.chassis.run.Sandbox.Job;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The checker of {@code docs/chassis.md}, which a C compiler made. */
class CheckerExampleTest {
    private static final Path MODULE = Path.of("docs/checkers/schema.wasm");
    private static final Bounds BOUNDS = new Bounds(3_600_000, 50_000_000, 32, 65_536);

    private static final String SCHEMA = """
            {"type": "object", "required": ["title", "pages"], "properties": {
             "title": {"type": "string", "minLength": 3, "maxLength": 5}, "pages": {"type": "integer", "minimum": 1},
             "tags": {"type": "array", "maxItems": 2, "items": {"enum": ["a", "b", null]}}}}""";

    private static Ran check(String payload, String result) throws IOException {
        String input = "{\"task\":{\"id\":\"t\",\"title\":\"T\",\"payload\":" + payload + "},\"result\":" + result
                + ",\"session\":\"ann\",\"epoch\":1,\"attempt\":1}";
        return OwnThread.run(new Job(Files.readAllBytes(MODULE), input.getBytes(UTF_8), Instant.EPOCH, BOUNDS));
    }

    @Test
    void a_compiler_makes_modules_that_are_admitted() throws IOException {
        byte[] module = Files.readAllBytes(MODULE);
        assertThat(Examination.of(module)).isInstanceOf(Finding.Good.class);
        assertThat(Sandbox.fault(module)).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "{\"title\": \"abc\", \"pages\": 2}|0|",
                "{\"title\": \"äöüßé\", \"pages\": 2e0, \"tags\": [\"a\", null], \"more\": {}}|0|",
                "{\"title\": \"abc\"}|1|result: lacks the member pages",
                "{\"title\": \"ab\", \"pages\": 2}|1|result.title: is below the least of 3",
                "{\"title\": \"abcdef\", \"pages\": 2}|1|result.title: is above the most of 5",
                "{\"title\": \"abc\", \"pages\": 0}|1|result.pages: is below the least of 1",
                "{\"title\": \"abc\", \"pages\": 1.5}|1|result.pages: has not the type integer",
                "{\"title\": \"abc\", \"pages\": 2, \"tags\": [\"a\", \"c\"]}|1|result.tags[1]: is none of the values of enum",
                "{\"title\": \"abc\", \"pages\": 2, \"tags\": [\"a\", \"b\", \"a\"]}|1|result.tags: is above the most of 2",
                "[]|1|result: has not the type object",
                "null|1|result: has not the type object"
            })
    void a_result_fits_its_schema_or_is_refused_in_words(String result, long code, String said) throws IOException {
        Ran ran = check("{\"schema\":" + SCHEMA + "}", result);
        assertThat(ran.end()).isEqualTo(new End.Exited(code));
        assertThat(new String(ran.stderr(), UTF_8).strip()).isEqualTo(said == null ? "" : said);
    }

    @Test
    void a_task_without_a_schema_has_a_broken_check() throws IOException {
        assertThat(check("{}", "{}").end()).isEqualTo(new End.Exited(64));
        assertThat(check("{\"schema\":{}}", "]").end()).isEqualTo(new End.Exited(65));
    }

    @Test
    void a_result_that_is_nested_without_end_is_no_way_out() throws IOException {
        Ran ran = check("{\"schema\":{}}", "[".repeat(100_000));
        assertThat(ran.end()).isEqualTo(new End.Exited(65));
    }

    @Test
    void the_same_input_takes_the_same_fuel() throws IOException {
        String result = "{\"title\": \"abc\", \"pages\": 2}";
        assertThat(check("{\"schema\":" + SCHEMA + "}", result).fuel())
                .isEqualTo(check("{\"schema\":" + SCHEMA + "}", result).fuel())
                .isPositive();
    }
}
