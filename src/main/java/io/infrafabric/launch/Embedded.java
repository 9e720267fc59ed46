package io.infrafabric.launch;

import io.infrafabric.door.answer.OwnDisk;
import io.quarkus.runtime.Application;
import io.quarkus.runtime.Quarkus;
import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * The servers of this Java process, started at most once. Quarkus loads classes several times (development mode,
 * tests), so the mark "started" and the answers are system properties, which all class loaders share.
 *
 * <p>The servers are not children of this process's terminal: Ctrl-C ends only this process, which drains first and
 * stops them last, in a shutdown hook. After a {@code kill -9} they live on until the next start on the same data
 * directory, which stops them before it starts its own.
 */
final class Embedded {

    private static final Logger LOG = Logger.getLogger(Embedded.class);
    private static final long DRAIN_PATIENCE_SECONDS = 60;
    private static final Duration RESTARTS_WITHIN = Duration.ofMinutes(10);
    private static final Duration BETWEEN_RESTARTS = Duration.ofSeconds(1);

    /** The exit code when an embedded server cannot be kept running. */
    static final int SERVER_LOST = 3;

    private Embedded() {}

    /**
     * The answer to one of the {@link LaunchConfigSource} keys, or null if it has none. The first question starts the
     * servers that must be embedded.
     *
     * @param wrong what is wrong with settings, a sentence each
     * @throws Refusal if a setting is wrong, the given ones do not work together, or a server does not start
     */
    static String answer(String key, Given given, Supplier<List<String>> wrong) {
        // The one object that all class loaders of this process share, and that nobody else locks.
        synchronized (Runtime.getRuntime()) {
            if (System.getProperty(LaunchConfigSource.STARTED) == null) {
                tryToStart(given, wrong);
            }
            return System.getProperty(key);
        }
    }

    /** Only once: the configuration asks for key after key even if the first one was refused. */
    private static void tryToStart(Given given, Supplier<List<String>> wrong) {
        String refused = System.getProperty(LaunchConfigSource.REFUSED);
        if (refused != null) {
            throw new Refusal(refused);
        }
        try {
            List<String> sentences = wrong.get();
            if (!sentences.isEmpty()) {
                throw new Refusal(String.join("\n", sentences));
            }
            Machine.tooFewFiles().ifPresent(sentence -> {
                throw new Refusal(sentence);
            });
            start(given).forEach(System::setProperty);
        } catch (Refusal refusal) {
            System.setProperty(LaunchConfigSource.REFUSED, refusal.getMessage());
            throw refusal;
        }
    }

    private static Map<String, String> start(Given given) {
        Servers servers = Servers.choose(given);
        Map<String, String> answers = new LinkedHashMap<>();
        if (LaunchConfigSource.ALL_IN_ONE && servers.embedded()) {
            embed(servers, given, answers);
        }
        servers.postgres().ifPresent(address -> put(address, answers));
        servers.redisUrl().ifPresent(url -> answers.put(LaunchConfigSource.REDIS_URL, url));
        servers.redisCaFile()
                .ifPresent(file -> answers.putAll(Map.of(
                        LaunchConfigSource.REDIS_VERIFIED, "true", LaunchConfigSource.REDIS_CA_FILE, file.toString())));
        servers.amqpUrl().ifPresent(url -> answers.put(LaunchConfigSource.AMQP_URL, url));
        servers.amqpCaFile().ifPresent(file -> answers.put(LaunchConfigSource.AMQP_CA_FILE, file.toString()));
        answers.put(LaunchConfigSource.CHANNEL, servers.amqpUrl().isPresent() ? "amqp" : "redis");
        answers.put(LaunchConfigSource.STARTED, embeddedNames(servers));
        return answers;
    }

