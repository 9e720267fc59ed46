package io.infrafabric.input;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlainPathTest {
    private static final List<String> PARTS = List.of(
            "/",
            "/",
            "/",
            "a",
            "tasks",
            "..",
            ".",
            "\\",
            ";",
            "?",
            "#",
            "%",
            "%2",
            "%2e",
            "%2E",
            "%252e",
            "%25252e",
            "%2f",
            "%2F",
            "%252f",
            "%5c",
            "%255c",
            "%00",
            "%0a",
            "%2500",
            "%c0%ae",
            "%c0%af",
            "%e2%80%a8",
            "%61",
            "%2561",
            "%c3%a9",
            "%25",
            "%3b",
            "%3f",
            "é",
            " ",
            "\u0001",
            "%7f",
            "%c2%85");

    @Test
    void a_plain_path_has_one_spelling() {
        assertThat(PlainPath.spellings("/coordinator/tasks/a.b-c_d/complete"))
                .containsExactly("/coordinator/tasks/a.b-c_d/complete");
        assertThat(PlainPath.spellings("/")).containsExactly("/");
        assertThat(PlainPath.spellings("/a..b/.c")).containsExactly("/a..b/.c");
    }

    @Test
    void it_is_decoded_until_nothing_is_left_to_decode() {
        assertThat(PlainPath.spellings("/t/%61")).containsExactly("/t/a");
        assertThat(PlainPath.spellings("/t/%2561")).containsExactly("/t/%61", "/t/a");
        assertThat(PlainPath.spellings("/t/%25252561")).hasSize(4).endsWith("/t/a");
        assertThat(PlainPath.spellings("/t/%c3%a9")).containsExactly("/t/é");
        assertThat(PlainPath.spellings("/t/%" + "25".repeat(20) + "61"))
                .as("encoded too often")
                .isEmpty();
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "*",
                "a",
                "a/b",
                "//",
                "/a//b",
                "/a/",
                "/..",
                "/a/..",
                "/a/../b",
                "/a/./b",
                "/.",
                "/a/...",
                "/a/%2e%2e/b",
                "/a/.%2e/b",
                "/a/%252e%252e/b",
                "/a/%25252e./b",
                "/a%2fb",
                "/a%252fb",
                "/a/%2f/b",
                "/a\\b",
                "/a%5cb",
                "/a%255cb",
                "/a;b",
                "/a%3bb",
                "/a;/../b",
                "/a%00",
                "/a%0d%0ab",
                "/a%2500",
                "/a%7f",
                "/a%c2%85",
                "/a%e2%80%a8b",
                "/a%",
                "/a%2",
                "/a%zz",
                "/a%25zz",
                "/100%25",
                "/a%c0%ae%c0%ae/b",
                "/a%ff",
                "/a%3fb",
                "/a%23b",
                "/é",
                "/a b",
                "http://h/a"
            })
    void what_can_be_read_in_another_way_has_none(String path) {
        assertThat(PlainPath.spellings(path)).isEmpty();
    }

    /** The oracle knows nothing of the rule: what a file system makes of each spelling is that spelling. */
    @Test
    void nothing_that_is_odd_gets_through() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        int plain = 0;
        for (int i = 0; i < 200_000; i++) {
            StringBuilder raw = new StringBuilder("/");
            for (int part = random.nextInt(8); part >= 0; part--) {
                raw.append(PARTS.get(random.nextInt(PARTS.size())));
            }
            List<String> spellings = PlainPath.spellings(raw.toString());
            for (String spelling : spellings) {
                assertThat(Path.of(spelling).normalize())
                        .as("%s, seed %d", raw, seed)
                        .hasToString(spelling);
                assertThat(spelling)
                        .as("%s, seed %d", raw, seed)
                        .doesNotContain("/../", "//", "\\", ";")
                        .doesNotContainPattern("\\p{Cntrl}");
            }
            if (!spellings.isEmpty()) {
                assertThat(spellings.getLast()).doesNotContain("%");
                plain++;
            }
        }
        assertThat(plain).as("the rest is no proof of anything").isGreaterThan(100);
    }
}
