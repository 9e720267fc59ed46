package io.infrafabric.coordinator.join;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JoinKeysTest {
    @Test
    void codes_are_short_and_secrets_long_and_none_comes_twice() {
        Random random = new Random(1);
        Set<String> codes = new HashSet<>();
        Set<String> secrets = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            JoinKeys keys = JoinKeys.draw(random);
            assertThat(keys.code()).matches("[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}");
            assertThat(keys.secret()).matches("[A-Za-z0-9_-]{43}");
            codes.add(keys.code());
            secrets.add(keys.secret());
        }
        assertThat(codes).hasSize(1000);
        assertThat(secrets).hasSize(1000);
    }

    @Test
    void of_a_secret_only_its_hash_is_kept() {
        JoinKeys keys = JoinKeys.draw(new Random(2));
        assertThat(keys.hash()).matches("[0-9a-f]{64}").isEqualTo(JoinKeys.hash(keys.secret()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"WDJB-MJHT", "wdjb-mjht", "wdjbmjht", " WDJB MJHT ", "W-D-J-B-M-J-H-T"})
    void people_type_codes_as_they_like(String typed) {
        assertThat(JoinKeys.typed(typed)).isEqualTo("WDJB-MJHT");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "WDJB", "WDJB-MJHTX", "WDJB-MJHA", "WDJB-MJH1", "ẂDJB-MJHT", "WDJB/MJHT", "%", "'; --"})
    void what_is_no_code_is_none(String typed) {
        assertThat(JoinKeys.typed(typed)).isNull();
    }
}
