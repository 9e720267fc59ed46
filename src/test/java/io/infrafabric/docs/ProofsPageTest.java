package io.infrafabric.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
        try (Stream<Path> files = Files.walk(TESTS)) {
            List<Path> proofs = files.filter(file -> file.toString().endsWith("IT.java"))
                    .filter(file -> tagged(file, "proof"))
                    .toList();
            assertThat(proofs).hasSizeGreaterThan(30).allSatisfy(file -> {
                String name = "`" + file.getFileName().toString().replace(".java", "") + "`";
                assertThat(rows.stream().filter(row -> row.contains(name)))
                        .as("rows of %s", name)
                        .isNotEmpty()
                        .allSatisfy(row -> assertThat(row.contains("soak")).isEqualTo(tagged(file, "soak")));
            });
        }
    }

    private static boolean tagged(Path file, String tag) {
        try {
            return Files.readString(file).contains("@Tag(\"" + tag + "\")");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
