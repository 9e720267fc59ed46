package io.infrafabric.input;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnicodeTest {
    @ParameterizedTest
    @ValueSource(strings = {"\ud83d", "\ude00", "a\ud83db", "\ude00\ud83d", "\ud83d\ud83d\ude00", "a\0b"})
    void half_of_a_pair_and_nul_cannot_be_kept(String text) {
        assertThat(Unicode.canBeKept(text)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "\ud83d\ude00", "é\ud83d\ude00\n", "\\u0000", "\uffff"})
    void everything_else_can(String text) {
        assertThat(Unicode.canBeKept(text)).isTrue();
    }

    @Test
    void in_one_line_nothing_breaks_it_or_turns_its_direction() {
        assertThat(Unicode.inOneLine("/a\r\n12:00 ERROR\u2028\u0085\u202ex\ud83d\u001b[2J"))
                .isEqualTo("/a\\u000d\\u000a12:00 ERROR\\u2028\\u0085\\u202ex\\ud83d\\u001b[2J");
        String plain = "Grüße, \ud83d\udc68\u200d\ud83d\udc69 \\n";
        assertThat(Unicode.inOneLine(plain)).isSameAs(plain);
    }
}
