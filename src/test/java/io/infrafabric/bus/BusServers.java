package io.infrafabric.bus;

import io.infrafabric.broker.Signal;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.flywaydb.core.Flyway;
import redis.embedded.RedisServer;

/** A PostgreSQL and a Redis of the JVM of the tests, which live as long as it does. */
final class BusServers {
    private static final String TEMPLATE = "bus_template";
    private static final AtomicInteger DATABASES = new AtomicInteger();
    private static EmbeddedPostgres postgres;
    private static RedisServer redisServer;
    private static int redisPort;
    private static ProcessHandle redisProcess;

    /** Starts both if need be, and makes a database with all tables; gives its name. */
    static String freshDatabase() {
        start();
        String database = "bus_" + DATABASES.incrementAndGet();
        // Copying takes a tenth of the time that the migrations take.
        execute("postgres", "CREATE DATABASE " + database + " TEMPLATE " + TEMPLATE);
        // Otherwise the first sweep would find that nothing ran since the template was made.
        execute(database, "UPDATE bus_pulse SET at = now()");
        return database;
    }

    private static void execute(String database, String sql) {
        try (var connection = postgres.getDatabase("postgres", database).getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
    }

    static int postgresPort() {
        return postgres.getPort();
    }

    static int redisPort() {
        return redisPort;
    }

    /** Sends a signal to the process of Redis. */
    static void signalRedis(Signal signal) {
        signal.send(List.of(redisProcess));
    }

    /** Starts Redis anew, with nothing in it, after it was killed. */
    static void restartRedis() {
        try {
            redisServer.stop();
            redisServer.start();
            redisProcess = whoListens(redisPort);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Redis says so itself: the JVM of the tests may have started others, which look the same. */
    private static ProcessHandle whoListens(int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                BufferedReader answer =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))) {
            socket.getOutputStream().write("INFO server\r\n".getBytes(StandardCharsets.US_ASCII));
            String line = answer.readLine();
            while (!line.startsWith("process_id:")) {
                line = answer.readLine();
            }
            return ProcessHandle.of(Long.parseLong(line.substring("process_id:".length())))
                    .orElseThrow();
        }
    }

    private static synchronized void start() {
        if (postgres != null) {
            return;
        }
        try (ServerSocket free = new ServerSocket(0)) {
            redisPort = free.getLocalPort();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        try {
            postgres = EmbeddedPostgres.start();
            redisServer = RedisServer.newRedisServer()
                    .port(redisPort)
                    .setting("bind 127.0.0.1")
                    .build();
            redisServer.start();
            redisProcess = whoListens(redisPort);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        execute("postgres", "CREATE DATABASE " + TEMPLATE);
        Flyway.configure()
                .dataSource(postgres.getDatabase("postgres", TEMPLATE))
                .load()
                .migrate();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                redisServer.stop();
                postgres.close();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }));
    }

    private BusServers() {}
}
