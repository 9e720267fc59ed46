package io.infrafabric.bus;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class DeadLettersTest {

    @Test
    void an_error_is_kept_without_nul_and_cut_beside_a_pair() {
        assertThat(DeadLetters.describe(new IllegalStateException("no such thing: a\0b")))
                .startsWith("java.lang.IllegalStateException: no such thing: a\\u0000b")
                .contains("DeadLettersTest");
        for (String shift : new String[] {"", "x"}) {
            String error = DeadLetters.describe(new IllegalStateException(shift + "\ud83d\ude00".repeat(9_000)));
            assertThat(error.length()).isBetween(7_999, 8_000);
            assertThat(new String(error.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
                    .isEqualTo(error);
        }
    }
}
