package io.infrafabric.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.infrafabric.fabric.FabricProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
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
        """)
    void names_a_wrong_setting_and_starts_nothing(String name, String value, String sentence) {
        assertThat(refused("setting", Map.of(name, value))).isEqualTo(sentence + "\n");
        assertThat(directory.resolve("postgres")).doesNotExist();
    }

    /** Quarkus finds this one itself, when the servers run. */
    @Test
    void namesASettingOfQuarkusThatHasAWrongForm() {
        assertThat(refused("setting", Map.of("quarkus.http.ssl-port", "abc")))
                .isEqualTo("quarkus.http.ssl-port is abc, which has a wrong form: Expected an integer value, got"
                        + " \"abc\".\n");
    }

    @Test
    void saysWhatIsWrongWithItsKey() throws IOException {
        Path key = Files.createDirectories(directory).resolve("jwt.key");
        Files.writeString(key, "garbage");

        assertThat(refused("key", Map.of()))
                .startsWith(key + " is no PEM file with a PRIVATE KEY. Put the right file back, or delete this one")
                .hasLineCount(1);
    }

    @Test
    void doesNotRunOnTheSchemaOfANewerRelease() throws Exception {
        try (FabricProcess first = FabricProcess.launch("refused-first", Map.of("S2_DATA_DIR", directory.toString()))
                .awaitReady()) {
            List<String> lines =
                    Files.readAllLines(directory.resolve("postgres").resolve("postmaster.pid"));
            try (Connection connection = DriverManager.getConnection(
                            "jdbc:postgresql://127.0.0.1:" + lines.get(3).strip() + "/s2",
                            "s2",
                            Files.readString(directory.resolve("postgres.password"))
                                    .strip());
                    Statement statement = connection.createStatement()) {
                statement.execute(
                        "INSERT INTO flyway_schema_history (installed_rank, version, description, type, script,"
                                + " checksum, installed_by, execution_time, success)"
                                + " VALUES (9999, '149.9', 'newer', 'SQL', 'V149.9__newer.sql', 1, 's2', 1, true)");
            }
            first.stop();
        }

        assertThat(refused("newer", Map.of()))
                .isEqualTo("The schema is that of a newer release, with migrations that this one does not know (149.9)."
                        + " Start that release, or go back to a backup from before it.\n");
    }

    @Test
    void saysThatItMayOpenTooFewFiles() throws Exception {
        assertThat(refused("sh", "-c", "ulimit -n 256; exec \"$@\"", "sh"))
                .isEqualTo(
                        "This process may open only 256 files, but needs at least 512. Raise the limit (ulimit -n, or"
                                + " LimitNOFILE of a systemd service).\n");
    }

    @Test
    void saysThatTheLoopbackInterfaceIsDown() throws Exception {
        assumeTrue(new ProcessBuilder("unshare", "-rn", "true").start().waitFor() == 0, "network namespaces");

        assertThat(refused("unshare", "-rn"))
                .isEqualTo("The loopback interface is down, so servers on 127.0.0.1 cannot be reached. Bring it up (ip"
                        + " link set lo up).\n");
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

    /** All that it says if this command runs it. */
    private String refused(String... command) throws Exception {
        List<String> all = new ArrayList<>(List.of(command));
        String application = System.getProperty("s2.application");
        if (application.endsWith(".jar")) {
            all.addAll(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC", "-jar"));
        }
        all.add(application);
        ProcessBuilder builder = new ProcessBuilder(all).redirectErrorStream(true);
        builder.environment().putAll(Map.of("S2_DATA_DIR", directory.toString(), "S2_SAMPLE", "off"));
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isEqualTo(1);
        return said;
    }
}
