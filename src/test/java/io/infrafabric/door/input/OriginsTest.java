package io.infrafabric.door.input;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OriginsTest {

    @ParameterizedTest
    @CsvSource({
        "http://door, http, door, -1, true",
        "http://door, http, door, 80, true",
        "http://door:80, http, door, -1, true",
        "https://door:443, https, door, -1, true",
        "http://DOOR:8080, http, door, 8080, true",
        "http://[::1]:8080, http, [::1], 8080, true",
        "http://door:8080, http, door, 8081, false",
        "http://door, https, door, -1, false",
        "http://other, http, door, -1, false",
        "http://door/page, http, door, -1, false",
        "http://door.other, http, door, -1, false",
        "null, http, door, -1, false",
        "'', http, door, -1, false",
        "http://d oor, http, door, -1, false",
        "mailto:x, http, door, -1, false"
    })
    void a_page_calls_where_it_came_from(String origin, String scheme, String host, int port, boolean same) {
        assertThat(Origins.isSame(origin, scheme, host, port)).isEqualTo(same);
    }
}
