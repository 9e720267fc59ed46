package io.infrafabric.launch;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A real Redis on 127.0.0.1, at a free port, with a password that only the owner of the data directory can read. It
 * keeps nothing on disk, because nothing depends on Redis surviving. It takes at most 1 GB and evicts nothing: when
 * that is full, it refuses writes, the fabric reports itself as degraded, and functions read the event log until their
 * streams are empty again.
 *
 * <p>It runs as a daemon in a session of its own, so Ctrl-C in the terminal does not reach it and it lives until
 * {@link #close}.
 */
final class EmbeddedRedis implements EmbeddedServer {

    private static final String LOOPBACK = "127.0.0.1";
    private static final String SETTINGS = "redis.conf";
    private static final String PID_FILE = "redis.pid";
    private static final int MIN_MAJOR = 7;
    private static final int START_ATTEMPTS = 100;
    private static final long BETWEEN_ATTEMPTS_MILLIS = 50;
    private static final int SOCKET_TIMEOUT_MILLIS = 1_000;

    private final Path directory;
    private final String program;
    private final int port;
    private final String password;

    private EmbeddedRedis(Path directory, String program, int port, String password) {
        this.directory = directory;
        this.program = program;
        this.port = port;
        this.password = password;
    }

    /**
     * Starts the {@code redis-server} of the PATH if it is version 7 or newer, otherwise the one (6.2) from a Maven
     * artifact.
     *
     * @throws Refusal if it does not start, naming its log file
     */
    static EmbeddedRedis start(DataDirectory directory, Programs programs) {
        try {
            String password = directory.secret("redis.password");
            int port = FreePort.find();
            DataDirectory.writePrivate(directory.path().resolve(SETTINGS), settings(port, password));
            var redis = new EmbeddedRedis(directory.path(), program(programs), port, password);
            redis.startAgain();
            return redis;
        } catch (IOException e) {
            throw new Refusal("The embedded Redis did not start.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Refusal("Interrupted while the embedded Redis started.");
        }
    }

    @Override
    public String name() {
        return "Redis";
    }

    @Override
    public boolean needsRoom() {
        return false;
    }

    @Override
    public void startAgain() throws IOException, InterruptedException {
        Path log = directory.resolve("redis.log");
        Process starter = new ProcessBuilder(program, SETTINGS)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.to(log.toFile()))
                .start();
        if (starter.waitFor() != 0 || !answers()) {
            throw new Refusal("The embedded Redis did not start; see " + log + ".");
        }
    }

    @Override
    public Optional<Orphan> running() {
        return running(directory);
    }

    /** The running server of this data directory, whoever started it. */
    static Optional<Orphan> running(Path directory) {
        return Orphan.of(directory.resolve(PID_FILE), "redis-server", directory);
    }

    /** The address to connect to. */
    String url() {
        return "redis://:" + password + "@127.0.0.1:" + port;
    }

    /**
     * Its files are named relative to the data directory, where it starts, because a path may contain any character.
     */
    private static String settings(int port, String password) {
        return """
                bind 127.0.0.1
                port %d
                requirepass %s
                daemonize yes
                pidfile %s
                logfile redis.log
                save ""
                appendonly no
                maxmemory 1gb
                maxmemory-policy noeviction
                """.formatted(port, password, PID_FILE);
    }

    private static String program(Programs programs) throws IOException, InterruptedException {
        Optional<Path> installed = Arrays.stream(
                        Optional.ofNullable(System.getenv("PATH")).orElse("").split(":", -1))
                .filter(part -> !part.isEmpty())
                .map(part -> Path.of(part, "redis-server"))
                .filter(Files::isExecutable)
                .findFirst();
        if (installed.isPresent() && major(installed.get()) >= MIN_MAJOR) {
            return installed.get().toString();
        }
        return programs.redis().toString();
    }

    private static int major(Path program) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(program.toString(), "--version").start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return majorOf(text);
    }

    /** The major version in the answer to {@code redis-server --version}, or 0 if there is none. */
    static int majorOf(String answer) {
        Matcher version = Pattern.compile("\\bv=(\\d{1,4})\\.").matcher(answer);
        return version.find() ? Integer.parseInt(version.group(1)) : 0;
    }

    private boolean answers() throws InterruptedException {
        for (int attempt = 0; attempt < START_ATTEMPTS; attempt++) {
            if (pong()) {
                return true;
            }
            TimeUnit.MILLISECONDS.sleep(BETWEEN_ATTEMPTS_MILLIS);
        }
        return false;
    }

    private boolean pong() {
        byte[] expected = "+OK\r\n+PONG\r\n".getBytes(StandardCharsets.US_ASCII);
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.ofLiteral(LOOPBACK), port), SOCKET_TIMEOUT_MILLIS);
            socket.setSoTimeout(SOCKET_TIMEOUT_MILLIS);
            OutputStream out = socket.getOutputStream();
            out.write(("AUTH " + password + "\r\nPING\r\n").getBytes(StandardCharsets.US_ASCII));
            out.flush();
            InputStream in = socket.getInputStream();
            return Arrays.equals(in.readNBytes(expected.length), expected);
        } catch (IOException e) {
            return false;
        }
    }
}
