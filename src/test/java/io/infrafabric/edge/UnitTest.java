package io.infrafabric.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The systemd unit, and the script that it runs. */
class UnitTest {
    private static final Path UNIT = Path.of("edge/s2-fabric.service");
    private static final Path START = Path.of("edge/start");

    /** The exposure that systemd computes: 0 is none, 100 is that of a service without any hardening. */
    private static final int MOST_EXPOSED = 20;

    @TempDir
    Path root;

    @Test
    void the_unit_lets_the_service_write_its_own_directories_and_nothing_else() throws IOException {
        Map<String, List<String>> settings = settings();

        assertThat(settings)
                .containsEntry("User", List.of("s2-fabric"))
                .containsEntry("ProtectSystem", List.of("strict"))
                .containsEntry("ProtectHome", List.of("yes"))
                .containsEntry("NoNewPrivileges", List.of("yes"))
                .containsEntry("CapabilityBoundingSet", List.of(""))
                .containsEntry("StateDirectoryMode", List.of("0700"))
                .containsEntry("CacheDirectoryMode", List.of("0700"))
                .containsEntry("UMask", List.of("0077"))
                .containsKeys("MemoryMax", "TasksMax", "LimitNOFILE")
                .doesNotContainKey("ReadWritePaths");
        assertThat(settings.get("SystemCallFilter")).contains("@system-service", "~@privileged");
        assertThat(settings.entrySet())
                .filteredOn(setting -> setting.getKey().startsWith("Private")
                        || setting.getKey().startsWith("Protect"))
                .hasSizeGreaterThan(8)
                .noneMatch(setting -> setting.getValue().contains("no"));
    }

    /** Its servers must outlive the drain: a SIGTERM to PostgreSQL would end it first. */
    @Test
    void only_the_fabric_is_asked_to_end_and_has_time_to_drain() throws IOException {
        assertThat(settings())
                .containsEntry("KillMode", List.of("mixed"))
                .containsEntry("TimeoutStopSec", List.of("90"))
                .doesNotContainKey("KillSignal");
    }

    @Test
    void systemd_itself_finds_it_hardly_exposed() throws IOException, InterruptedException {
        Run asked = run(Map.of(), "sh", "-c", "systemd-analyze security --help | grep -q -e --threshold");
        assumeTrue(asked.code() == 0, "systemd-analyze");

        Run judged = run(
                Map.of(),
                "systemd-analyze",
                "security",
                "--offline=true",
                "--threshold=" + MOST_EXPOSED,
                UNIT.toString());

        assertThat(judged.code()).as(judged.said()).isZero();
        // What it does not know, it ignores, and would only warn of.
        assertThat(judged.said()).doesNotContain("Unknown", "ignoring", "Failed to parse");
    }

    @Test
    void a_binary_gets_a_heap_that_fits_the_memory_of_the_unit() throws IOException, InterruptedException {
        Path release = release("first");
        program(release.resolve("s2-fabric"));

        Run embedded = start(Map.of("S2_MEMORY_MAX", "1073741824"));
        Run given = start(Map.of("S2_MEMORY_MAX", "1073741824", "S2_POSTGRES_URL", "postgresql://center/s2"));
        Run unlimited = start(Map.of("S2_MEMORY_MAX", "max"));

        assertThat(embedded.said()).isEqualTo(root.resolve("state/first") + " -Xmx307m -Xmn16m\n");
        assertThat(given.said()).endsWith(" -Xmx614m -Xmn16m\n");
        assertThat(unlimited.said()).endsWith(" -Xmx256m -Xmn16m\n");
    }

    @Test
    void a_jar_starts_from_the_cache_beside_it() throws IOException, InterruptedException {
        Path release = release("second");
        Files.createFile(release.resolve("quarkus-run.jar"));
        program(root.resolve("jdk/bin/java"));
        Map<String, String> java = Map.of(
                "S2_MEMORY_MAX", "1073741824", "JAVA_HOME", root.resolve("jdk").toString());

        Run without = start(java);
        Files.writeString(release.resolve("s2-1.aot"), "cache");
        Run with = start(java);

        String here = root.toRealPath() + "/current/";
        assertThat(without.said())
                .isEqualTo(
                        root.resolve("state/second") + " -XX:+UseSerialGC -Xmx307m -jar " + here + "quarkus-run.jar\n");
        assertThat(with.said())
                .contains(" -XX:AOTCache=" + here + "s2-1.aot ")
                .endsWith(" -jar " + here + "quarkus-run.jar\n");
    }

    private Path release(String name) throws IOException {
        Path release = Files.createDirectories(root.resolve("releases").resolve(name));
        Files.createSymbolicLink(root.resolve("current"), Path.of("releases", name));
        Files.copy(START, root.resolve("start"));
        return release;
    }

    /** Says which data it is to use, and its arguments. */
    private static void program(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\necho \"$S2_DATA_DIR $*\"\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private Run start(Map<String, String> settings) throws IOException, InterruptedException {
        return run(settings, "sh", root.resolve("start").toString());
    }

    private record Run(int code, String said) {}

    private Run run(Map<String, String> settings, String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("S2_") || name.startsWith("JAVA_"));
        builder.environment().put("STATE_DIRECTORY", root.resolve("state").toString());
        builder.environment().putAll(settings);
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), said);
    }

    /** Each key with all its values. */
    private static Map<String, List<String>> settings() throws IOException {
        try (Stream<String> lines = Files.lines(UNIT)) {
            return lines.filter(line -> line.matches("[A-Za-z]+=.*"))
                    .map(line -> line.split("=", 2))
                    .collect(Collectors.groupingBy(
                            setting -> setting[0], Collectors.mapping(setting -> setting[1], Collectors.toList())));
        }
    }
}
