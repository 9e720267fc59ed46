package io.infrafabric.launch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A real PostgreSQL from a Maven artifact (see {@link Programs}), with its data in {@code <data directory>/postgres}.
 * It listens on 127.0.0.1 only, at a free port, and from its first moment requires a password that only the owner of
 * the data directory can read.
 *
 * <p>{@code pg_ctl} starts it in a session of its own, so Ctrl-C in the terminal does not reach it and it lives until
 * {@link #close}. It uses a shell for this, so all its paths are relative to the data directory.
 */
final class EmbeddedPostgreSql implements EmbeddedServer {

    private static final String DATABASE = "s2";
    private static final String SUPERUSER = "postgres";
    private static final String HOME = "postgres";
    private static final String DRAFT = "postgres.new";
    private static final int TRIES_OF_DELETION = 5;
    private static final String LOG = "postgres.log";
    private static final String PASSWORD_FILE = "postgres.password";
    private static final String LOOPBACK = "127.0.0.1";
    private static final long INITDB_SECONDS = 120;
    /** After a crash it first reads what it had not yet written to its tables; pg_ctl ends at once if it fails. */
    private static final long START_SECONDS = 300;
    /** PostgreSQL numbers objects of its users from here on (FirstNormalObjectId in its access/transam.h). */
    private static final long FIRST_OWN_DATABASE = 16_384;

    private static final boolean UNSHARE = canUnshare();

    private final DataDirectory directory;
    private final Path programs;
    private final boolean durable;
    private final int port;
    private final String password;

    private EmbeddedPostgreSql(DataDirectory directory, Path programs, boolean durable, int port, String password) {
        this.directory = directory;
        this.programs = programs;
        this.durable = durable;
        this.port = port;
        this.password = password;
    }

    /**
     * Starts it; the first time, makes its files before.
     *
     * @param durable whether a commit waits for the disk; false only for throw-away data
     * @throws Refusal with the message in its log, if it does not start
     */
    static EmbeddedPostgreSql start(DataDirectory directory, Programs unpacked, boolean durable) {
        try {
            Path programs = unpacked.postgres();
            if (programs.toString().matches(".*[\"`$\\\\\\n].*")) {
                throw new Refusal("PostgreSQL cannot be started from " + programs
                        + ", because of a character in that path. Choose another directory with S2_CACHE_DIR.");
            }
            var server = new EmbeddedPostgreSql(
                    directory, programs, durable, FreePort.find(), directory.secret(PASSWORD_FILE));
            Files.deleteIfExists(server.log());
            server.makeFiles();
            server.startProgram();
            server.prepare();
            return server;
        } catch (IOException e) {
            throw new Refusal("The embedded PostgreSQL did not start.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Refusal("Interrupted while the embedded PostgreSQL started.");
        }
    }

    /** The address to connect to. */
    PostgresAddress address() {
        return new PostgresAddress("postgresql://" + LOOPBACK + ":" + port + "/" + DATABASE, DATABASE, password);
    }

    @Override
    public String name() {
        return "PostgreSQL";
    }

    @Override
    public boolean needsRoom() {
        return true;
    }

    @Override
    public void startAgain() throws IOException, InterruptedException {
        startProgram();
    }

    @Override
    public Optional<Orphan> running() {
        return running(directory.path());
    }

    /** The running server of this data directory, whoever started it. */
    static Optional<Orphan> running(Path directory) {
        Path home = directory.resolve(HOME);
        return Orphan.of(home.resolve("postmaster.pid"), "postgres", home);
    }

    /**
     * Makes files beside their place and then moves them there, so that a process that ends in between leaves nothing
     * that looks complete. Each process makes them in a directory of its own: the {@code initdb} of one that was killed
     * may still run, and it deletes its directory when it fails.
     */
    private void makeFiles() throws IOException, InterruptedException {
        Path home = directory.path().resolve(HOME);
        deleteHalfMade(home);
        deleteDrafts();
        if (Files.isDirectory(home)) {
            return;
        }
        String draft = DRAFT + "-" + ProcessHandle.current().pid();
        run(
                INITDB_SECONDS,
                "initdb",
                "--pgdata=" + draft,
                "--username=" + SUPERUSER,
                "--auth=scram-sha-256",
                "--pwfile=" + PASSWORD_FILE,
                "--encoding=UTF-8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8");
        Files.move(directory.path().resolve(draft), home);
    }

    /** Deletes what starts that were killed left behind. What a running {@code initdb} still writes is left to the next start. */
    private void deleteDrafts() throws IOException {
        List<Path> drafts;
        try (Stream<Path> files = Files.list(directory.path())) {
            drafts = files.filter(file -> file.getFileName().toString().startsWith(DRAFT))
                    .toList();
        }
        for (Path draft : drafts) {
            deleteIfQuiet(draft);
        }
    }

    private static void deleteIfQuiet(Path draft) throws IOException {
        for (int tries = 0; tries < TRIES_OF_DELETION; tries++) {
            try {
                Trees.delete(draft);
                return;
            } catch (DirectoryNotEmptyException _) {
                // Its writer was quicker.
            }
        }
    }

    private void startProgram() throws IOException, InterruptedException {
        List<String> options = new ArrayList<>(List.of("-p", Integer.toString(port)));
        for (String setting : List.of(
                "listen_addresses=" + LOOPBACK,
                "unix_socket_directories=",
                "max_connections=200",
                "shared_buffers=128MB",
                "fsync=" + (durable ? "on" : "off"),
                "synchronous_commit=" + (durable ? "on" : "off"),
                "timezone=UTC",
                "jit=off",
                "log_checkpoints=off")) {
            options.add("-c");
            options.add(setting);
        }
        run(
                START_SECONDS,
                "pg_ctl",
                "--pgdata=" + HOME,
                "--log=" + LOG,
                "--wait",
                "--timeout=" + START_SECONDS,
                "--options=" + String.join(" ", options),
                "start");
    }

    /** Runs one of its programs in the data directory, and refuses with its output if it fails. */
    private void run(long seconds, String program, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        if (needsOtherUser()) {
            command.addAll(List.of("unshare", "--user"));
        }
        command.add(programs.resolve("bin").resolve(program).toString());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.path().toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new Refusal("The embedded PostgreSQL did not start within " + seconds + " s; see " + log() + ".");
        }
        if (process.exitValue() != 0) {
            throw new Refusal(
                    "The embedded PostgreSQL did not start: " + lastWords() + " (the whole log is in " + log() + ")."
                            + (isRoot() && !UNSHARE && isAboutRoot()
                                    ? " PostgreSQL does not run as root, and `unshare --user` does not work here: "
                                            + "try an ordinary user."
                                    : ""));
        }
    }

    /** PostgreSQL refuses root, and a user without a name. A user namespace provides one. */
    private static boolean needsOtherUser() {
        return (isRoot() || "?".equals(System.getProperty("user.name"))) && UNSHARE;
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static boolean canUnshare() {
        try {
            return new ProcessBuilder("unshare", "--user", "true")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** The last complaint in its log, or its last line. */
    private String lastWords() throws IOException {
        List<String> lines = new String(Files.readAllBytes(log()), StandardCharsets.UTF_8)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
        return lines.stream()
                .filter(line -> line.matches(".*\\b(FATAL|PANIC|[Ee]rror):.*"))
                .reduce((_, later) -> later)
                .or(() -> lines.stream().reduce((_, later) -> later))
                .map(line -> line.replaceFirst("^.*?\\b(FATAL|PANIC|[Ee]rror): *", ""))
                .orElse("it said nothing");
    }

    /** Whether it said that it does not run as root: initdb and the server do so in different words. */
    private boolean isAboutRoot() throws IOException {
        return new String(Files.readAllBytes(log()), StandardCharsets.UTF_8)
                .matches("(?s).*(?:cannot be run as root|\"root\" execution).*");
    }

    private Path log() {
        return directory.path().resolve(LOG);
    }

    /**
     * Deletes what an interrupted first start left behind. It holds nothing of ours: our database is made after the
     * server first ran, and without it the server's directory holds only the files of {@code initdb}.
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

    /** Makes our role and database once, and then admits connections only over 127.0.0.1 with the password. */
    private void prepare() throws IOException {
        Path rules = directory.path().resolve(HOME).resolve("pg_hba.conf");
        String secured = "host all all 127.0.0.1/32 scram-sha-256\n";
        boolean before = Files.readString(rules).equals(secured);
        try (Connection connection = connect(before ? DATABASE : SUPERUSER);
                Statement statement = connection.createStatement()) {
            if (before) {
                return;
            }
            // We made the password; it consists of letters, digits, - and _.
            if (!exists(statement, "SELECT FROM pg_roles WHERE rolname = '" + DATABASE + "'")) {
                statement.execute("CREATE ROLE " + DATABASE + " LOGIN PASSWORD '" + password + "'");
            }
            if (!exists(statement, "SELECT FROM pg_database WHERE datname = '" + DATABASE + "'")) {
                statement.execute("CREATE DATABASE " + DATABASE + " OWNER " + DATABASE);
            }
            DataDirectory.writePrivate(rules, secured);
            statement.execute("SELECT pg_reload_conf()");
        } catch (SQLException e) {
            close();
            if ("28P01".equals(e.getSQLState())) {
                throw new Refusal("The data in " + directory.path() + " was made with a password other than the one in "
                        + directory.path().resolve(PASSWORD_FILE) + ". Put the old file back.");
            }
            throw new Refusal("The embedded PostgreSQL cannot be used; see " + log() + ".", e);
        }
    }

    /** Connects as this user, to the database of the same name. */
    private Connection connect(String user) throws SQLException {
        try {
            // Registers the driver itself, because drivers on the class path are found only through the class loader
            // that asked first.
            Class.forName("org.postgresql.Driver");
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
        return DriverManager.getConnection("jdbc:postgresql://" + LOOPBACK + ":" + port + "/" + user, user, password);
    }

    private static boolean exists(Statement statement, String query) throws SQLException {
        try (ResultSet rows = statement.executeQuery(query)) {
            return rows.next();
        }
    }
}
