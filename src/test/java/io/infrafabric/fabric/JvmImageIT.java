package io.infrafabric.fabric;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What Dockerfile.jvm runs, without an engine: its RUN and its ENTRYPOINT, on directories that lie as in the image. The
 * programs are this JDK's and this machine's, not those of the base image.
 */
@Tag("jar")
@Tag("proof")
class JvmImageIT {
    private static final Path DOCKERFILE = Path.of("src/main/docker/Dockerfile.jvm");
    private static final long PATIENCE_MINUTES = 3;

    @TempDir
    Path image;

    @Test
    void theCacheIsMadeByARealStartAndUsedByTheNext() throws IOException, InterruptedException {
        String dockerfile = Files.readString(DOCKERFILE);
        copy(Builds.of("budget"), image.resolve("work"));
        Files.createSymbolicLink(image.resolve("all"), Builds.of("all").toAbsolutePath());
        Files.createDirectory(image.resolve("tmp"));

        run(here(matched(dockerfile, "(?m)^RUN ((?:.*\\\\\\n)*.*)$")));
        Files.move(image.resolve("tmp/app.aot"), image.resolve("work/app.aot"));

        Map<Path, Object> before = files(image.resolve("work"));
        Path loaded = image.resolve("loaded");
        try (Servers servers = Servers.start();
                FabricProcess migration = FabricProcess.launch("image-migrate", migrate(servers))) {
            assertThat(migration.awaitEnd()).as(migration.log()).isZero();
            Map<String, String> settings = new HashMap<>(servers.settings());
            settings.putAll(Tokens.make(Path.of("target", "fabric", "image")).settings());
            settings.put(
                    "JAVA_TOOL_OPTIONS",
                    String.join(" ", options(dockerfile))
                            // Without a cache that fits it does not start.
                            + " -XX:AOTMode=on -Xlog:class+load:file=" + loaded);
            try (FabricProcess function = FabricProcess.launch("image", image.resolve("work"), settings)) {
                function.awaitReady();
            }
        }

        assertThat(Files.readString(loaded))
                .containsPattern("io\\.infrafabric\\.budget\\.BudgetFunction source: shared objects file")
                // Only a start with a PostgreSQL loads it.
                .containsPattern("com\\.ongres\\.scram\\.client\\.\\w+ source: shared objects file");
        assertThat(files(image.resolve("work"))).as("nothing is written").isEqualTo(before);
    }

    /** The JVM's options in the image's command. */
    private List<String> options(String dockerfile) throws IOException {
        List<String> command =
                List.of(new ObjectMapper().readValue(matched(dockerfile, "(?m)^ENTRYPOINT (\\[.*])$"), String[].class));
        assertThat(command).startsWith("java").endsWith("-jar", "/work/quarkus-run.jar");
        return command.subList(1, command.size() - 2).stream().map(this::here).toList();
    }

    private static Map<String, String> migrate(Servers servers) {
        Map<String, String> settings = new HashMap<>(servers.settings());
        settings.put(FabricProcess.ARGUMENT, "migrate");
        return settings;
    }

    /** With the image's directories where they are here. */
    private String here(String line) {
        return line.replaceAll("(?<![\\w.])/(work|all|tmp)\\b", Matcher.quoteReplacement(image.toString()) + "/$1");
    }

    private void run(String script) throws IOException, InterruptedException {
        Path log = image.resolve("run.log");
        ProcessBuilder shell = new ProcessBuilder("sh", "-c", script)
                .directory(image.resolve("work").toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        shell.environment()
                .merge(
                        "PATH",
                        Path.of(System.getProperty("java.home"), "bin").toString(),
                        (path, java) -> java + ":" + path);
        Process process = shell.start();
        assertThat(process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(log)).isZero();
    }

    private static String matched(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertThat(matcher.find()).as(pattern).isTrue();
        return matcher.group(1);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    /** Each with when it was written last. */
    private static Map<Path, Object> files(Path directory) throws IOException {
        Map<Path, Object> found = new TreeMap<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.toList()) {
                found.put(file, Files.getLastModifiedTime(file));
            }
        }
        return found;
    }
}
