package io.infrafabric.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.input.PlainPath;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {

    @ParameterizedTest
    @CsvSource({
        "POST /coordinator/tasks/a/complete, POST, /coordinator/tasks/a/complete, true",
        "post /coordinator/tasks/a/complete, POST, /coordinator/tasks/a/complete, true",
        "POST /coordinator/tasks/a/complete, POST, /coordinator/tasks/%61/complete, true",
        "POST /coordinator/tasks/a/complete, post, /coordinator/tasks/a/complete, false",
        "POST /coordinator/tasks/a/complete, GET, /coordinator/tasks/a/complete, false",
        "POST /coordinator/tasks/a/complete, POST, /coordinator/tasks/a/complete/, false",
        "POST /coordinator/tasks/a/complete, POST, /coordinator/tasks/b/complete, false",
        "POST /coordinator/tasks/a/complete, POST, /coordinator/tasks/b/../a/complete, false",
        "POST /coordinator/tasks/a/complete, POST, /coordinator//tasks/a/complete, false",
        "GET /tasks/a/b, GET, /tasks/a%2fb, false",
        "GET /tasks/a, GET, /tasks/a;x, false",
        "GET /tasks/a, GET, /tasks/%2561, false",
        "GET /tasks/*, GET, /tasks/%2561, true",
        "GET /tasks/*, GET, /tasks/a/b/c, true",
        "GET /tasks/*, GET, /tasks, false",
        "GET /tasks/*, GET, /tasks/, false",
        "GET /tasks/*, GET, /tasks/../tokens, false",
        "GET /tasks/*, GET, /tasks/%2e%2e/tokens, false",
        "GET /tasks/*, GET, /tasks/%252e%252e/tokens, false",
        "GET /tasks/*, GET, /tasks\\..\\tokens, false",
        "GET /tasks/b*, GET, /tasks/build, true",
        "GET /tasks/b*, GET, /tasks/a, false",
        "GET /*, GET, /anything/at/all, true",
        "GET /*, HEAD, /anything, false",
        "GET /, GET, /, true",
        "GET /, GET, /a, false"
    })
    void an_endpoint_is_a_method_and_a_path(String endpoint, String method, String path, boolean matches) {
        assertThat(Endpoint.read(endpoint).orElseThrow().matches(method, PlainPath.spellings(path)))
                .isEqualTo(matches);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "GET",
                "GET ",
                " /a",
                "/a",
                "* /a",
                "GET  /a",
                "GET /a ",
                "GET a",
                "GET\t/a",
                "BREW /a",
                "GET /a/*/b",
                "GET *",
                "GET /a**",
                "GET /a/../b",
                "GET /a//b",
                "GET /a//*",
                "GET /a\\b",
                "GET /a%62",
                "GET /a?b",
                "GET /a;b",
                "GET /a/",
                "GET /é",
                "GET /a\nb",
                "GET /a b",
                "CONNECT h:1",
                "GET /../*"
            })
    void anything_else_is_none(String text) {
        assertThat(Endpoint.read(text)).isEmpty();
    }

    @Test
    void one_covers_what_it_matches_always() {
        List<String> paths = List.of("/", "/a", "/a/b", "/a/bc", "/a/b/c", "/b", "/ab");
        List<String> texts =
                List.of("/", "/*", "/a", "/a*", "/a/*", "/a/b", "/a/b*", "/a/b/*", "/a/b/c", "/b", "/b*", "/ab");
        Random random = new Random(1);
        for (String one : texts) {
            for (String other : texts) {
                Endpoint wide = Endpoint.read("GET " + one).orElseThrow();
                Endpoint narrow = Endpoint.read("GET " + other).orElseThrow();
                boolean always = paths.stream()
                        .map(PlainPath::spellings)
                        .filter(path -> narrow.matches("GET", path))
                        .allMatch(path -> wide.matches("GET", path));
                if (wide.covers(narrow)) {
                    assertThat(always).as("%s covers %s", one, other).isTrue();
                } else {
                    // What begins like the narrow one, and the wide one does not match.
                    String beyond = narrow.open() ? narrow.path() + "z" + random.nextInt(1000) : narrow.path();
                    assertThat(wide.matches("GET", PlainPath.spellings(beyond)))
                            .as("%s does not cover %s", one, other)
                            .isFalse();
                }
            }
        }
        assertThat(Endpoint.read("GET /a*")
                        .orElseThrow()
                        .covers(Endpoint.read("POST /a").orElseThrow()))
                .isFalse();
        assertThat(Endpoint.read("GET /a")
                        .orElseThrow()
                        .covers(Endpoint.read("GET /a*").orElseThrow()))
                .isFalse();
    }

    @Test
    void it_is_kept_as_it_is_read() {
        for (String text : List.of("GET /a", "POST /a/*", "DELETE /*")) {
            assertThat(Endpoint.read(text).orElseThrow()).hasToString(text);
        }
    }
}
