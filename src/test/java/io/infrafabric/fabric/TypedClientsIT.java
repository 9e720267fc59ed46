package io.infrafabric.fabric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import jakarta.annotation.Nonnull;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Somebody else's generator makes clients of the OpenAPI document, in Java and in TypeScript. They compile, and with each a
 * program submits, claims and completes a task, votes, and reports a cost. The generator comes from Maven Central and the
 * TypeScript compiler from npm's registry: without them the test fails, and without npm the TypeScript half is skipped.
 */
@Tag("proof")
class TypedClientsIT {
    private static final String GENERATOR = "org.openapitools:openapi-generator-cli:7.14.0";
    private static final String TYPESCRIPT = "typescript@5.9.3";
    private static final long PATIENCE_MINUTES = 3;

    /** What the generated Java client needs besides the JDK. */
    private static final List<Class<?>> LIBRARIES =
            List.of(JsonProperty.class, JsonFactory.class, ObjectMapper.class, JavaTimeModule.class, Nonnull.class);

    private static final Path PROGRAMS = Path.of("src/test/resources/clients").toAbsolutePath();
    private static final Path JDK = Path.of(System.getProperty("java.home"), "bin");

    private static Path directory;
    private static Path generator;
    private static Tokens tokens;
    private static Servers servers;
    private static FabricProcess fabric;

    @BeforeAll
    static void start() throws IOException {
        Path parent = Files.createDirectories(Path.of("target", "clients").toAbsolutePath());
        directory = Files.createTempDirectory(parent, "c");
        tokens = Tokens.make(directory);
        servers = Servers.start();
        fabric = FabricProcess.start("typed-clients", servers, tokens, Map.of());
        Api.Answer document = fabric.api().get("/q/openapi?format=json", tokens.operatorToken());
        assertThat(document.status()).isEqualTo(200);
        Files.writeString(directory.resolve("openapi.json"), document.body().toString());
        generator = Builds.artifact(GENERATOR, directory);
    }

    @AfterAll
    static void stop() {
        if (fabric != null) {
            fabric.close();
        }
        if (servers != null) {
            servers.close();
        }
    }

    @Test
    void a_java_client_plays() throws Exception {
        Path client = generated(
                "java", "--library=native", "--additional-properties=openApiNullable=false,useJakartaEe=true");
        Path classes = directory.resolve("classes");
        String libraries = LIBRARIES.stream()
                .map(type -> new File(type.getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .getPath())
                        .getPath())
                .collect(Collectors.joining(File.pathSeparator));

        List<String> javac = new ArrayList<>(List.of(
                JDK.resolve("javac").toString(), "-nowarn", "-proc:none", "-cp", libraries, "-d", classes.toString()));
        javac.add(PROGRAMS.resolve("Play.java").toString());
        try (Stream<Path> sources = Files.walk(client.resolve("src/main/java"))) {
            sources.map(Path::toString).filter(file -> file.endsWith(".java")).forEach(javac::add);
        }
        run(directory, javac);

        String played = run(
                directory,
                List.of(
                        JDK.resolve("java").toString(),
                        "-cp",
                        classes + File.pathSeparator + libraries,
                        "Play",
                        fabric.url(),
                        tokens.operatorToken()));
        assertThat(played).contains("played");
    }

    @Test
    void a_typescript_client_plays() throws Exception {
        assumeTrue(Programs.isThere("npm"), "There is no npm on this machine: the TypeScript client is not tried.");
        Path client = generated("typescript-fetch");
        Files.copy(PROGRAMS.resolve("play.ts"), client.resolve("play.ts"));
        Path tools = Files.createDirectory(directory.resolve("npm"));
        run(
                tools,
                List.of("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", ".", TYPESCRIPT));

        Path compiler = tools.resolve("node_modules/typescript/bin/tsc");
        String options =
                "--strict --target es2022 --lib es2022,dom --module commonjs --moduleResolution node10 --outDir js";
        List<String> tsc = new ArrayList<>(List.of("node", compiler.toString()));
        tsc.addAll(List.of(options.split(" ", -1)));
        tsc.add("play.ts");
        run(client, tsc);

        String played = run(client, List.of("node", "js/play.js", fabric.url(), tokens.operatorToken()));
        assertThat(played).contains("played");
    }

    /** Has a client made, with the checks of the document that the generator makes by itself. */
    private static Path generated(String language, String... options) throws Exception {
        Path client = directory.resolve(language);
        List<String> command = new ArrayList<>(List.of(
                JDK.resolve("java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-jar",
                generator.toString(),
                "generate",
                "-i",
                "openapi.json",
                "-g",
                language,
                "-o",
                client.toString()));
        command.addAll(List.of(options));
        run(directory, command);
        return client;
    }

    /** Runs it to its end, which must be a good one; what it wrote. */
    private static String run(Path where, List<String> command) throws Exception {
        Path log = Files.createTempFile(directory, "run", ".log");
        Process process = new ProcessBuilder(command)
                .directory(where.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES))
                    .as("ended: %s", command)
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        String written = Files.readString(log);
        assertThat(process.exitValue())
                .as("%s%n%s", command.getFirst(), written)
                .isZero();
        return written;
    }
}
