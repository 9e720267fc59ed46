package io.infrafabric.broker;

import static org.awaitility.Awaitility.await;

import io.infrafabric.launch.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * RabbitMQ 3 with its plugin for AMQP 1.0, where this machine has one. Queues are declared whenever it starts, as its operator
 * would. What it says of them is a tenth of a second old. Not safe for use by several threads.
 */
public final class RabbitBroker implements Broker {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Path INSTALLED = Path.of("/usr/lib/rabbitmq/lib");
    private static final String LOGIN = "guest";
    private static final String FULL = "/policies/%2F/full-";

    /** An upgrade to HTTP/2 would end the answer to what has a body. */
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final int port = FreePort.find();
    private final int managementPort = FreePort.find();
    private final int namesPort = FreePort.find();
    private final int clusterPort = FreePort.find();
    private final Path programs;
    private final Path directory;
    private final List<String> functions;
    private final Process names;
    private Process server;

    private RabbitBroker(Path programs, List<String> functions) throws IOException {
        this.programs = programs;
        this.functions = functions;
        Path parent = Files.createDirectories(Path.of("target", "brokers").toAbsolutePath());
        this.directory = Files.createTempDirectory(parent, "r");
        Files.writeString(directory.resolve("plugins"), "[rabbitmq_amqp1_0,rabbitmq_management].\n");
        Files.writeString(directory.resolve("rabbitmq.conf"), """
                listeners.tcp.1 = 127.0.0.1:%d
                management.tcp.ip = 127.0.0.1
                management.tcp.port = %d
                collect_statistics_interval = 100
                disk_free_limit.absolute = 1MB
                """.formatted(port, managementPort));
        // Of its own, so that nothing stays behind when the test ends.
        this.names = new ProcessBuilder("epmd", "-port", Integer.toString(namesPort), "-address", "127.0.0.1")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("epmd.log").toFile())
                .start();
    }

    /** Where the programs of an installed RabbitMQ 3 are. */
    public static Optional<Path> installed() {
        if (!Files.isDirectory(INSTALLED)) {
            return Optional.empty();
        }
        try (Stream<Path> versions = Files.list(INSTALLED)) {
            return versions.filter(version -> version.getFileName().toString().startsWith("rabbitmq_server-3."))
                    .map(version -> version.resolve("sbin"))
                    .filter(sbin -> Files.isExecutable(sbin.resolve("rabbitmq-server")))
                    .findFirst();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Starts one with the queues of these functions and waits until it answers. */
    public static RabbitBroker start(Path programs, List<String> functions) {
        try {
            RabbitBroker broker = new RabbitBroker(programs, functions);
            // Nothing else ends it if this process is stopped in the middle of a test.
            Runtime.getRuntime().addShutdownHook(new Thread(broker::end));
            broker.startAgain();
            return broker;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @Override
    public void startAgain() {
        deleteData();
        try {
            server = process("rabbitmq-server")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            directory.resolve("broker.log").toFile()))
                    .start();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        await("RabbitMQ answers")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(200))
                .ignoreExceptions()
                .until(() -> {
                    functions.forEach(this::declare);
                    return true;
                });
    }

    private void declare(String function) {
        ask("PUT", queue(function), "{\"durable\":true}");
    }

    private static String queue(String function) {
        return "/queues/%2F/s2." + function;
    }

    @Override
    public String url() {
        return "amqp://" + LOGIN + ":" + LOGIN + "@127.0.0.1:" + port;
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public long length(String function) {
        return number(ask("GET", queue(function), ""), "messages");
    }

    @Override
    public long delivered(String function) {
        return number(ask("GET", queue(function), ""), "messages_unacknowledged");
    }

    @Override
    public int consumers(String function) {
        return (int) number(ask("GET", queue(function), ""), "consumers");
    }

    /** Nothing before the first figures. */
    private static long number(String json, String name) {
        Matcher figure = Pattern.compile("\"" + name + "\":(\\d+)").matcher(json);
        return figure.find() ? Long.parseLong(figure.group(1)) : 0;
    }

    @Override
    public void send(String function, String text) {
        String quoted = text.replace("\\", "\\\\").replace("\"", "\\\"");
        ask(
                "POST",
                "/exchanges/%2F/amq.default/publish",
                "{\"properties\":{},\"routing_key\":\"s2." + function
                        + "\",\"payload_encoding\":\"string\",\"payload\":\"" + quoted + "\"}");
    }

    @Override
    public void purge() {
        functions.forEach(function -> ask("DELETE", queue(function) + "/contents", ""));
    }

    @Override
    public void fill(String function) {
        ask(
                "PUT",
                FULL + function,
                "{\"pattern\":\"^s2\\\\." + function + "$\",\"apply-to\":\"queues\",\"definition\":"
                        + "{\"max-length\":0,\"overflow\":\"reject-publish\"}}");
    }

    /**
     * Not possible: its plugin for AMQP 1.0 goes on taking messages while the broker's memory alarm is set (tried with 3.10.8).
     */
    @Override
    public void block(String function) {
        throw new UnsupportedOperationException("RabbitMQ 3 does not block senders of AMQP 1.0");
    }

    @Override
    public void makeRoom(String function) {
        ask("DELETE", FULL + function, "");
    }

    @Override
    public void close() {
        end();
        deleteData();
    }

    private void end() {
        if (server != null) {
            kill();
        }
        names.destroyForcibly();
    }

    @Override
    public List<ProcessHandle> processes() {
        List<ProcessHandle> all = new ArrayList<>(server.descendants().toList());
        all.add(server.toHandle());
        return all;
    }

    private ProcessBuilder process(String program) {
        ProcessBuilder builder = new ProcessBuilder(
                new ArrayList<>(List.of(programs.resolve(program).toString())));
        builder.environment()
                .putAll(Map.ofEntries(
                        Map.entry("HOME", directory.toString()),
                        Map.entry("ERL_EPMD_PORT", Integer.toString(namesPort)),
                        Map.entry("RABBITMQ_NODENAME", "s2-" + port + "@localhost"),
                        Map.entry("RABBITMQ_DIST_PORT", Integer.toString(clusterPort)),
                        Map.entry(
                                "RABBITMQ_CONFIG_FILE",
                                directory.resolve("rabbitmq.conf").toString()),
                        Map.entry(
                                "RABBITMQ_ENABLED_PLUGINS_FILE",
                                directory.resolve("plugins").toString()),
                        Map.entry("RABBITMQ_MNESIA_BASE", data().toString()),
                        Map.entry("RABBITMQ_LOG_BASE", directory.toString()),
                        Map.entry("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+S 1:1 +sbwt none")));
        return builder;
    }

    private Path data() {
        return directory.resolve("data");
    }

    private void deleteData() {
        if (!Files.exists(data())) {
            return;
        }
        try (Stream<Path> all = Files.walk(data())) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private String ask(String method, String path, String body) {
        try {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + managementPort + "/api" + path))
                            .timeout(Duration.ofSeconds(10))
                            .header(
                                    "Authorization",
                                    "Basic "
                                            + Base64.getEncoder()
                                                    .encodeToString(
                                                            (LOGIN + ":" + LOGIN).getBytes(StandardCharsets.UTF_8)))
                            .header("Content-Type", "application/json")
                            .method(method, HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() >= 300) {
                throw new IllegalStateException(method + " " + path + ": " + answer.statusCode() + " " + answer.body());
            }
            return answer.body();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }
}
