package io.infrafabric.relation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ScopeTest {
    private static Scope in(String... labels) {
        return new Scope(List.of(labels), List.of());
    }

    private static Scope out(String... labels) {
        return new Scope(List.of(), List.of(labels));
    }

    private static void overlap(boolean expected, Scope one, Scope other) {
        assertThat(one.overlaps(other)).isEqualTo(expected);
        assertThat(other.overlaps(one)).isEqualTo(expected);
    }

    @Test
    void everywhere_overlaps_with_all_that_is_somewhere() {
        overlap(true, Scope.EVERYWHERE, Scope.EVERYWHERE);
        overlap(true, Scope.EVERYWHERE, in("linux"));
        overlap(true, Scope.EVERYWHERE, out("linux"));
        overlap(false, Scope.EVERYWHERE, new Scope(List.of("linux"), List.of("linux")));
    }

    @Test
    void what_is_included_has_to_be_shared() {
        overlap(true, in("linux", "windows"), in("windows", "macos"));
        overlap(false, in("linux"), in("windows"));
        overlap(true, in("Linux "), in("linux"));
    }

    @Test
    void what_one_excludes_is_not_shared() {
        overlap(false, in("linux"), out("linux"));
        overlap(true, in("linux", "windows"), out("linux"));
        overlap(false, new Scope(List.of("a", "b"), List.of("a")), new Scope(List.of("a", "b"), List.of("b")));
        overlap(true, out("linux"), out("windows"));
    }

    @Test
    void a_label_covers_those_that_begin_with_it_as_whole_words() {
        overlap(true, in("git polling"), in("git polling every 30 s"));
        overlap(false, in("git"), in("github"));
        overlap(false, in("eu/berlin"), out("eu"));
        overlap(true, in("eu"), out("eu/berlin"));
    }

    @Test
    void labels_are_the_same_however_they_are_spelt() {
        overlap(true, in("café"), in("cafe\u0301"));
        overlap(true, in("Café\u00a0Nord"), in("cafe\u0301  nord"));
        overlap(false, in("café"), out("cafe\u0301"));
        overlap(true, in("eu west"), in("EU\u200b West\tone"));
    }

    @Test
    void a_word_goes_on_with_a_mark_and_with_letters_beyond_the_first_plane() {
        overlap(false, in("x"), in("x\u0321"));
        overlap(false, in("a"), in("a\ud801\udc00"));
        overlap(true, in("a"), in("a \ud83e\udd80"));
    }

    @Test
    void all_scopes_of_a_claim_hold_at_once() {
        assertThat(Scope.overlap(List.of(in("a", "b"), in("a")), List.of(in("b"))))
                .isFalse();
        assertThat(Scope.overlap(List.of(in("a", "b"), in("a")), List.of(Scope.EVERYWHERE)))
                .isTrue();
    }
}
