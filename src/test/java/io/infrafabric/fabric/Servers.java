package io.infrafabric.fabric;

import io.infrafabric.broker.Broker;
import io.infrafabric.broker.Signal;
import io.infrafabric.launch.FreePort;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import redis.embedded.core.ExecutableProvider;

/**
 * A PostgreSQL and a Redis of one test (with {@code -Ds2.test.channel=amqp} a broker of AMQP in the place of Redis), for several
 * processes of the fabric: each can be stopped and started again on the same port (and, PostgreSQL, with its data). Commits are durable, as in production. Not safe for use by several threads.
 */
public final class Servers implements AutoCloseable {

    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    private static final String LOOPBACK_TEXT = "127.0.0.1";
    private static final String DATABASE = "s2";
    private static final String USER = "postgres";
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private static volatile boolean alwaysAmqp;

    private final boolean amqp = isOnAmqp();
    private final Path directory;
    private final int postgresPort;
    private final int redisPort;
    private EmbeddedPostgres postgres;
    private Process redis;
    private Broker broker;

    private Servers(Path directory) throws IOException {
        this.directory = directory;
        this.postgresPort = FreePort.find();
        this.redisPort = FreePort.find();
    }

    /** Starts both, empty, with their files in a directory of their own below {@code target/}. */
    public static Servers start() {
        try {
            Path parent = Files.createDirectories(Path.of("target", "servers").toAbsolutePath());
            Servers servers = new Servers(Files.createTempDirectory(parent, "s"));
            servers.startRedis();
            servers.startPostgres();
            try (Connection connection = servers.connect("postgres");
                    Statement statement = connection.createStatement()) {
                statement.execute("CREATE DATABASE " + DATABASE);
            }
            return servers;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Has servers that are started from now on be with a broker of AMQP, whatever this run is on; or no more. */
    public static void useAmqp(boolean amqp) {
        alwaysAmqp = amqp;
    }

    /** Whether a broker of AMQP takes the place of Redis in servers that are started now. */
    public static boolean isOnAmqp() {
        return alwaysAmqp || "amqp".equals(System.getProperty("s2.test.channel"));
    }

    /** The broker, if there is one in the place of Redis. */
    public Optional<Broker> broker() {
        return Optional.ofNullable(broker);
    }

    /** The settings that give them to a {@link FabricProcess}. */
    public Map<String, String> settings() {
        return Map.of(
                "S2_POSTGRES_URL",
                "postgresql://" + LOOPBACK_TEXT + ":" + postgresPort + "/" + DATABASE,
                "S2_POSTGRES_USER",
                USER,
                channelVariable(),
                amqp ? broker.url() : redisUrl());
    }

    /** What the fabric calls the one that carries events, where it says what it does without: {@code redis} or {@code amqp}. */
    public String channelName() {
        return amqp ? "amqp" : "redis";
    }

    /** Where it listens, on this machine. */
    public int channelPort() {
        return amqp ? broker.port() : redisPort;
    }

    /** The setting that has it be reached by another port of this machine, such as that of a line to it. */
    public Map<String, String> channelBy(int port) {
        return Map.of(channelVariable(), channelName() + "://" + LOOPBACK_TEXT + ":" + port);
    }

    /** The same, where that port is one of TLS: the server's name is then {@code localhost}. */
    public Map<String, String> channelByTls(int port, Path authority) {
        return Map.of(
                channelVariable(),
                channelName() + "s://localhost:" + port,
                amqp ? "S2_AMQP_CA_FILE" : "S2_REDIS_CA_FILE",
                authority.toString());
    }

    /** The variable of {@link #settings} that says where it is. */
    public String channelVariable() {
        return amqp ? "S2_AMQP_URL" : "S2_REDIS_URL";
    }

    /** {@code redis://127.0.0.1:port}. */
    public String redisUrl() {
        return "redis://" + LOOPBACK_TEXT + ":" + redisPort;
    }

    /** Opens a connection to the fabric's database; the caller closes it. */
    public Connection connect() throws SQLException {
        return connect(DATABASE);
    }

    /** Stops PostgreSQL; its clients lose their connections. */
    public void stopPostgres() {
        try {
            postgres.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts PostgreSQL (again) and waits until it answers. */
    public void startPostgres() {
        startPostgres(postgresPort);
    }

    /** SIGSTOP for all processes of PostgreSQL: it keeps its connections, accepts new ones, and answers nothing. */
    public void freezePostgres() {
        signalPostgres(Signal.STOP);
    }

    /** SIGCONT: it goes on. */
    public void thawPostgres() {
        signalPostgres(Signal.CONT);
    }

    private void signalPostgres(Signal signal) {
        try {
            Path pids = directory.resolve("postgres").resolve("postmaster.pid");
            long id = Long.parseLong(Files.readAllLines(pids).getFirst().strip());
            ProcessHandle postmaster = ProcessHandle.of(id).orElseThrow();
            signal.send(Stream.concat(Stream.of(postmaster), postmaster.descendants())
                    .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs these statements while PostgreSQL is stopped, for all who know its port: it runs meanwhile, on another one. */
    public void changeStoppedPostgres(String... statements) {
        try {
            int port = FreePort.find();
            startPostgres(port);
            try (Connection connection = connect(port, DATABASE);
                    Statement statement = connection.createStatement()) {
                for (String each : statements) {
                    statement.execute(each);
                }
            } finally {
                stopPostgres();
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private void startPostgres(int port) {
        ProcessBuilder.Redirect log = ProcessBuilder.Redirect.appendTo(
                directory.resolve("postgres.log").toFile());
        try {
            postgres = EmbeddedPostgres.builder()
                    .setDataDirectory(directory.resolve("postgres"))
                    .setCleanDataDirectory(false)
                    .setPort(port)
                    .setPGStartupWait(PATIENCE)
                    .setOutputRedirector(log)
                    .setErrorRedirector(log)
                    .setServerConfig("listen_addresses", LOOPBACK_TEXT)
                    .setServerConfig("unix_socket_directories", "")
                    .setServerConfig("max_connections", "200")
                    .setServerConfig("fsync", "on")
                    .setServerConfig("synchronous_commit", "on")
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Stops Redis, or kills the broker; everything in it is gone. */
    public void stopRedis() {
        if (amqp) {
            broker.kill();
            return;
        }
        try {
            redis.destroy();
            if (!redis.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("Redis does not stop");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void startBroker() {
        if (broker == null) {
            broker = Broker.artemis();
        } else {
            broker.startAgain();
        }
    }

    /** Starts Redis or the broker (again), empty, and waits until it answers. */
    public void startRedis() {
        if (amqp) {
            startBroker();
            return;
        }
        try {
            String program = ExecutableProvider.newJarResourceProvider(directory.toFile())
                    .get()
                    .getAbsolutePath();
            redis = new ProcessBuilder(
                            program,
                            "--bind",
                            LOOPBACK_TEXT,
                            "--port",
                            Integer.toString(redisPort),
                            "--dir",
                            directory.toString(),
                            "--save",
                            "",
                            "--appendonly",
                            "no")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            directory.resolve("redis.log").toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Awaitility.await("Redis answers")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .until(() -> "+PONG".equals(redis("PING")));
    }

    /** Deletes everything in Redis, or in the broker. */
    public void flushRedis() {
        if (amqp) {
            broker.purge();
            return;
        }
        String answer = redis("FLUSHALL");
        if (!"+OK".equals(answer)) {
            throw new IllegalStateException("FLUSHALL: " + answer);
        }
    }

    /** Stops both. */
    @Override
    public void close() {
        if (amqp) {
            broker.close();
        } else if (redis.isAlive()) {
            stopRedis();
        }
        stopPostgres();
    }

    private Connection connect(String database) throws SQLException {
        return connect(postgresPort, database);
    }

    private static Connection connect(int port, String database) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://" + LOOPBACK_TEXT + ":" + port + "/" + database, USER, "");
    }

    private String redis(String command) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(LOOPBACK, redisPort));
            socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
            StringBuilder line = new StringBuilder();
            for (int letter = socket.getInputStream().read();
                    letter > 0 && letter != '\r';
                    letter = socket.getInputStream().read()) {
                line.append((char) letter);
            }
            return line.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
