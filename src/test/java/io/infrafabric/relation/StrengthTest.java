package io.infrafabric.relation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class StrengthTest {
    private static Evidence piece(String url, String hash, String origin) {
        return new Evidence("document", url, hash, origin);
    }

    private static int sources(Evidence... pieces) {
        return Evidence.independent(Stream.of(pieces).map(Evidence::marks).toList());
    }

    @Test
    void the_same_hash_origin_or_address_is_one_source() {
        assertThat(sources()).isZero();
        assertThat(sources(piece("a", null, null), piece("b", null, null))).isEqualTo(2);
        assertThat(sources(piece("a", "h", null), piece("b", "H", null))).isEqualTo(1);
        assertThat(sources(piece("a", null, "paper"), piece("b", null, "paper")))
                .isEqualTo(1);
        assertThat(sources(piece("a#1", null, null), piece("a#2", null, null))).isEqualTo(1);
        assertThat(sources(piece("a", "1", null), piece("a", "2", null))).isEqualTo(1);
    }

    @Test
    void one_source_is_one_however_it_is_written() {
        String digits = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
        assertThat(sources(
                        piece("https://example.org/a", null, null),
                        piece("https://EXAMPLE.org:443/a#b", null, null),
                        piece("https://example.org./x/../%61", null, null)))
                .isEqualTo(1);
        assertThat(sources(piece("https://v.example/aB", null, null), piece("https://v.example/Ab", null, null)))
                .isEqualTo(2);
        assertThat(sources(piece(null, "SHA-256:" + digits, null), piece(null, digits.toUpperCase(Locale.ROOT), null)))
                .isEqualTo(1);
        assertThat(sources(piece(null, null, "Café 1"), piece(null, null, "cafe\u0301  1")))
                .isEqualTo(1);
    }

    @Test
    void a_copy_of_a_copy_is_the_same_source_in_whatever_order_they_come() {
        List<List<String>> pieces = new ArrayList<>(Stream.of(
                        piece("a", "1", null),
                        piece("b", "1", "x"),
                        piece("c", "2", "x"),
                        piece("d", "2", null),
                        piece("e", "3", null),
                        piece("f", "3", "y"))
                .map(Evidence::marks)
                .toList());
        Random random = new Random(5);
        for (int i = 0; i < 200; i++) {
            Collections.shuffle(pieces, random);
            assertThat(Evidence.independent(pieces)).as("%s", pieces).isEqualTo(2);
        }
    }

    @Test
    void confidence_is_capped_by_how_many_sources_carry_the_claim() {
        assertThat(Strength.of(0.9, List.of())).isEqualTo(0.5);
        assertThat(Strength.of(0.9, List.of(List.of("url:a")))).isEqualTo(0.75);
        assertThat(Strength.of(0.9, List.of(List.of("url:a"), List.of("url:b"))))
                .isEqualTo(0.875);
        assertThat(Strength.of(0.9, List.of(List.of("url:a"), List.of("url:b"), List.of("url:c"))))
                .isEqualTo(0.9);
        assertThat(Strength.of(0.2, List.of(List.of("url:a")))).isEqualTo(0.2);
        assertThat(Strength.cap(1_000_000)).isLessThan(1);
    }
}
