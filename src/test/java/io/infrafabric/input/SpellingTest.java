package io.infrafabric.input;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpellingTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Café au lait",
                "cafe\u0301 au lait",
                "  CAFÉ   au\tLAIT ",
                "café\u00a0au\u2003lait",
                "ca\u00adfé au\u200b lait",
                "\ufeffcafé au lait",
                "ｃａｆé au lait"
            })
    void one_name_however_it_is_spelt(String spelt) {
        assertThat(Spelling.plain(spelt)).isEqualTo("café au lait");
    }

    @Test
    void small_letters_that_have_two_forms_are_one() {
        assertThat(Spelling.plain("Straße")).isEqualTo(Spelling.plain("STRASSE"));
        assertThat(Spelling.plain("ΟΔΟΣ")).isEqualTo(Spelling.plain("οδος"));
        assertThat(Spelling.plain("ﬁne")).isEqualTo("fine");
    }

    @Test
    void what_is_cut_ends_with_a_whole_character() {
        assertThat(Spelling.cut("ab\uD83D\uDE42", 3)).isEqualTo("ab");
        assertThat(Spelling.cut("ab\uD83D\uDE42", 4)).isEqualTo("ab\uD83D\uDE42");
        assertThat(Spelling.cut("abcd", 3)).isEqualTo("abc");
        assertThat(Spelling.cut("\uD83D\uDE42", 0)).isEmpty();
    }

    @Test
    void other_names_stay_others() {
        assertThat(Spelling.plain("cafe")).isNotEqualTo(Spelling.plain("café"));
        assertThat(Spelling.plain("a b")).isNotEqualTo(Spelling.plain("ab"));
        assertThat(Spelling.plain(" \u200b ")).isEmpty();
    }
}
