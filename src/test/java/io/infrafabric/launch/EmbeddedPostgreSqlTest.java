package io.infrafabric.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedPostgreSqlTest {

    @TempDir
    Path parent;

    @Test
    void asksForThePasswordFromItsFirstMoment() throws Exception {
        try (DataDirectory directory = DataDirectory.take(parent.resolve("data"))) {
            Path rules = directory.path().resolve("postgres").resolve("pg_hba.conf");
            var started = CompletableFuture.supplyAsync(() -> EmbeddedPostgreSql.start(directory, false));
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
    void startsOverWhereAFirstStartWasCutShort() throws IOException, SQLException {
        try (DataDirectory directory = DataDirectory.take(parent.resolve("data"))) {
            Path data = Files.createDirectories(directory.path().resolve("postgres"));
            Files.writeString(data.resolve("PG_VERSION"), "18\n");
            Files.writeString(data.resolve("postgresql.conf"), "");
            Files.createDirectories(data.resolve("base").resolve("1"));
            try (EmbeddedPostgreSql server = EmbeddedPostgreSql.start(directory, false)) {
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
