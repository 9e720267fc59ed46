package io.infrafabric.fabric;

import static org.awaitility.Awaitility.await;

import io.infrafabric.broker.Signal;
import io.infrafabric.launch.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * A real JVM that runs the packaged application. Its output goes to {@code target/fabric/<name>.log}. Whoever launched it
 * closes it.
 */
public final class FabricProcess implements AutoCloseable {

    private static final Path LOGS = Path.of("target", "fabric").toAbsolutePath();
    private static final Duration READY_PATIENCE = Duration.ofMinutes(2);
    private static final long END_PATIENCE_SECONDS = 60;
    private static final int LOG_TAIL = 4_000;

    /** The setting that is given as arguments, with spaces between them. */
    public static final String ARGUMENT = "ARGUMENT";

    /** Starts quickly and takes little, since several run at once on few cores. */
    private static final List<String> JVM_FLAGS =
            List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m", "-Xss512k", "-XX:-UsePerfData");

    private final String name;
    private final Map<String, String> settings;
    private final String application;
    private final int port;
    private final Process process;

    private FabricProcess(String name, String application, Map<String, String> settings, int port, Process process) {
        this.name = name;
        this.application = application;
        this.settings = Map.copyOf(settings);
        this.port = port;
        this.process = process;
    }

    /**
     * Starts one and returns at once; {@link #awaitReady} waits for it.
     *
     * @param name of its log file
     * @param settings {@code UPPER_CASE} ones are environment variables, others (such as {@code s2.door.token-ttl}) are
     *     configuration keys. The sample swarm is off unless {@code S2_SAMPLE} says otherwise, it ends without serving on
     *     unless {@code s2.door.farewell} does, and the port is a free one.
     */
    public static FabricProcess launch(String name, Map<String, String> settings) {
        return launch(name, application(), settings);
    }

    /** Like {@link #launch(String, Map)}, of the build in this directory (see {@link Builds}). */
    public static FabricProcess launch(String name, Path build, Map<String, String> settings) {
        return launch(name, build.resolve("quarkus-run.jar").toString(), settings);
    }

    /** Like {@link #launch(String, Map)}, by this script or binary; settings are variables only. */
    public static FabricProcess launchBy(Path program, String name, Map<String, String> settings) {
        return launch(name, program.toString(), settings);
    }

