package io.infrafabric.fabric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.broker.Broker;
import io.infrafabric.launch.FreePort;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever the fabric uses reflectively while it starts, plays the sample and is asked at every door is registered with the
 * native compiler: what happens is compared with what Quarkus hands over.
 */
@Tag("jar")
@Tag("proof")
class ReflectionIT {
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    /** The JDK's own: a native compiler knows them, and Quarkus where it does not. Agroal's and Flyway's proxies included. */
    private static final String NOT_OURS = "(java|javax|jdk|sun|com\\.sun)\\..*";

    @TempDir
    Path data;

    @Test
    void whatIsUsedReflectivelyIsRegistered() throws Exception {
        Builds.Result made = Builds.attempt("all", "-Dnative", "-Dquarkus.native.sources-only=true");
        assertThat(made.code()).as(made.log()).isZero();

        int port = FreePort.find();
        Set<String> used;
        // It embeds what it is not given.
        try (Broker broker = Servers.isOnAmqp() ? Broker.artemis() : null;
                FabricProcess fabric = FabricProcess.launch("reflection", settings(port, broker))) {
            await().atMost(PATIENCE).until(() -> fabric.log().contains("Listening for transport"));
            Future<Set<String>> uses = Reflection.of(port);
            fabric.awaitReady();
            await("the sample").atMost(PATIENCE).until(() -> fabric.log().contains("documented votes again"));
            askAtEveryDoor(
                    fabric.url(),
                    Files.readString(data.resolve("fabric/operator.token")).strip());
            assertThat(fabric.stop()).isZero();
            used = uses.get(1, TimeUnit.MINUTES);
        }

        Map<String, JsonNode> registered = registered();
        assertThat(used)
                .anyMatch(use -> use.startsWith("io.infrafabric.event."))
                .filteredOn(use -> !use.startsWith("proxy ") && !use.matches(NOT_OURS))
                .allMatch(use -> isRegistered(use, registered));
    }

    private Map<String, String> settings(int port, Broker broker) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "JAVA_TOOL_OPTIONS",
                Reflection.waitingAt(port),
                "S2_DATA_DIR",
                data.resolve("fabric").toString(),
                "S2_SAMPLE",
                "auto"));
        if (broker != null) {
            settings.put("S2_AMQP_URL", broker.url());
        }
        return settings;
    }

    /** Some answer, some refuse: both are written. */
    private static void askAtEveryDoor(String url, String operator) {
        Api api = new Api(url);
        JsonNode paths = api.get("/q/openapi?format=json", operator).body().path("paths");
        assertThat(paths).isNotEmpty();
        paths.properties()
                .forEach(path -> path.getValue().fieldNames().forEachRemaining(method -> {
                    String address = path.getKey().replaceAll("\\{\\w+}", "nobody");
                    switch (method) {
                        case "get" -> {
                            if (address.equals("/gateway/events")) {
                                begin(url + address, operator);
                            } else {
                                api.get(address, operator);
                            }
                        }
                        case "post" -> api.post(address, Map.of(), operator);
                        default -> {}
                    }
                }));
    }

    /** A stream that has no end. */
    private static void begin(String address, String token) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(address))
                .header("Authorization", "Bearer " + token)
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<InputStream> answer = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream stream = answer.body()) {
                assertThat(stream.read()).isPositive();
            }
            client.shutdownNow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static boolean isRegistered(String use, Map<String, JsonNode> registered) {
        String member = use.substring(use.indexOf(' ') + 1);
        JsonNode type = registered.get(use.substring(0, use.indexOf(' ')));
        if (type == null) {
            return false;
        }
        List<String> all = member.equals("<init>")
                ? List.of("allDeclaredConstructors", "allPublicConstructors")
                : List.of("allDeclaredMethods", "allPublicMethods", "allDeclaredFields");
        return all.stream().anyMatch(some -> type.path(some).asBoolean())
                || Stream.of("methods", "fields")
                        .flatMap(kind -> StreamSupport.stream(type.path(kind).spliterator(), false))
                        .anyMatch(one -> one.path("name").asText().equals(member));
    }

    private static Map<String, JsonNode> registered() throws Exception {
        Map<String, JsonNode> registered = new HashMap<>();
        try (Stream<Path> files = Files.list(Path.of("target/native-sources"))) {
            Path made = files.filter(file -> file.toString().endsWith("-runner.jar"))
                    .findFirst()
                    .orElseThrow();
            try (JarFile jar = new JarFile(made.toFile());
                    var text = jar.getInputStream(jar.getEntry("META-INF/native-image/reflect-config.json"))) {
                new ObjectMapper()
                        .readTree(text)
                        .forEach(type -> registered.put(type.path("name").asText(), type));
            }
        }
        return registered;
    }
}
