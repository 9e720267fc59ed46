package io.infrafabric.bench;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One database and one Redis database on the servers of the run: what one installation of the fabric, or one floor, stands
 * on. Or one database and the broker of AMQP, which there is once.
 *
 * @param database its name on the PostgreSQL
 * @param redis its number on the Redis
 * @param amqp whether the broker carries the events
 */
record Ground(String database, int redis, boolean amqp) {
    private static final URI POSTGRES = URI.create(variable("BENCH_POSTGRES_URL"));
    private static final String REDIS = variable("BENCH_REDIS_URL");
    private static final String USER = System.getenv().getOrDefault("S2_POSTGRES_USER", "postgres");
    private static final String PASSWORD = System.getenv().getOrDefault("S2_POSTGRES_PASSWORD", "");
    private static final long PATIENCE_SECONDS = 180;
    /** For the plain consumer, with which a bus on AMQP is compared. */
    private static final int REDIS_BESIDE_AMQP = 5;

    Ground(String database, int redis) {
        this(database, redis, false);
    }

    /** One that is there already, with the broker of AMQP. */
    static Ground onAmqp(String database) {
        return new Ground(database, REDIS_BESIDE_AMQP, true);
    }

    /** Makes both anew, empty. */
    static Ground fresh(String name, int redis) {
        return made(new Ground("s2_bench_" + name, redis));
    }

    /** Makes the database anew, empty, for the broker of AMQP. */
    static Ground freshOnAmqp(String name) {
        return made(onAmqp("s2_bench_" + name));
    }

    private static Ground made(Ground ground) {
        try (Connection connection = DriverManager.getConnection(jdbc("postgres"), USER, PASSWORD);
                Statement statement = connection.createStatement()) {
            statement.execute("DROP DATABASE IF EXISTS " + ground.database + " WITH (FORCE)");
            statement.execute("CREATE DATABASE " + ground.database);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        Vertx vertx = Vertx.vertx();
        try {
            await(ground.redis(vertx).send(Request.cmd(Command.FLUSHDB)));
        } finally {
            await(vertx.close());
        }
        return ground;
    }

    /** The settings that make a fabric use it, as environment variables. */
    Map<String, String> environment() {
        Map<String, String> settings = new HashMap<>();
        settings.put(
                "S2_POSTGRES_URL",
                "postgresql://" + POSTGRES.getHost() + ":" + POSTGRES.getPort() + "/" + database);
        settings.put("S2_POSTGRES_USER", USER);
        settings.put(amqp ? "S2_AMQP_URL" : "S2_REDIS_URL", channelUrl());
        if (!PASSWORD.isEmpty()) {
            settings.put("S2_POSTGRES_PASSWORD", PASSWORD);
        }
        return settings;
    }

    /** The same as configuration keys. */
    Map<String, String> configuration() {
        Map<String, String> settings = new HashMap<>();
        settings.put("s2.postgres.url", environment().get("S2_POSTGRES_URL"));
        settings.put("s2.postgres.user", USER);
        settings.put(amqp ? "s2.amqp.url" : "s2.redis.url", channelUrl());
        // Somebody else may run tests on the usual port.
        settings.put("quarkus.http.test-port", "0");
        settings.put("s2.jwt-key-file", Fabric.tokens().keyFile().toString());
        if (!PASSWORD.isEmpty()) {
            settings.put("s2.postgres.password", PASSWORD);
        }
        return settings;
    }

    /** {@code postgres://user:password@host:port/database}. */
    String postgresUrl() {
        String login = PASSWORD.isEmpty() ? USER : USER + ":" + PASSWORD;
        return "postgres://" + login + "@" + POSTGRES.getHost() + ":" + POSTGRES.getPort() + "/" + database;
    }

    /** The port of the Redis. */
    static int redisPort() {
        return URI.create(REDIS).getPort();
    }

    /** A pool of connections; the caller closes it. */
    Pool pool(Vertx vertx, int connections) {
        return PgBuilder.pool()
                .connectingTo(new PgConnectOptions()
                        .setHost(POSTGRES.getHost())
                        .setPort(POSTGRES.getPort())
                        .setUser(USER)
                        .setPassword(PASSWORD)
                        .setDatabase(database)
                        .setCachePreparedStatements(true))
                .with(new PoolOptions().setMaxSize(connections))
                .using(vertx)
                .build();
    }

    /** A client of the Redis; it ends with {@code vertx}. */
    Redis redis(Vertx vertx) {
        return Redis.createClient(vertx, new RedisOptions().setConnectionString(redisUrl()));
    }

    /** Sends one command. */
    static Response redis(Redis client, Command command, String... arguments) {
        Request request = Request.cmd(command);
        for (String argument : arguments) {
            request.arg(argument);
        }
        return await(client.send(request));
    }

    /** What the future comes to, within three minutes. */
    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Does nothing for that long. */
    static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private String channelUrl() {
        return amqp ? variable("BENCH_AMQP_URL") : redisUrl();
    }

    private String redisUrl() {
        return REDIS + "/" + redis;
    }

    private static String jdbc(String database) {
        return "jdbc:postgresql://" + POSTGRES.getHost() + ":" + POSTGRES.getPort() + "/" + database;
    }

    private static String variable(String name) {
        String value = System.getenv(name);
        if (value == null || value.isBlank()) {
            throw new IllegalStateException(name + " is not set: run this through bench/run");
        }
        return value;
    }
}
