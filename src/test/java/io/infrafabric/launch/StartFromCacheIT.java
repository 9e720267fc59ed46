package io.infrafabric.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.fabric.FabricProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code ./s2}: it rehearses after a build, starts from the cache of that, and does without one that does not fit. */
@Tag("proof")
@Tag("soak")
@Tag("jar")
class StartFromCacheIT {
    private static final Path S2 = Path.of("s2").toAbsolutePath();
    private static final Path APPLICATION = Path.of("target/aot-app");
    private static final long PATIENCE_MINUTES = 10;

    private Path directory;

    @BeforeEach
    void freshDirectory() throws IOException {
        Path parent = Files.createDirectories(Path.of("target", "s2-it").toAbsolutePath());
        directory = Files.createTempDirectory(parent, "d");
    }

    @Test
    void startsFromACacheAndWithoutAWordWithoutOneThatDoesNotFit() throws IOException, InterruptedException {
        builtAndPlayed();
        Path cache = cache();
        assertThat(cache).isNotEmptyFile();

        Path loaded = directory.resolve("loaded");
        try (FabricProcess fabric = launch("s2-cached", Map.of("JAVA_TOOL_OPTIONS", "-Xlog:class+load:file=" + loaded))
                .awaitReady()) {
            assertThat(fabric.stop()).isZero();
            assertThat(Files.readString(loaded))
                    .containsPattern("io\\.infrafabric\\.coordinator\\.\\w+ source: shared objects file")
                    // Only a claim over HTTP loads it.
                    .containsPattern("io\\.infrafabric\\.coordinator\\.ClaimResource source: shared objects file");
        }

        Path kept = directory.resolve("kept");
        Files.move(cache, kept);
        try {
            Files.writeString(cache, "That of another Java, or half of one.");
            try (FabricProcess fabric = launch("s2-unfit", Map.of()).awaitReady()) {
                assertThat(fabric.log()).contains("S² fabric").doesNotContain("[warning]", "[error]", "AOT");
                assertThat(fabric.stop()).isZero();
            }
        } finally {
            Files.deleteIfExists(cache);
            Files.move(kept, cache);
        }
    }

    /** The first call builds and rehearses where that has not been done yet; then it plays, and ends. */
    private void builtAndPlayed() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(S2.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("S2_") || name.startsWith("QUARKUS_"));
        builder.environment().putAll(settings());
        builder.environment().put("S2_SAMPLE", "once");
        builder.environment().put("S2_SAMPLE_BOARD_HOUR", "20ms");
        builder.environment().put("QUARKUS_HTTP_PORT", "0");
        Process process = builder.start();
        assertThat(process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue())
                .as(Files.readString(directory.resolve("log")))
                .isZero();
    }

    private static Path cache() throws IOException {
        try (Stream<Path> files = Files.list(APPLICATION)) {
            List<Path> caches =
                    files.filter(file -> file.toString().endsWith(".aot")).toList();
            assertThat(caches).hasSize(1);
            return caches.getFirst();
        }
    }

    private FabricProcess launch(String name, Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(settings());
        settings.putAll(more);
        return FabricProcess.launchBy(S2, name, settings);
    }

    private Map<String, String> settings() {
        Map<String, String> settings = new HashMap<>();
        settings.put("S2_DATA_DIR", directory.resolve("data").toString());
        settings.put("JAVA_HOME", System.getProperty("java.home"));
        settings.put(
                "MAVEN_ARGS",
                "-Dspotless.check.skip=true"
                        + ("offline: true".equals(System.getProperty("s2.maven.offline")) ? " -o" : ""));
        return settings;
    }
}
