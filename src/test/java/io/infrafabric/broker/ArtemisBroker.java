package io.infrafabric.broker;

import static org.awaitility.Awaitility.await;

import io.infrafabric.launch.FreePort;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Artemis ({@link BrokerProcess}). It makes a queue when somebody attaches to it. Not safe for use by several threads. */
final class ArtemisBroker implements Broker {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final int port = FreePort.find();
    private final Path directory;
    private Process process;
    private PrintStream commands;
    private BufferedReader answers;

    ArtemisBroker() throws IOException {
        Path parent = Files.createDirectories(Path.of("target", "brokers").toAbsolutePath());
        this.directory = Files.createTempDirectory(parent, "b");
    }

    @Override
    public void startAgain() {
        try {
            process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-Xmx192m",
                            "-cp",
                            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                            BrokerProcess.class.getName(),
                            Integer.toString(port),
                            directory.toString())
                    .redirectError(ProcessBuilder.Redirect.appendTo(
                            directory.resolve("broker.log").toFile()))
                    .start();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        commands = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        await("the broker listens")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> {
                    if (!process.isAlive()) {
                        throw new IllegalStateException("The broker has ended, see " + directory);
                    }
                    return listens();
                });
    }

    @Override
    public String url() {
        return "amqp://127.0.0.1:" + port;
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public long length(String function) {
        return Long.parseLong(ask("length s2." + function));
    }

    @Override
    public long delivered(String function) {
        return Long.parseLong(ask("delivered s2." + function));
    }

    @Override
    public int consumers(String function) {
        return Integer.parseInt(ask("consumers s2." + function));
    }

    @Override
    public void send(String function, String text) {
        ask("send s2." + function + " " + text);
    }

    @Override
    public void purge() {
        ask("purge");
    }

    @Override
    public void fill(String function) {
        ask("full s2." + function);
    }

    @Override
    public void block(String function) {
        ask("blocked s2." + function);
    }

    @Override
    public void makeRoom(String function) {
        ask("room s2." + function);
    }

    @Override
    public List<ProcessHandle> processes() {
        return List.of(process.toHandle());
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            kill();
        }
    }

    private boolean listens() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    private String ask(String command) {
        commands.println(command);
        try {
            String line = answers.readLine();
            while (line != null && !line.startsWith("= ")) {
                line = answers.readLine();
            }
            if (line == null) {
                throw new IllegalStateException("The broker has ended, see " + directory);
            }
            return line.substring(2);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