    private static FabricProcess launch(String name, String application, Map<String, String> settings) {
        try {
            Files.deleteIfExists(logFile(name));
            return launch(name, application, settings, FreePort.find());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts one on these servers and waits until it is ready. */
    public static FabricProcess start(String name, Servers servers, Tokens tokens, Map<String, String> more) {
        return launch(name, settings(servers, tokens, more)).awaitReady();
    }

    /** Starts several at once, named {@code <name>-1} and so on, and waits until all are ready. */
    public static List<FabricProcess> startAll(
            int count, String name, Servers servers, Tokens tokens, Map<String, String> more) {
        List<FabricProcess> processes = IntStream.rangeClosed(1, count)
                .mapToObj(number -> launch(name + "-" + number, settings(servers, tokens, more)))
                .toList();
        try {
            processes.forEach(FabricProcess::awaitReady);
            return processes;
        } catch (RuntimeException | Error e) {
            processes.forEach(FabricProcess::close);
            throw e;
        }
    }

    /** Starts the next one with the same name, settings and port; this one must have ended. */
    public FabricProcess again() {
        try {
            return launch(name, application, settings, port);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until the readiness probe answers 200, and fails with the end of its log if it does not. */
    public FabricProcess awaitReady() {
        await(name + " is ready")
                .atMost(READY_PATIENCE)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> !process.isAlive() || ready());
        if (!process.isAlive()) {
            throw new IllegalStateException(name + " ended with " + process.exitValue() + ": " + logTail());
        }
        return this;
    }

    /** Whether it says now that it is ready. */
    public boolean ready() {
        try {
            return api().get("/q/health/ready", null).status() == 200;
        } catch (Api.NoAnswer e) {
            return false;
        }
    }

    /** What the readiness probe says that it does without now: {@code postgres}, {@code redis}, both, or {@code nothing}. */
    public String degraded() {
        // There are other checks besides, in any order.
        return String.join(" ", api().get("/q/health/ready", null).body().findValuesAsText("degraded"));
    }

    /** Where it answers, {@code http://127.0.0.1:port}. */
    public String url() {
        return "http://127.0.0.1:" + port;
    }

    /** A client of it. */
    public Api api() {
        return new Api(url());
    }

    /** Its process id. */
    public long pid() {
        return process.pid();
    }

    /** What it has written so far. */
    public String log() {
        try {
            return Files.readString(logFile(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@code kill -9}, and waits until it is gone. */
    public void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /** SIGTERM, and waits until it has drained and ended; its exit code. */
    public int stop() {
        process.destroy();
        return awaitEnd();
    }

    /** SIGTERM, and fails if it has not ended within {@code grace}; its exit code. */
    public int stop(Duration grace) {
        process.destroy();
        return awaitEnd(grace.toSeconds());
    }

    /** SIGINT, as Ctrl-C in a terminal, and waits until it has drained and ended; its exit code. */
    public int interrupt() {
        Signal.INT.send(List.of(process.toHandle()));
        return awaitEnd();
    }

    /** SIGSTOP: it stands still and keeps its connections. */
    public void pause() {
        Signal.STOP.send(List.of(process.toHandle()));
    }

    /** SIGCONT: it goes on. */
    public void resume() {
        Signal.CONT.send(List.of(process.toHandle()));
    }

    /** Waits until it has ended by itself; its exit code. */
    public int awaitEnd() {
        return awaitEnd(END_PATIENCE_SECONDS);
    }

    private int awaitEnd(long seconds) {
        try {
            if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                throw new IllegalStateException(name + " does not end: " + logTail());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Ends it in order, or by force if it is paused or does not listen. */
    @Override
    public void close() {
        if (!process.isAlive()) {
            return;
        }
        resume();
        try {
            stop();
        } catch (IllegalStateException e) {
            kill();
        }
    }

    private static FabricProcess launch(String name, String application, Map<String, String> settings, int port)
            throws IOException {
        Files.createDirectories(LOGS);
        boolean jar = application.endsWith(".jar");
        List<String> command = new ArrayList<>();
        if (jar) {
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(JVM_FLAGS);
        } else {
            command.add(application);
        }
        Map<String, String> environment = new HashMap<>();
        environment.put("S2_SAMPLE", "off");
        // No load balancer stands before it, unless a test says so.
        environment.put("S2_DOOR_FAREWELL", "0s");
        environment.put("QUARKUS_HTTP_HOST", "127.0.0.1");
        environment.put("QUARKUS_HTTP_PORT", Integer.toString(port));
        settings.forEach((key, value) -> {
            if (key.matches("[A-Z0-9_]+")) {
                environment.put(key, value);
            } else {
                command.add("-D" + key + "=" + value);
            }
        });
        if (jar) {
            command.addAll(List.of("-jar", application));
        }
        if (environment.containsKey(ARGUMENT)) {
            command.addAll(List.of(environment.remove(ARGUMENT).split(" ", -1)));
        }
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile(name).toFile()));
        builder.environment().keySet().removeIf(key -> key.startsWith("S2_") || key.startsWith("QUARKUS_"));
        builder.environment().putAll(environment);
        return new FabricProcess(name, application, settings, port, builder.start());
    }

    private static Map<String, String> settings(Servers servers, Tokens tokens, Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(servers.settings());
        settings.putAll(tokens.settings());
        settings.putAll(more);
        return settings;
    }

    private static String application() {
        String application = System.getProperty("s2.application");
        if (application == null) {
            throw new IllegalStateException("s2.application is not set: run this through ./mvnw verify");
        }
        return application;
    }

    private static Path logFile(String name) {
        return LOGS.resolve(name + ".log");
    }

    private String logTail() {
        String log = log();
        return log.substring(Math.max(0, log.length() - LOG_TAIL));
    }
}
