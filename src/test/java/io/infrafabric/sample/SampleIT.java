package io.infrafabric.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.fabric.FabricProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The sample on the fabric itself, embedded: half way one of its three providers stops answering, and the summary says what that did
 * to calls to the other two: nothing.
 */
@Tag("proof")
@Tag("soak")
class SampleIT {
    private static final Pattern WELL = Pattern.compile(
            "calls to the other two: (\\d+) of (\\d+) answered, p50 [0-9.]+ ms before that, [0-9.]+ ms after it");
    private static final Pattern DEAD = Pattern.compile(
            "calls to that one: (\\d+) answered before; after it (\\d+) waited 1 s in vain, (\\d+) were refused at once");

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    @TempDir
    Path data;

    @Test
    void what_a_dying_provider_did_to_the_calls_of_others_is_said() {
        try (FabricProcess fabric = FabricProcess.launch(
                "sample-it",
                Map.of(
                        "S2_DATA_DIR",
                        data.resolve("fabric").toString(),
                        "S2_SAMPLE",
                        "once",
                        "S2_SAMPLE_BOARD_HOUR",
                        "20ms"))) {
            await().atMost(PATIENCE).until(() -> DEAD.matcher(fabric.log()).find());
            assertThat(fabric.awaitEnd()).as(fabric.log()).isZero();
            assertThat(fabric.log()).containsPattern("tasks done +56 of 56");
            MatchResult well = found(WELL, fabric.log());
            // On a busy machine one of them may take longer than the second that it is given.
            assertThat(number(well, 1))
                    .as("as good as all are answered: " + well.group())
                    .isPositive()
                    .isGreaterThanOrEqualTo(number(well, 2) * 9 / 10);
            MatchResult dead = found(DEAD, fabric.log());
            assertThat(number(dead, 1)).as(dead.group()).isPositive();
            assertThat(number(dead, 2)).as(dead.group()).isPositive();
        }
    }

    private static MatchResult found(Pattern pattern, String log) {
        return pattern.matcher(log)
                .results()
                .findFirst()
                .orElseThrow(() -> new AssertionError("Nothing like " + pattern + " in " + log));
    }

    private static int number(MatchResult match, int group) {
        return Integer.parseInt(match.group(group));
    }
}