    private static void embed(Servers servers, Given given, Map<String, String> answers) {
        DataDirectory directory = given.throwAway()
                ? DataDirectory.takeFresh(given.dataDirectory())
                : DataDirectory.take(given.dataDirectory());
        directory.stopOrphans();
        Running running = new Running(directory, given.throwAway());
        Programs programs = Programs.of(given, directory.path());
        // Before the servers, so that if one fails to start, the other is not left behind.
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("s2-embedded-stop").unstarted(running::stop));
        try {
            startMissing(servers, given, directory, answers, running, programs);
        } catch (Refusal refusal) {
            throw Machine.noLoopback().map(Refusal::new).orElse(refusal);
        }
        answers.put(LaunchConfigSource.DIRECTORY, directory.path().toString());
        answers.put(LaunchConfigSource.OPERATOR_TOKEN, directory.secret("operator.token"));
    }

    private static void startMissing(
            Servers servers,
            Given given,
            DataDirectory directory,
            Map<String, String> answers,
            Running running,
            Programs programs) {
        if (servers.redisUrl().isEmpty()) {
            EmbeddedRedis redis = EmbeddedRedis.start(directory, programs);
            running.keep(redis, given.restarts());
            answers.put(LaunchConfigSource.REDIS_URL, redis.url());
        }
        if (servers.postgres().isEmpty()) {
            EmbeddedPostgreSql postgres = EmbeddedPostgreSql.start(directory, programs, !given.throwAway());
            running.keep(postgres, given.restarts());
            put(postgres.address(), answers);
        }
    }

    private static void put(PostgresAddress address, Map<String, String> answers) {
        answers.put(LaunchConfigSource.POSTGRES_URL, address.url());
        answers.put(LaunchConfigSource.POSTGRES_JDBC_URL, address.jdbcUrl());
        Encryption encryption = address.encryption();
        answers.put(LaunchConfigSource.POSTGRES_TRUST_ALL, Boolean.toString(encryption.trustsAll()));
        answers.put(LaunchConfigSource.POSTGRES_NAME_CHECK, encryption.nameCheck());
        encryption.authority().ifPresent(file -> {
            answers.put(LaunchConfigSource.POSTGRES_VERIFIED, "true");
            answers.put(LaunchConfigSource.POSTGRES_CA_FILE, file.toString());
        });
        answers.put(LaunchConfigSource.POSTGRES_USER, address.user());
        answers.put(LaunchConfigSource.POSTGRES_PASSWORD, address.password());
    }

    private static String embeddedNames(Servers servers) {
        return (servers.postgres().isEmpty() ? "postgres " : "")
                + (servers.redisUrl().isEmpty() ? "redis" : "");
    }

    /** What must be stopped at the end. The hook that refers to it keeps the lock of the directory open. */
    private static final class Running {

        private final DataDirectory directory;
        private final boolean throwAway;
        private final List<EmbeddedServer> servers = new CopyOnWriteArrayList<>();
        private volatile boolean stopping;

        Running(DataDirectory directory, boolean throwAway) {
            this.directory = directory;
            this.throwAway = throwAway;
        }

        /** Watches a server until this process ends, and restarts it when it ends by itself. */
        void keep(EmbeddedServer server, int restarts) {
            servers.add(server);
            watch(server, new Restarts(restarts, RESTARTS_WITHIN));
        }

        private void watch(EmbeddedServer server, Restarts restarts) {
            server.running()
                    .ifPresent(running -> Thread.ofPlatform()
                            .daemon()
                            .name("s2-embedded-watch")
                            .start(() -> {
                                running.process().onExit().join();
                                startAgain(server, restarts);
                            }));
        }

        private void startAgain(EmbeddedServer server, Restarts restarts) {
            String name = "The embedded " + server.name();
            while (!stopping) {
                awaitRoom(server);
                if (!restarts.allow(Instant.now())) {
                    giveUp(name + " keeps ending by itself; its log is in " + directory.path()
                            + ". The fabric stops: start it again when the cause is fixed.");
                    return;
                }
                LOG.warn(name + " has ended by itself; restarting it.");
                try {
                    server.startAgain();
                    LOG.info(name + " is back.");
                    watch(server, restarts);
                    return;
                } catch (IOException | Refusal e) {
                    LOG.warn(e.getMessage());
                    // The remains of the previous one may still hold its memory.
                    LockSupport.parkNanos(BETWEEN_RESTARTS.toNanos());
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }

        /** Waits for as long as the disk is full: starting again would not help, and it is not the server's fault. */
        private void awaitRoom(EmbeddedServer server) {
            File disk = directory.path().toFile();
            if (!server.needsRoom() || !OwnDisk.isFull(disk)) {
                return;
            }
            LOG.warn("The disk of " + disk + " is full, so the embedded " + server.name()
                    + " cannot run. It is started when there is room.");
            while (!stopping && OwnDisk.isFull(disk)) {
                LockSupport.parkNanos(BETWEEN_RESTARTS.toNanos());
            }
        }

        private static void giveUp(String sentence) {
            System.err.println(sentence);
            Quarkus.asyncExit(SERVER_LOST);
        }

        void stop() {
            awaitDrained();
            stopping = true;
            servers.forEach(EmbeddedServer::close);
            // A server that was interrupted during its start is known only by its process id.
            directory.stopOrphans();
            if (throwAway) {
                directory.delete();
            }
            directory.close();
        }

        /**
         * Shutdown hooks run in parallel, and draining still needs the servers. A server that failed to start counts as
         * shut down.
         */
        private static void awaitDrained() {
            Application application = Application.currentApplication();
            if (application == null) {
                return;
            }
            Thread waiting = Thread.ofPlatform().daemon().start(application::awaitShutdown);
            try {
                waiting.join(TimeUnit.SECONDS.toMillis(DRAIN_PATIENCE_SECONDS));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
