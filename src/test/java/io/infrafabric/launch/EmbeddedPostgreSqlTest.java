package io.infrafabric.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedPostgreSqlTest {

    @TempDir
    Path parent;

    private final Programs programs =
            Programs.of(Given.read(Map.of("s2.cache-dir", "target/programs")::get, true), Path.of("target"));

    @Test
    void asksForThePasswordFromItsFirstMoment() throws Exception {
        try (DataDirectory directory = DataDirectory.take(parent.resolve("data"))) {
            Path rules = directory.path().resolve("postgres").resolve("pg_hba.conf");
            var started = CompletableFuture.supplyAsync(() -> EmbeddedPostgreSql.start(directory, programs, false));
            Set<String> methods = new TreeSet<>();
            while (!started.isDone()) {
                methods.addAll(methods(rules));
            }
            try (EmbeddedPostgreSql server = started.get()) {
                methods.addAll(methods(rules));

                assertThat(methods).containsExactly("scram-sha-256");
                assertThatThrownBy(() -> connect(server, "postgres", ""))
                        .isInstanceOf(SQLException.class)
                        .hasMessageContaining("password");
                String password = server.address().password();
                connect(server, "postgres", password).close();
                connect(server, server.address().user(), password).close();
            }
        }
    }

    @Test
    void startsOverWhereAFirstStartWasCutShort() throws Exception {
        try (DataDirectory directory = DataDirectory.take(parent.resolve("data"))) {
            Path data = Files.createDirectories(directory.path().resolve("postgres"));
            Files.writeString(data.resolve("PG_VERSION"), "18\n");
            Files.writeString(data.resolve("postgresql.conf"), "");
            Files.createDirectories(data.resolve("base").resolve("1"));
            try (EmbeddedPostgreSql server = EmbeddedPostgreSql.start(directory, programs, false)) {
                connect(server, server.address().user(), server.address().password())
                        .close();
            }
        }
    }

    @Test
    void keepsADirectoryThatHoldsADatabaseOfOurs() throws IOException {
        Path made =
                Files.createDirectories(parent.resolve("made").resolve("base").resolve("16385"));
        Path halfMade =
                Files.createDirectories(parent.resolve("half").resolve("base").resolve("5"));
        EmbeddedPostgreSql.deleteHalfMade(parent.resolve("made"));
        EmbeddedPostgreSql.deleteHalfMade(parent.resolve("half"));
        EmbeddedPostgreSql.deleteHalfMade(parent.resolve("none"));

        assertThat(made).exists();
        assertThat(halfMade).doesNotExist();
    }

    @Test
    void saysInOneSentenceWhatIsWrong() throws IOException {
        try (DataDirectory directory = DataDirectory.take(parent.resolve("data"))) {
            EmbeddedPostgreSql.start(directory, programs, false).close();

            Path password = directory.path().resolve("postgres.password");
            String kept = Files.readString(password);
            Files.delete(password);
            assertThatThrownBy(() -> EmbeddedPostgreSql.start(directory, programs, false))
                    .isInstanceOf(Refusal.class)
                    .hasMessageContainingAll("a password other than the one in ", password.toString());
            assertThat(EmbeddedPostgreSql.running(directory.path())).isEmpty();

            Files.writeString(password, kept);
            Path version = directory.path().resolve("postgres").resolve("PG_VERSION");
            Files.writeString(version, "99\n");
            assertThatThrownBy(() -> EmbeddedPostgreSql.start(directory, programs, false))
                    .isInstanceOf(Refusal.class)
                    .hasMessageContainingAll("did not start: database files are incompatible", "postgres.log");
        }
    }

    @Test
    void startsInAnyDirectory() throws Exception {
        String name = "with spaces, `touch harm`, $(touch harm), quo\"te, back\\slash and ümläut";
        try (DataDirectory directory = DataDirectory.take(parent.resolve(name));
                EmbeddedPostgreSql server = EmbeddedPostgreSql.start(directory, programs, false);
                EmbeddedRedis redis = EmbeddedRedis.start(directory, programs)) {
            connect(server, server.address().user(), server.address().password())
                    .close();
            assertThat(redis.running()).isPresent();
            assertThat(parent.resolve(name).resolve("harm")).doesNotExist();
        }
    }

    @Test
    void unpacksAnewWhatWasChanged() throws IOException {
        Path cache = parent.resolve("cache");
        Programs own = Programs.of(Given.read(Map.of("s2.cache-dir", cache.toString())::get, true), parent);
        Path initdb = own.postgres().resolve("bin").resolve("initdb");
        byte[] before = Files.readAllBytes(initdb);
        Files.writeString(initdb, "#!/bin/sh\necho harm");

        assertThat(Files.readAllBytes(own.postgres().resolve("bin").resolve("initdb")))
                .isEqualTo(before);

        Files.setPosixFilePermissions(own.root(), PosixFilePermissions.fromString("rwxrwxrwx"));
        Path foreign = Files.createDirectory(own.root().resolve("postgres-foreign"));
        Programs.of(Given.read(Map.of("s2.cache-dir", cache.toString())::get, true), parent);
        assertThat(foreign).doesNotExist();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(own.root())))
                .isEqualTo("rwx------");
    }

    @Test
    void leavesRedisToTheRunThatExecutesIt() throws IOException {
        Programs own = Programs.of(
                Given.read(Map.of("s2.cache-dir", parent.resolve("cache").toString())::get, true), parent);
        Path program = own.redis();
        byte[] before = Files.readAllBytes(program);
        Object file = Files.readAttributes(program, BasicFileAttributes.class).fileKey();

        assertThat(own.redis()).isEqualTo(program);
        assertThat(Files.readAttributes(program, BasicFileAttributes.class).fileKey())
                .isEqualTo(file);

        Files.writeString(program, "#!/bin/sh\necho harm");
        assertThat(own.redis()).isEqualTo(program).hasBinaryContent(before).isExecutable();
    }

    /** How those are authenticated who are let in: the last word of each rule. */
    private static Set<String> methods(Path rules) throws IOException {
        var methods = new TreeSet<String>();
        try {
            for (String line : Files.readAllLines(rules)) {
                // initdb makes the file from a template with @authmethod…@ in it, before any server runs.
                if (line.startsWith("host") || line.startsWith("local")) {
                    methods.add(line.strip().replaceAll(".*\\s", ""));
                }
            }
        } catch (NoSuchFileException _) {
            // Not there yet.
        }
        methods.removeIf(String::isEmpty);
        return methods;
    }

    private static Connection connect(EmbeddedPostgreSql server, String user, String password) throws SQLException {
        return DriverManager.getConnection("jdbc:" + server.address().url(), user, password);
    }
}
