package io.infrafabric.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What docs/seed.md says was measured stands in the file that it names; {@link NamesTest} looks the names of classes and
 * tests up, {@code SeedListTest} the 26 tests of the list.
 */
class SeedPageTest {
    private static final Path PAGE = Path.of("docs/seed.md");
    private static final Path TESTS = Path.of("src/test/java/io/infrafabric");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]+)");
    private static final Pattern NAMED = Pattern.compile("`(\\w+(?:Test|IT))(?:\\.(\\w+))?`");
    private static final Pattern MEASURED = Pattern.compile("(?<![\\d.,-])-?\\d[\\d,]*\\.\\d+(?: %)?");

    /** A promise of the seed, what is said of it, and where that comes from. */
    private record Benefit(String promise, String figure, String source) {}

    @Test
    void each_figure_stands_in_the_file_that_is_named_beside_it() throws IOException {
        List<Benefit> measured = benefits().stream()
                .filter(benefit -> benefit.source().contains("]("))
                .toList();
        assertThat(measured).hasSizeGreaterThan(6);
        for (Benefit benefit : measured) {
            String results = Files.readString(PAGE.resolveSibling(found(LINK, benefit.source())
                            .findFirst()
                            .orElseThrow()
                            .group(1))
                    .normalize());
            List<String> figures = found(MEASURED, benefit.figure().replace("scores 0.70", ""))
                    .map(MatchResult::group)
                    .toList();
            assertThat(figures).as(benefit.promise()).isNotEmpty();
            assertThat(figures)
                    .as(benefit.promise())
                    .allSatisfy(figure -> assertThat(results)
                            .containsPattern("(?<![\\d.,])" + Pattern.quote(figure) + "(?![\\d]|[.,]\\d)"));
        }
    }

    @Test
    void what_has_no_source_is_not_measured() throws IOException {
        assertThat(benefits())
                .hasSizeGreaterThan(15)
                .allSatisfy(benefit -> assertThat(benefit.source().isBlank())
                        .as("%s", benefit)
                        .isEqualTo(benefit.figure().startsWith("not measured")));
    }

    @Test
    void each_test_that_is_named_is_there() throws IOException {
        List<MatchResult> named = found(NAMED, Files.readString(PAGE)).toList();
        assertThat(named).hasSizeGreaterThan(50);
        for (MatchResult name : named) {
            Path file = Path.of(name.group(1) + ".java");
            List<Path> files = Page.files(TESTS, ".java").stream()
                    .filter(path -> path.endsWith(file))
                    .toList();
            assertThat(files).as(name.group()).isNotEmpty();
            if (name.group(2) != null) {
                // Rooms may have test classes of one name.
                assertThat(files)
                        .as(name.group())
                        .anySatisfy(path -> assertThat(Files.readString(path)).contains("void " + name.group(2) + "("));
            }
        }
    }

    private static List<Benefit> benefits() throws IOException {
        String page = Files.readString(PAGE);
        return page.substring(page.indexOf("| promise |"))
                .lines()
                .skip(2)
                .takeWhile(line -> line.startsWith("|"))
                .map(line ->
                        Arrays.stream(line.split("\\|", -1)).map(String::strip).toList())
                .map(cells -> new Benefit(cells.get(1), cells.get(2), cells.get(3)))
                .toList();
    }

    private static Stream<MatchResult> found(Pattern pattern, String text) {
        return pattern.matcher(text).results();
    }
}
