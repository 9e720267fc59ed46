package io.infrafabric.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.fabric.Api;
import io.infrafabric.launch.FreePort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The script edge/upgrade, with the packaged application: what it keeps, and how it goes back. */
@Tag("proof")
@Tag("soak")
@Tag("jar")
class UpgradeIT {
    private static final Path UPGRADE = Path.of("edge/upgrade").toAbsolutePath();
    private static final Path APPLICATION =
            Path.of(System.getProperty("s2.application", "")).toAbsolutePath().getParent();
    private static final long PATIENCE_MINUTES = 5;

    /** Starts and stops what systemd would, as the unit says. */
    private static final String CONTROL = """
            #!/bin/sh
            set -eu
            here=$(dirname "$0")
            case $1 in
              start)
                STATE_DIRECTORY=$here/state CACHE_DIRECTORY=$here/cache S2_MEMORY_MAX=1073741824 S2_SAMPLE=off \\
                  QUARKUS_HTTP_PORT=PORT nohup setsid "$here/root/start" >>"$here/log" 2>&1 &
                echo $! >"$here/pid" ;;
              stop)
                [ -s "$here/pid" ] || exit 0
                kill "$(cat "$here/pid")" 2>/dev/null || true
                while kill -0 "$(cat "$here/pid")" 2>/dev/null; do sleep 0.1; done
                kill -KILL -- "-$(cat "$here/pid")" 2>/dev/null || true ;;
            esac
            """;

    private Path directory;
    private Path state;
    private Api fabric;

    @BeforeEach
    void nothingInstalled() throws IOException {
        Path parent = Files.createDirectories(Path.of("target", "upgrade-it").toAbsolutePath());
        directory = Files.createTempDirectory(parent, "d");
        state = Files.createDirectory(directory.resolve("state"));
        int port = FreePort.find();
        Files.writeString(directory.resolve("env"), "QUARKUS_HTTP_PORT=\"" + port + "\"\n");
        Files.writeString(directory.resolve("control"), CONTROL.replace("PORT=PORT", "PORT=" + port));
        assertThat(directory.resolve("control").toFile().setExecutable(true)).isTrue();
        fabric = new Api("http://127.0.0.1:" + port);
    }

    @AfterEach
    void stop() throws IOException, InterruptedException {
        run(List.of(directory.resolve("control").toString(), "stop"), Map.of());
    }

    @Test
    void anUpgradeKeepsTheDataAndGoesBackWhenTheNewReleaseIsNotReady() throws IOException, InterruptedException {
        assertThat(upgrade(APPLICATION.toString(), "one")).as(log()).isZero();
        enrol("anna");

        assertThat(upgrade(APPLICATION.toString(), "two")).as(log()).isZero();
        assertThat(isEnrolled("anna")).isTrue();
        enrol("ben");
        assertThat(state.resolve("one")).as("the data from before").isDirectory();

        assertThat(upgrade(broken().toString(), "three", "S2_READY_SECONDS=3"))
                .as(log())
                .isEqualTo(1);
        assertThat(log()).contains("upgrade: three is not ready", "upgrade: two runs again, on its own data.");
        assertThat(isEnrolled("anna")).isTrue();
        assertThat(isEnrolled("ben")).isTrue();
        assertThat(state.resolve("three")).doesNotExist();
        assertThat(directory.resolve("root/releases/three")).doesNotExist();

        assertThat(upgrade("--back")).as(log()).isZero();
        assertThat(isEnrolled("anna")).isTrue();
        assertThat(isEnrolled("ben")).as("wrote after the upgrade").isFalse();

        assertThat(upgrade(APPLICATION.toString(), "four")).as(log()).isZero();
        assertThat(isEnrolled("anna")).isTrue();
        assertThat(state.resolve("one")).as("the release before").isDirectory();
        assertThat(state.resolve("two")).as("older than that").doesNotExist();
        assertThat(directory.resolve("root/releases/two")).doesNotExist();
    }

    @Test
    void aFirstReleaseThatIsNotReadyLeavesNothingRunning() throws IOException, InterruptedException {
        assertThat(upgrade(broken().toString(), "one", "S2_READY_SECONDS=2")).isEqualTo(1);
        assertThat(log()).contains("It was the first release, so nothing runs now.");
    }

    @Test
    void whatIsNoReleaseChangesNothing() throws IOException, InterruptedException {
        assertThat(upgrade(directory.toString(), "one")).isEqualTo(1);
        assertThat(upgrade(directory.resolve("missing").toString(), "one")).isEqualTo(2);
        assertThat(upgrade(APPLICATION.toString(), "../one")).isEqualTo(1);
        assertThat(upgrade("--back")).isEqualTo(1);
        assertThat(directory.resolve("root/current")).doesNotExist();
    }

    /** Never ready, and it writes rubbish over the data that it is given. */
    private Path broken() throws IOException {
        return Files.writeString(directory.resolve("broken"), """
                #!/bin/sh
                find "$S2_DATA_DIR" -type f -exec sh -c 'echo rubbish >"$0"' {} \\;
                exec sleep 600
                """);
    }

    private void enrol(String session) throws IOException {
        assertThat(fabric.put("/coordinator/sessions/" + session, Map.of("swarm", "edge"), token())
                        .status())
                .isIn(200, 201);
    }

    private boolean isEnrolled(String session) throws IOException {
        return fabric.get("/coordinator/sessions/" + session, token()).status() == 200;
    }

    private String token() throws IOException {
        Path release = directory.resolve("root/current").toRealPath().getFileName();
        return Files.readString(state.resolve(release).resolve("operator.token"))
                .strip();
    }

    private int upgrade(String what, String... more) throws IOException, InterruptedException {
        Map<String, String> settings = new HashMap<>(Map.of(
                "S2_ROOT", directory.resolve("root").toString(),
                "S2_STATE", state.toString(),
                "S2_SETTINGS", directory.resolve("env").toString(),
                "S2_CONTROL", directory.resolve("control").toString()));
        List<String> command = new ArrayList<>(List.of("sh", UPGRADE.toString(), what));
        for (String one : more) {
            String[] setting = one.split("=", 2);
            if (setting.length == 2) {
                settings.put(setting[0], setting[1]);
            } else {
                command.add(one);
            }
        }
        return run(command, settings);
    }

    private int run(List<String> command, Map<String, String> settings) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("log").toFile()));
        builder.environment().keySet().removeIf(name -> name.startsWith("S2_") || name.startsWith("QUARKUS_"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(settings);
        Process process = builder.start();
        assertThat(process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)).isTrue();
        return process.exitValue();
    }

    private String log() throws IOException {
        return Files.readString(directory.resolve("log"));
    }
}
