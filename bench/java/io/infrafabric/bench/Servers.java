package io.infrafabric.bench;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import redis.embedded.core.ExecutableProvider;

/**
 * The program that starts the servers of a run: PostgreSQL with the defaults that matter (fsync, synchronous commits), Redis
 * with an append-only file that is synced every second, and Artemis with nothing on disk. What {@code S2_POSTGRES_URL} and {@code S2_REDIS_URL} give is
 * used instead. Their addresses go to the file that is its only argument, as lines for a shell; the servers stop when its
 * input ends.
 */
public final class Servers {
    private static final String LOOPBACK = "127.0.0.1";
    private static final Pattern REDIS_VERSION = Pattern.compile("v=(\\d+)\\.");
    private static final int LEAST_REDIS = 7;

    private Servers() {}

    /** Starts the servers, and waits until its input ends. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path file = Path.of(arguments[0]).toAbsolutePath();
        Path directory = Files.createTempDirectory(file.getParent(), "servers");
        String redisUrl = System.getenv("S2_REDIS_URL");
        String postgresUrl = System.getenv("S2_POSTGRES_URL");
        Process redis = null;
        EmbeddedPostgres postgres = null;
        int amqpPort = freePort();
        int commandsPort = freePort();
        Process broker = startBroker(directory, amqpPort, commandsPort);
        try {
            if (redisUrl == null) {
                int port = freePort();
                redis = startRedis(directory, port);
                redisUrl = "redis://" + LOOPBACK + ":" + port;
            }
            if (postgresUrl == null) {
                postgres = startPostgres(directory);
                postgresUrl = "postgresql://" + LOOPBACK + ":" + postgres.getPort() + "/postgres";
            }
            tell(file, postgresUrl, redisUrl, amqpPort, commandsPort);
            while (System.in.read() >= 0) {
                // The starter holds the other end, and closes it when all is measured (or when it dies).
            }
        } finally {
            // Also if a server does not start or answer: the other one must not outlive this program.
            broker.destroy();
            stop(postgres, redis);
        }
    }

    private static void tell(Path file, String postgresUrl, String redisUrl, int amqpPort, int commandsPort)
            throws IOException {
        Path written = Files.writeString(
                file.resolveSibling(file.getFileName() + ".new"),
                "BENCH_POSTGRES_URL=" + postgresUrl + "\nBENCH_REDIS_URL=" + redisUrl + "\nBENCH_AMQP_URL=amqp://"
                        + LOOPBACK + ":" + amqpPort + "\nBENCH_AMQP_COMMANDS=" + commandsPort + "\nBENCH_SERVERS='"
                        + describePostgres(postgresUrl) + "; " + describeRedis(redisUrl)
                        + "; Artemis (nothing on disk)'\n");
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void stop(EmbeddedPostgres postgres, Process redis) throws IOException, InterruptedException {
        try {
            if (postgres != null) {
                postgres.close();
            }
        } finally {
            if (redis != null) {
                redis.destroy();
                redis.waitFor();
            }
        }
    }

    private static String describePostgres(String url) {
        String user = System.getenv().getOrDefault("S2_POSTGRES_USER", "postgres");
        String password = System.getenv().getOrDefault("S2_POSTGRES_PASSWORD", "");
        try (Connection connection = DriverManager.getConnection("jdbc:" + url, user, password);
                Statement statement = connection.createStatement();
                ResultSet answer = statement.executeQuery("SELECT format('PostgreSQL %s (fsync %s, synchronous_commit"
                        + " %s)', current_setting('server_version'), current_setting('fsync'),"
                        + " current_setting('synchronous_commit'))")) {
            answer.next();
            return answer.getString(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String describeRedis(String url) {
        Vertx vertx = Vertx.vertx();
        try {
            return Redis.createClient(vertx, url)
                    .send(Request.cmd(Command.INFO))
                    .map(info -> {
                        Matcher version = Pattern.compile("redis_version:(\\S+)").matcher(info.toString());
                        Matcher file = Pattern.compile("aof_enabled:(\\d)").matcher(info.toString());
                        return "Redis " + (version.find() ? version.group(1) : "?")
                                + (file.find() && "1".equals(file.group(1)) ? " (append-only file)" : "");
                    })
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join();
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    private static EmbeddedPostgres startPostgres(Path directory) throws IOException {
        ProcessBuilder.Redirect log = ProcessBuilder.Redirect.appendTo(
                directory.resolve("postgres.log").toFile());
        return EmbeddedPostgres.builder()
                .setDataDirectory(directory.resolve("postgres"))
                .setCleanDataDirectory(true)
                .setPGStartupWait(Duration.ofMinutes(1))
                .setOutputRedirector(log)
                .setErrorRedirector(log)
                .setServerConfig("listen_addresses", LOOPBACK)
                .setServerConfig("unix_socket_directories", "")
                .setServerConfig("max_connections", "200")
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                // The bus section asks when a transaction was committed, by the clock of the database.
                .setServerConfig("track_commit_timestamp", "on")
                .start();
    }

    /** It ends with its input, and so with this program. */
    private static Process startBroker(Path directory, int port, int commandsPort) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-Xmx512m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.infrafabric.broker.BrokerProcess",
                        Integer.toString(port),
                        directory.toString(),
                        Integer.toString(commandsPort))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("broker.log").toFile()))
                .start();
    }

    private static Process startRedis(Path directory, int port) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                redisProgram(directory),
                "--bind",
                LOOPBACK,
                "--port",
                Integer.toString(port),
                "--dir",
                directory.toString(),
                "--save",
                "",
                "--appendonly",
                "yes",
                "--appendfsync",
                "everysec");
        return builder.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("redis.log").toFile()))
                .start();
    }

    /** The one on the PATH if it is new enough, else the embedded one. */
    private static String redisProgram(Path directory) throws IOException, InterruptedException {
        try {
            Process asked = new ProcessBuilder("redis-server", "--version").start();
            String answer = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            asked.waitFor();
            Matcher version = REDIS_VERSION.matcher(answer);
            if (version.find() && Integer.parseInt(version.group(1)) >= LEAST_REDIS) {
                return "redis-server";
            }
        } catch (IOException notThere) {
            System.err.println("No redis-server on the PATH, so the embedded one is used");
        }
        return ExecutableProvider.newJarResourceProvider(directory.toFile())
                .get()
                .getAbsolutePath();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral(LOOPBACK))) {
            return socket.getLocalPort();
        }
    }
}
