package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.fabric.Programs;
import io.infrafabric.launch.FreePort;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One agent's home, with an empty project in it and a scripted model of its own. The agent is begun there by {@code s2 run}, and what
 * its model heard is kept.
 */
final class AgentHome implements AutoCloseable {
    /** How long a client may take for anything. */
    static final Duration PATIENCE = Duration.ofMinutes(3);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path COMMAND =
            Path.of("src/main/resources/gateway/s2.sh").toAbsolutePath();

    private final String name;
    private final Path home;
    private final int port;
    private final List<Process> running = new ArrayList<>();

    private AgentHome(String name, Path home, int port) {
        this.name = name;
        this.home = home;
        this.port = port;
    }

    /** A new home of the agent with this name, and a port for its model. */
    static AgentHome make(String name) throws IOException {
        Path home = Files.createDirectories(Files.createTempDirectory(AgentClient.programs(), name));
        Files.createDirectories(home.resolve("project"));
        return new AgentHome(name, home, FreePort.find());
    }

    /** Skips the test where what the clients need is missing. */
    static void assumeClients() {
        assumeTrue(
                scriptedModel() != null,
                "There is no scripted model (shared/clients) beside this checkout: no client is tried.");
        assumeTrue(
                Programs.isThere("npm") && Programs.isThere("python3"),
                "npm or python3 is missing: no client is tried.");
    }

    private static Path scriptedModel() {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            Path found = at.resolve("shared/clients/scripted-model.py");
            if (Files.exists(found)) {
                return found;
            }
        }
        return null;
    }

    Path path() {
        return home;
    }

    /** Where the agent works. */
    Path project() {
        return home.resolve("project");
    }

    int port() {
        return port;
    }

    /** Starts its model with this script (the head of {@code scripted-model.py} says what may stand in it). */
    void scripted(String steps) throws IOException {
        Path script = Files.writeString(home.resolve("script.json"), steps);
        Files.createFile(home.resolve("requests.jsonl"));
        running.add(new ProcessBuilder(
                        "python3",
                        scriptedModel().toString(),
                        script.toString(),
                        "--port",
                        "" + port,
                        "--log",
                        home.resolve("requests.jsonl").toString())
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("model.log").toFile())
                .start());
        await().atMost(PATIENCE).until(() -> answers(port));
    }

    /** Whatever its model was sent so far, one request a line. */
    String heard() throws IOException {
        return Files.readString(home.resolve("requests.jsonl"));
    }

    /** The text of what its model was sent last, in a conversation that offers tools. */
    String heardLast() throws IOException {
        String last = "";
        for (String line : heard().lines().toList()) {
            var body = JSON.readTree(line).path("body");
            if (!body.path("tools").isEmpty()) {
                last = body.path("messages").toString();
            }
        }
        return last;
    }

    /** What the agent printed. */
    String log() throws IOException {
        return Files.readString(home.resolve("agent.log"));
    }

    /** Begins this command of a client by {@code s2 run}, as the session with the home's name in the swarm "clients". */
    Process begin(Cluster cluster, List<String> client, Map<String, String> settings) throws IOException {
        List<String> command = s2("run", "--swarm", "clients", "--name", name);
        command.addAll(client);
        Map<String, String> all = new HashMap<>(settings);
        all.put("S2_OPERATOR_TOKEN", cluster.operator());
        return run(cluster, project(), command, all);
    }

    /** A call of the command {@code s2}. */
    static List<String> s2(String... arguments) {
        List<String> command = new ArrayList<>(List.of("sh", COMMAND.toString()));
        command.addAll(List.of(arguments));
        return command;
    }

    /** Runs this command there, with the fabric's address. */
    Process run(Cluster cluster, Path there, List<String> command, Map<String, String> settings) throws IOException {
        ProcessBuilder process = new ProcessBuilder(command).directory(there.toFile());
        Map<String, String> environment = process.environment();
        environment
                .keySet()
                .removeIf(key -> key.startsWith("S2_") || key.startsWith("XDG_") || key.startsWith("OTEL_"));
        environment.put("HOME", home.toString());
        environment.put(
                "PATH",
                AgentClient.programs().resolve("node_modules/.bin") + File.pathSeparator + environment.get("PATH"));
        environment.put("S2_URL", cluster.process(0).url());
        environment.putAll(settings);
        Process begun = process.redirectInput(new File("/dev/null"))
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("agent.log").toFile())
                .start();
        running.add(begun);
        return begun;
    }

    /** Waits until the agent ends; its exit code. */
    int ended(Process agent) throws InterruptedException {
        assertThat(agent.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .as("the client ends")
                .isTrue();
        return agent.exitValue();
    }

    private static boolean answers(int port) {
        try (Socket open = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return open.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    /** Ends what still runs. */
    @Override
    public void close() {
        running.forEach(process -> {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        });
    }
}
