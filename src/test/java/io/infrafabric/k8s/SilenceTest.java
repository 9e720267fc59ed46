package io.infrafabric.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A function at zero replicas has no series, and that is as it should be. So no query that we ship or advise (alerts, scalers,
 * dashboards) takes a missing series for a fault.
 */
class SilenceTest {
    private static final List<String> SHIPPED = List.of(
            "helm", "k8s", "docs", "bench", "src/main/resources", "src/main/docker", "README.md", "ARCHITECTURE.md");

    private static final Pattern OF_SILENCE =
            Pattern.compile("\\babsent(?:_over_time)?\\s*\\(|\\bup\\s*(?:\\{[^}]*})?\\s*==\\s*0|\\bunless\\s+on\\b");

    @Test
    void nothing_takes_a_missing_series_for_a_fault() {
        assertThat(SHIPPED.stream().flatMap(SilenceTest::files))
                .hasSizeGreaterThan(50)
                .allSatisfy(file -> assertThat(
                                OF_SILENCE.matcher(text(file)).results().map(found -> found.group()))
                        .as("%s", file)
                        .isEmpty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "absent(s2_events_total{function=\"budget\"})",
                "absent_over_time (s2_event_lag_seconds_count[5m])",
                "up{job=\"s2-budget\"} == 0",
                "vector(1) unless on() s2_degraded"
            })
    void such_a_query_would_be_found(String query) {
        assertThat(OF_SILENCE.matcher("expr: " + query).find()).isTrue();
    }

    private static Stream<Path> files(String root) {
        try (Stream<Path> files = Files.walk(Path.of(root))) {
            return files.filter(Files::isRegularFile).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(Path file) {
        try {
            // Any bytes are text in this one.
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
