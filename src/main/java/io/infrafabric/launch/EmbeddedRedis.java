package io.infrafabric.launch;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import redis.embedded.core.ExecutableProvider;

/**
 * A real Redis on 127.0.0.1, at a free port, with a password that only the owner of the data directory can read. It keeps
 * nothing on disk, because nothing depends on Redis surviving. It takes 1 GB at most and evicts nothing: when that is full it
 * refuses writes, which is said as degraded, and functions read the event log until their streams are empty again.
 *
 * <p>It makes itself a daemon, in a session of its own, so Ctrl-C in the terminal does not reach it and it lives until
 * {@link #close}.
 */
final class EmbeddedRedis implements AutoCloseable {

    private static final String LOOPBACK = "127.0.0.1";
    private static final int MIN_MAJOR = 7;
    private static final int START_ATTEMPTS = 100;
    private static final long BETWEEN_ATTEMPTS_MILLIS = 50;
    private static final int SOCKET_TIMEOUT_MILLIS = 1_000;

    private final Path pidFile;
    private final int port;
    private final String password;

    private EmbeddedRedis(Path pidFile, int port, String password) {
        this.pidFile = pidFile;
        this.port = port;
        this.password = password;
    }

    /**
     * Starts the {@code redis-server} of the PATH if it is version 7 or newer, else the one (6.2) that comes as a Maven
     * artifact.
     *
     * @throws Refusal if it does not start, naming its log file
     */
    static EmbeddedRedis start(DataDirectory directory) {
        Path log = directory.path().resolve("redis.log");
        try {
            String password = directory.secret("redis.password");
            int port = freePort();
            Path settings = directory.path().resolve("redis.conf");
            DataDirectory.writePrivate(settings, settings(directory.path(), log, port, password));
            Process starter = new ProcessBuilder(program(directory.path()), settings.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.to(log.toFile()))
                    .start();
            EmbeddedRedis redis = new EmbeddedRedis(pidFile(directory.path()), port, password);
            if (starter.waitFor() != 0 || !redis.answers()) {
                throw new Refusal("The embedded Redis did not start; see " + log + ".");
            }
            return redis;
        } catch (IOException e) {
            throw new Refusal("The embedded Redis did not start; see " + log + ".", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Refusal("Interrupted while the embedded Redis started.");
        }
    }

    /** How to connect to it. */
    String url() {
        return "redis://:" + password + "@127.0.0.1:" + port;
    }

    /** Stops it. */
    @Override
    public void close() {
        Orphan.of(pidFile, "redis").ifPresent(Orphan::stop);
    }

    /** Where the running server writes its process id. */
    static Path pidFile(Path directory) {
        return directory.resolve("redis.pid");
    }

    private static String settings(Path directory, Path log, int port, String password) {
        return """
                bind 127.0.0.1
                port %d
                requirepass %s
                daemonize yes
                dir "%s"
                pidfile "%s"
                logfile "%s"
                save ""
                appendonly no
                maxmemory 1gb
                maxmemory-policy noeviction
                """.formatted(port, password, directory, pidFile(directory), log);
    }

    private static String program(Path directory) throws IOException, InterruptedException {
        Optional<Path> installed = Arrays.stream(
                        Optional.ofNullable(System.getenv("PATH")).orElse("").split(":", -1))
                .filter(part -> !part.isEmpty())
                .map(part -> Path.of(part, "redis-server"))
                .filter(Files::isExecutable)
                .findFirst();
        if (installed.isPresent() && major(installed.get()) >= MIN_MAJOR) {
            return installed.get().toString();
        }
        Path programs = Files.createDirectories(directory.resolve("programs"));
        return ExecutableProvider.newJarResourceProvider(programs.toFile())
                .get()
                .getAbsolutePath();
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

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral(LOOPBACK))) {
            return socket.getLocalPort();
        }
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
