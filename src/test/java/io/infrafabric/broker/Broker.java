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

/**
 * A broker of AMQP ({@link BrokerProcess}) that one test owns: it can be killed and started again on its port, empty, and it can
 * be frozen. Not safe for use by several threads.
 */
public final class Broker implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final int port = FreePort.find();
    private final Path directory;
    private Process process;
    private PrintStream commands;
    private BufferedReader answers;

    private Broker() throws IOException {
        Path parent = Files.createDirectories(Path.of("target", "brokers").toAbsolutePath());
        this.directory = Files.createTempDirectory(parent, "b");
    }

    /** Starts one and waits until it listens. */
    public static Broker start() {
        try {
            Broker broker = new Broker();
            broker.startAgain();
            return broker;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Starts it, empty, after it was killed. */
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

    /** {@code amqp://127.0.0.1:port}. */
    public String url() {
        return "amqp://127.0.0.1:" + port;
    }

    /** Where it listens. */
    public int port() {
        return port;
    }

    /** How many messages a function's queue holds, delivered or not. */
    public long length(String function) {
        return Long.parseLong(ask("length s2." + function));
    }

    /** How many receivers a function's queue has. */
    public int consumers(String function) {
        return Integer.parseInt(ask("consumers s2." + function));
    }

    /** Sends a text, in one line, to a function. */
    public void send(String function, String text) {
        ask("send s2." + function + " " + text);
    }

    /** Throws away all messages. */
    public void purge() {
        ask("purge");
    }

    /** Refuses every message for a function, whose queue is full. */
    public void fill(String function) {
        ask("full s2." + function);
    }

    /** The same, but it says nothing: it gives senders no more credit. */
    public void block(String function) {
        ask("blocked s2." + function);
    }

    /** Takes messages for it again. */
    public void makeRoom(String function) {
        ask("room s2." + function);
    }

    /** SIGKILL: everything in it is gone. */
    public void kill() {
        process.destroyForcibly().onExit().join();
    }

    /** SIGSTOP: it keeps its connections, and answers nothing. */
    public void freeze() {
        signal("STOP");
    }

    /** SIGCONT: it goes on. */
    public void thaw() {
        signal("CONT");
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            kill();
        }
    }

    private void signal(String signal) {
        try {
            new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                    .start()
                    .onExit()
                    .join();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
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
