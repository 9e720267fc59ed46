package io.infrafabric.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.fabric.FabricProcess;
import io.infrafabric.fabric.Servers;
import io.infrafabric.fabric.Tokens;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * PostgreSQL and Redis, or a broker of AMQP, behind TLS with a private authority. {@code migrate} talks to PostgreSQL with both clients: JDBC
 * applies the migrations, and the reactive one looks at them.
 */
@Tag("proof")
class EncryptedServersIT {

    private static Path directory;
    private static Certificates certificates;
    private static Certificates others;
    private static EmbeddedPostgres postgres;

    @BeforeAll
    static void start() throws Exception {
        Path parent = Files.createDirectories(Path.of("target", "encrypted-it").toAbsolutePath());
        directory = Files.createTempDirectory(parent, "d");
        certificates = Certificates.make(directory.resolve("ours"));
        others = Certificates.make(directory.resolve("others"));
        ProcessBuilder.Redirect log = ProcessBuilder.Redirect.appendTo(
                directory.resolve("postgres.log").toFile());
        postgres = EmbeddedPostgres.builder()
                .setDataDirectory(directory.resolve("postgres"))
                .setOutputRedirector(log)
                .setErrorRedirector(log)
                .setServerConfig("listen_addresses", "127.0.0.1")
                .setServerConfig("unix_socket_directories", "")
                .setServerConfig("ssl", "on")
                .setServerConfig("ssl_cert_file", certificates.certificate().toString())
                .setServerConfig("ssl_key_file", certificates.key().toString())
                .start();
        Path rules = directory.resolve("postgres").resolve("pg_hba.conf");
        Files.writeString(rules, "hostssl all all 127.0.0.1/32 trust\n");
        try (var connection = postgres.getPostgresDatabase(Map.of("sslmode", "require"))
                        .getConnection();
                var statement = connection.createStatement()) {
            statement.execute("SELECT pg_reload_conf()");
        }
    }

    @AfterAll
    static void stop() throws IOException {
        postgres.close();
    }

    @Test
    void bothClientsCheckAuthorityAndName() {
        assertMigrates("verified", migrating("localhost", "", certificates));
    }

    @Test
    void bothClientsEncryptWithoutChecking() {
        assertMigrates("required", migrating("localhost", "?sslmode=require", null));
        assertMigrates("authority", migrating("127.0.0.1", "?sslmode=verify-ca", certificates));
    }

    @Test
    void anotherAuthorityOrAnotherNameIsRefused() {
        assertRefused("unknown-authority", migrating("localhost", "?sslmode=verify-full", others));
        assertRefused("unknown-name", migrating("127.0.0.1", "?sslmode=verify-full", certificates));
    }

    @Test
    void runsOnAChannelBehindTls() throws Exception {
        try (Servers servers = Servers.start();
                Proxy proxy = Proxy.before(servers.channelPort())) {
            Tokens tokens = Tokens.make(directory.resolve("tokens"));
            Map<String, String> settings = new HashMap<>(servers.settings());
            settings.putAll(tokens.settings());
            settings.putAll(servers.channelByTls(proxy.port(), certificates.authority()));
            try (FabricProcess fabric =
                    FabricProcess.launch("channel-tls", settings).awaitReady()) {
                assertThat(fabric.log()).doesNotContain("WARN");
                // The reader of the channel has connected, too.
                Awaitility.await()
                        .untilAsserted(() -> assertThat(proxy.connections()).isGreaterThan(1));
                assertThat(fabric.log()).doesNotContain("WARN");
            }
        }
    }

    private static Map<String, String> migrating(String host, String parameters, Certificates trusted) {
        Map<String, String> settings = new HashMap<>();
        settings.put(FabricProcess.ARGUMENT, Migration.ARGUMENT);
        settings.put("S2_POSTGRES_URL", "postgresql://" + host + ":" + postgres.getPort() + "/postgres" + parameters);
        settings.put("S2_POSTGRES_USER", "postgres");
        if (trusted != null) {
            settings.put("S2_POSTGRES_CA_FILE", trusted.authority().toString());
        }
        return settings;
    }

    private static void assertMigrates(String name, Map<String, String> settings) {
        try (FabricProcess migration = FabricProcess.launch("tls-" + name, settings)) {
            assertThat(migration.awaitEnd()).as(migration.log()).isZero();
            assertThat(migration.log()).contains("The schema is complete in ");
        }
    }

    private static void assertRefused(String name, Map<String, String> settings) {
        try (FabricProcess migration = FabricProcess.launch("tls-" + name, settings)) {
            assertThat(migration.awaitEnd()).as(migration.log()).isEqualTo(1);
        }
    }

    /** Ends TLS before a server that knows none: the one that comes as a Maven artifact was built without it. */
    private static final class Proxy implements AutoCloseable {

        private final ServerSocket socket;
        private final int target;
        private final AtomicInteger connections = new AtomicInteger();

        private Proxy(ServerSocket socket, int target) {
            this.socket = socket;
            this.target = target;
        }

        static Proxy before(int target) throws Exception {
            ServerSocket socket = certificates
                    .context()
                    .getServerSocketFactory()
                    .createServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
            Proxy proxy = new Proxy(socket, target);
            Thread.ofVirtual().start(proxy::accept);
            return proxy;
        }

        int port() {
            return socket.getLocalPort();
        }

        int connections() {
            return connections.get();
        }

        private void accept() {
            try {
                while (!socket.isClosed()) {
                    Socket client = socket.accept();
                    Socket server = new Socket(InetAddress.ofLiteral("127.0.0.1"), target);
                    connections.incrementAndGet();
                    Thread.ofVirtual().start(() -> pass(client, server));
                    Thread.ofVirtual().start(() -> pass(server, client));
                }
            } catch (IOException e) {
                if (!socket.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }

        private static void pass(Socket from, Socket to) {
            try (from;
                    to) {
                from.getInputStream().transferTo(to.getOutputStream());
            } catch (IOException _) {
                // One of them is gone, and so is the other now.
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
