package io.infrafabric.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.fabric.FabricProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The packaged application with its own servers. */
@Tag("proof")
class EmbeddedIT {

    private Path directory;

    @BeforeEach
    void freshDirectory() throws IOException {
        Path parent = Files.createDirectories(Path.of("target", "embedded-it").toAbsolutePath());
        directory = Files.createTempDirectory(parent, "d").resolve("data");
    }

    @Test
    void startsOnNothingKeepsItsSecretsAndStopsItsServersOnCtrlC() throws Exception {
        try (FabricProcess fabric = launch("embedded-first").awaitReady()) {
            assertThat(fabric.log()).contains("S² fabric", fabric.url().replace("127.0.0.1", "localhost"));
            assertThat(PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(directory.resolve("operator.token"))))
                    .isEqualTo("rw-------");
            assertThat(setting("fsync")).isEqualTo("on");
            assertThat(setting("synchronous_commit")).isEqualTo("on");
            assertThat(setting("listen_addresses")).isEqualTo("127.0.0.1");
            Orphan postgres = EmbeddedPostgreSql.running(directory).orElseThrow();
            Orphan redis = EmbeddedRedis.running(directory).orElseThrow();

            assertThat(fabric.interrupt()).isEqualTo(130);

            assertThat(postgres.ended()).isTrue();
            assertThat(redis.ended()).isTrue();
        }
    }

    @Test
    void keepsWhatWasCommittedOverAKillAndStopsTheOrphans() throws Exception {
        FabricProcess killed = launch("embedded-killed").awaitReady();
        Orphan orphan;
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE launch_it (id int)");
            statement.execute("INSERT INTO launch_it VALUES (42)");
            orphan = EmbeddedPostgreSql.running(directory).orElseThrow();
        } finally {
            killed.kill();
        }

        try (FabricProcess next = killed.again().awaitReady();
                Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT id FROM launch_it")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getInt(1)).isEqualTo(42);
            assertThat(orphan.ended()).isTrue();
            assertThat(next.ready()).isTrue();
        }
    }

    @Test
    void startsItsServersAgainAndEndsWhenThatDoesNotHelp() throws Exception {
        try (FabricProcess fabric = FabricProcess.launch(
                        "embedded-restarts", Map.of("S2_DATA_DIR", directory.toString(), "s2.embedded.restarts", "1"))
                .awaitReady()) {
            Orphan first = EmbeddedPostgreSql.running(directory).orElseThrow();
            Orphan redis = EmbeddedRedis.running(directory).orElseThrow();
            first.process().destroyForcibly();
            redis.process().destroyForcibly();

            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> EmbeddedPostgreSql.running(directory)
                                    .filter(server -> server.process().pid()
                                            != first.process().pid())
                                    .isPresent()
                            && EmbeddedRedis.running(directory)
                                    .filter(server -> server.process().pid()
                                            != redis.process().pid())
                                    .isPresent());
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .untilAsserted(() -> assertThat(fabric.log())
                            .contains("The embedded PostgreSQL is back", "The embedded Redis is back"));

            EmbeddedPostgreSql.running(directory).orElseThrow().process().destroyForcibly();

            assertThat(fabric.awaitEnd()).isEqualTo(Embedded.SERVER_LOST);
            assertThat(fabric.log()).contains("The embedded PostgreSQL keeps ending by itself");
        }
    }

    @Test
    void endsWithZeroOnSigterm() {
        try (FabricProcess fabric = launch("embedded-term").awaitReady()) {
            assertThat(fabric.stop()).isZero();
        }
        assertThat(EmbeddedPostgreSql.running(directory)).isEmpty();
        assertThat(EmbeddedRedis.running(directory)).isEmpty();
    }

    @Test
    void refusesADirectoryThatAnotherProcessHas() {
        try (FabricProcess first = launch("embedded-owner").awaitReady();
                FabricProcess second = launch("embedded-second")) {
            assertThat(second.awaitEnd()).isEqualTo(1);
            assertThat(second.log())
                    .contains("The data directory " + directory + " is in use by process " + first.pid())
                    .doesNotContain("\tat ");
            assertThat(first.ready()).isTrue();
        }
    }

    @Test
    void refusesAGivenPostgreSqlWithoutAGivenRedis() {
        try (FabricProcess fabric =
                FabricProcess.launch("embedded-split", Map.of("S2_POSTGRES_URL", "postgresql://me@127.0.0.1:1/s2"))) {
            assertThat(fabric.awaitEnd()).isEqualTo(1);
            assertThat(fabric.log())
                    .contains("S2_POSTGRES_URL is given without S2_REDIS_URL")
                    .doesNotContain("\tat ");
        }
    }

    @Test
    void saysHowToChooseAnotherPortAndLeavesNoServerBehind() throws IOException {
        try (FabricProcess first = launch("embedded-port").awaitReady()) {
            Path other = directory.resolveSibling("other");
            Map<String, String> settings = new HashMap<>();
            settings.put("S2_DATA_DIR", other.toString());
            settings.put("QUARKUS_HTTP_PORT", first.url().replaceAll(".*:", ""));
            try (FabricProcess second = FabricProcess.launch("embedded-port-taken", settings)) {
                assertThat(second.awaitEnd()).isEqualTo(1);
                assertThat(second.log()).contains("is in use by another program", "QUARKUS_HTTP_PORT=");
            }
            assertThat(EmbeddedPostgreSql.running(other)).isEmpty();
            assertThat(EmbeddedRedis.running(other)).isEmpty();
        }
    }

    private FabricProcess launch(String name) {
        return FabricProcess.launch(name, Map.of("S2_DATA_DIR", directory.toString()));
    }

    private String setting(String name) throws SQLException, IOException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SHOW " + name)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }

    /** The fourth line of the server's process id file is its port. */
    private Connection connect() throws SQLException, IOException {
        List<String> lines = Files.readAllLines(directory.resolve("postgres").resolve("postmaster.pid"));
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + lines.get(3).strip() + "/s2",
                "s2",
                Files.readString(directory.resolve("postgres.password")).strip());
    }
}
