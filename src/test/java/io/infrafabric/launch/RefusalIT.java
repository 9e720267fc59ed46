package io.infrafabric.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.fabric.FabricProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The packaged application where it cannot start: it says why in one sentence, and nothing else. */
@Tag("proof")
class RefusalIT {

    private Path directory;

    @BeforeEach
    void freshDirectory() throws IOException {
        Path parent = Files.createDirectories(Path.of("target", "refusal-it").toAbsolutePath());
        directory = Files.createTempDirectory(parent, "d").resolve("data");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        S2_DOOR_PAGE_SIZE            | -3        | S2_DOOR_PAGE_SIZE is -3, but must be a whole number from 1 to 10000.
        s2.door.page-size            | -3        | s2.door.page-size is -3, but must be a whole number from 1 to 10000.
        QUARKUS_HTTP_PORT            | abc       | QUARKUS_HTTP_PORT is abc, but must be a whole number from 0 to 65535.
        S2_COORDINATOR_LEASE         | 5 bananas | S2_COORDINATOR_LEASE is 5 bananas, but must be a time from 1s to 24h, as in 500ms, 2s, 10m, 24h or 7d.
        quarkus.http.ssl-port        | abc       | quarkus.http.ssl-port is abc, which has a wrong form: Expected an integer value, got "abc".
        """)
    void names_a_wrong_setting_and_starts_nothing(String name, String value, String sentence) {
        assertThat(refused("setting", Map.of(name, value))).isEqualTo(sentence + "\n");
        assertThat(directory.resolve("postgres")).doesNotExist();
    }

    /** All that it says. */
    private String refused(String name, Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(Map.of("S2_DATA_DIR", directory.toString()));
        settings.putAll(more);
        try (FabricProcess fabric = FabricProcess.launch("refused-" + name, settings)) {
            assertThat(fabric.awaitEnd()).as(fabric.log()).isEqualTo(1);
            return fabric.log();
        }
    }
}
