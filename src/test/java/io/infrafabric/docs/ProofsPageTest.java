package io.infrafabric.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every long test stands on the page, and those that CI leaves out say so. */
class ProofsPageTest {
    private static final Path PAGE = Path.of("docs/proofs.md");
    private static final Path TESTS = Path.of("src/test/java/io/infrafabric");

    @Test
    void every_proof_has_a_row_that_says_when_it_runs() throws IOException {
        List<String> rows = Files.readAllLines(PAGE).stream()
                .filter(line -> line.startsWith("| "))
                .toList();
        assertThat(proofs()).hasSizeGreaterThan(30).allSatisfy(file -> {
            String name = "`" + name(file) + "`";
            assertThat(rows.stream().filter(row -> row.contains(name)))
                    .as("rows of %s", name)
                    .isNotEmpty()
                    .allSatisfy(row -> assertThat(row.contains("soak")).isEqualTo(tagged(file, "soak")));
        });
    }

    /** The section on AMQP names each proof once, and those that it says run on both are those that {@code bin/proof} runs. */
    @Test
    void the_page_says_of_every_proof_whether_it_runs_on_amqp() throws IOException {
        String page = Files.readString(PAGE);
        String section = page.substring(page.indexOf("\n## On AMQP\n"));
        section = section.substring(0, section.indexOf("\n## ", 1));

        assertThat(names(section))
                .containsExactlyInAnyOrderElementsOf(
                        proofs().stream().map(ProofsPageTest::name).toList());
        String both = section.substring(section.indexOf("- Run on both"));
        Matcher script = Pattern.compile("(?m)^on_both=(.+)$").matcher(Files.readString(Path.of("bin/proof")));
        assertThat(script.find()).isTrue();
        assertThat(names(both.substring(0, both.indexOf("\n- ", 1))))
                .containsExactlyInAnyOrder(script.group(1).split(",", -1));
    }

    private static List<String> names(String text) {
        return Pattern.compile("`(\\w+IT)`")
                .matcher(text)
                .results()
                .map(name -> name.group(1))
                .toList();
    }

    private static List<Path> proofs() throws IOException {
        try (Stream<Path> files = Files.walk(TESTS)) {
            return files.filter(file -> file.toString().endsWith("IT.java"))
                    .filter(file -> tagged(file, "proof"))
                    .toList();
        }
    }

    private static String name(Path file) {
        return file.getFileName().toString().replace(".java", "");
    }

    private static boolean tagged(Path file, String tag) {
        try {
            return Files.readString(file).contains("@Tag(\"" + tag + "\")");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
