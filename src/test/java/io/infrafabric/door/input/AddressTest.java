package io.infrafabric.door.input;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/coordinator/tasks",
                "/coordinator/tasks/",
                "//coordinator//tasks",
                "/coordinator/t%61sks",
                "/coordinator/t%61sk%73//",
                "/coordinator;v=1/tasks;a=b",
            })
    void spellings_of_one_path_are_one(String path) {
        assertThat(Address.normal(path)).isEqualTo("/coordinator/tasks");
    }

    @Test
    void the_case_of_an_escape_makes_no_difference_and_an_escaped_slash_is_none() {
        assertThat(Address.normal("/a/%c3%bc"))
                .isEqualTo(Address.normal("/a/%C3%BC"))
                .isEqualTo("/a/ü");
        assertThat(Address.normal("/a/b%2fc")).isEqualTo("/a/b%2Fc").isNotEqualTo(Address.normal("/a/b/c"));
        assertThat(Address.normal("/a/b%252Fc")).isNotEqualTo(Address.normal("/a/b%2Fc"));
        assertThat(Address.normal("/budget/accounts/session:z")).isEqualTo("/budget/accounts/session:z");
        assertThat(Address.normal("/a/%3Bb")).isEqualTo("/a/;b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a%00", "/a%", "/a%4", "/a%zz", "/%ff", "/%C3", "/%ED%A0%80", "/%C0%80"})
    void what_does_not_decode_to_text_is_none(String raw) {
        assertThat(Address.isText(raw)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a", "/%C3%BC", "a=b%20c+d", "/%F0%9F%98%80", "/a%0Ab"})
    void what_does_is_text(String raw) {
        assertThat(Address.isText(raw)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"garbage", "", "/", "a/", "application/json;charset=x-nowhere", "a/b;q=high", ";"})
    void what_is_no_format_is_none(String text) {
        assertThat(Intake.isFormat(text)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json", "*/*", "text/*;q=0.5", "application/json; charset=utf-8", "a/b+c"})
    void what_is_one_is_one(String text) {
        assertThat(Intake.isFormat(text)).isTrue();
    }
}
