package io.infrafabric.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        s2.door.page-size                       | -3        | a whole number from 1 to 10000
        s2.door.page-size                       | abc       | a whole number from 1 to 10000
        s2.door.page-size                       | 12.5      | a whole number from 1 to 10000
        s2.door.page-size                       | 99999999999999999999 | a whole number from 1 to 10000
        s2.coordinator.commit-batch             | 0         | a whole number from 1 to 10000
        s2.coordinator.lease                    | -5s       | a time from 1s to 24h, as in 500ms, 2s, 10m, 24h or 7d
        s2.coordinator.lease                    | 5 bananas | a time from 1s to 24h, as in 500ms, 2s, 10m, 24h or 7d
        s2.coordinator.lease                    | PT        | a time from 1s to 24h, as in 500ms, 2s, 10m, 24h or 7d
        s2.budget.session-daily-limit           | -1        | a number from 0 to 1000000000000
        s2.rescue.min-score                     | NaN       | a number from 0 to 1
        s2.rescue.min-score                     | 0,7       | a number from 0 to 1
        s2.rescue.payer                         | me        | blocked or rescuer
        s2.deadlock.victim                      | youngest  | longest-waiting or least-money
        s2.bus.sweep.enabled                    | ture      | true or false
        s2.escalation.allow-private-addresses   | maybe     | true or false
        s2.door.max-body                        | 8 MB      | a size from 1K to 1G, as in 512K or 8M
        s2.bus.reader.max-batch                 | 0         | a whole number from 1 to 10000
        s2.embedded.restarts                    | -1        | a whole number from 0 to 999
        s2.sample                               | of        | auto or once or off
        quarkus.http.port                       | abc       | a whole number from 0 to 65535
        quarkus.http.port                       | 65536     | a whole number from 0 to 65535
        quarkus.datasource.reactive.max-size    | 0         | a whole number from 2 to 10000
        """)
    void a_setting_out_of_range_is_named_with_its_value_and_what_is_allowed(String key, String text, String allowed) {
        assertThat(wrong(Map.of(key, text))).containsExactly(key + " is " + text + ", but must be " + allowed + ".");
        assertThat(wrong(Map.of(key, ""))).containsExactly(key + " is empty, but must be " + allowed + ".");
    }

    @Test
    void it_is_named_as_it_was_written() {
        ConfigValue value = ConfigValue.builder()
                .withName("s2.bus.reader.max-batch")
                .withValue("none\nat all")
                .withConfigSourceName("EnvConfigSource")
                .build();
        assertThat(Settings.wrong(List.of("S2_BUS_READER_MAX_BATCH").iterator(), _ -> value))
                .containsExactly(
                        "S2_BUS_READER_MAX_BATCH is none\\u000aat all, but must be a whole number from 1 to 10000.");
    }

    @Test
    void settings_that_depend_on_each_other_are_refused_together() {
        assertThat(wrong(Map.of("s2.door.token-ttl-max", "1h")))
                .containsExactly("s2.door.token-ttl is 24h, but must be at most s2.door.token-ttl-max, which is 1h.");
        assertThat(wrong(Map.of("s2.escalation.timeout", "60s")))
                .containsExactly(
                        "s2.escalation.timeout is 60s, but must be less than s2.escalation.lease, which is 60s.");
        assertThat(wrong(Map.of("s2.door.max-body", "9M")))
                .containsExactly(
                        "s2.door.max-body is 9M, but must be less than quarkus.http.limits.max-body-size, which is 9M.");
        assertThat(wrong(Map.of("s2.door.page-size", "500"))).isEmpty();
        assertThat(wrong(Map.of("s2.door.max-body", "20M", "quarkus.http.limits.max-body-size", "21M")))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "s2.coordinator.lease, 60",
        "s2.coordinator.lease, PT1M",
        "s2.coordinator.lease, ' 90S '",
        "s2.rescue.payer, RESCUER",
        "s2.deadlock.victim, LEAST_MONEY",
        "s2.bus.sweep.enabled, no",
        "s2.door.max-body, 1000000",
        "quarkus.http.port, 0",
        "s2.unknown, 7"
    })
    void what_the_configuration_takes_in_another_form_is_fine(String key, String text) {
        assertThat(wrong(Map.of(key, text))).isEmpty();
    }

    @Test
    void the_usual_values_are_in_range() throws IOException {
        Properties ours = new Properties();
        try (InputStream file = SettingsTest.class.getResourceAsStream("/application.properties")) {
            ours.load(file);
        }
        assertThat(Settings.others())
                .allSatisfy(
                        (key, usual) -> assertThat(ours.getProperty(key, usual)).isEqualTo(usual));
        assertThat(Settings.wrong(
                        Settings.ranges().keySet().stream()
                                .filter(key -> !Settings.usual(key).isEmpty())
                                .iterator(),
                        key -> ConfigValue.builder()
                                .withName(key)
                                .withValue(Settings.usual(key))
                                .build()))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SRCFG00039: The config property quarkus.http.ssl-port with the config value \"abc\" threw an Exception whilst being converted SRCFG00029: Expected an integer value, got \"abc\"",
                "java.lang.IllegalArgumentException: SRCFG00039: The config property quarkus.http.ssl-port with the config value \"abc\" threw an Exception whilst being converted SRCFG00029: Expected an integer value, got \"abc\""
            })
    void a_setting_that_only_quarkus_knows_is_named_too(String message) {
        assertThat(Explanation.ofProblem(message))
                .isEqualTo(
                        "quarkus.http.ssl-port is abc, which has a wrong form: Expected an integer value, got \"abc\".");
    }

    private static List<String> wrong(Map<String, String> set) {
        SmallRyeConfig config = new SmallRyeConfigBuilder()
                .withSources(new PropertiesConfigSource(set, "a test", 100))
                .build();
        return Settings.wrong(set.keySet().iterator(), config::getConfigValue);
    }
}
