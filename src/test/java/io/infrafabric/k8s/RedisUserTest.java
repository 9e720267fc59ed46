package io.infrafabric.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bus.StreamNames;
import io.infrafabric.event.Catalogue;
import io.infrafabric.fabric.Servers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A real Redis lets the user that docs/kubernetes.md describes do what KEDA does, and nothing else. */
class RedisUserTest {
    private static Servers servers;

    @BeforeAll
    static void start() throws IOException {
        servers = Servers.start();
        try (Client owner = new Client()) {
            assertThat(owner.ask("ACL SETUSER keda " + documentedRights())).isEqualTo("+OK");
            for (String function : Catalogue.FUNCTIONS) {
                assertThat(owner.ask("XADD " + StreamNames.of(function) + " 1-1 event {}"))
                        .isEqualTo("1-1");
            }
            assertThat(owner.ask("SET session secret")).isEqualTo("+OK");
        }
    }

    @AfterAll
    static void stop() {
        servers.close();
    }

    /** In its order: the login, whether Redis answers, and the length of every channel. */
    @Test
    void the_documented_user_may_do_what_keda_does() throws IOException {
        try (Client keda = new Client()) {
            assertThat(keda.ask("AUTH keda password")).isEqualTo("+OK");
            assertThat(keda.ask("PING")).isEqualTo("+PONG");
            for (String function : Catalogue.FUNCTIONS) {
                assertThat(keda.ask("XLEN " + StreamNames.of(function))).isEqualTo(":1");
            }
        }
    }

    /** Its client logs in by HELLO where Redis knows that, and chooses a database other than 0. */
    @Test
    void it_may_say_hello_and_choose_a_database() throws IOException {
        try (Client keda = new Client()) {
            assertThat(keda.ask("HELLO 3 AUTH keda password")).startsWith("%");
        }
        try (Client keda = new Client()) {
            assertThat(keda.ask("AUTH keda password")).isEqualTo("+OK");
            assertThat(keda.ask("SELECT 1")).isEqualTo("+OK");
            assertThat(keda.ask("XLEN s2.budget")).isEqualTo(":0");
        }
    }

    @Test
    void it_may_do_nothing_else() throws IOException {
        try (Client keda = new Client()) {
            assertThat(keda.ask("AUTH keda password")).isEqualTo("+OK");
            for (String command : List.of(
                    "XLEN session",
                    "GET session",
                    "XRANGE s2.budget - +",
                    "XADD s2.budget * event {}",
                    "DEL s2.budget",
                    "FLUSHALL",
                    "ACL LIST")) {
                assertThat(keda.ask(command)).as(command).startsWith("-NOPERM");
            }
        }
    }

    private static String documentedRights() throws IOException {
        var rights = Pattern.compile("ACL SETUSER keda (.+)")
                .matcher(Files.readString(Path.of("docs/kubernetes.md")))
                .results()
                .map(MatchResult::group)
                .toList();
        assertThat(rights).hasSize(1);
        return rights.getFirst().substring("ACL SETUSER keda ".length());
    }

    /** One connection. */
    private static final class Client implements AutoCloseable {
        private final Socket socket;
        private final BufferedReader answers;

        Client() throws IOException {
            URI address = URI.create(servers.redisUrl());
            socket = new Socket(address.getHost(), address.getPort());
            answers = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
        }

        /** A command whose answer is a line or a text; of a longer one this is the first line, and the last thing to ask. */
        String ask(String command) throws IOException {
            OutputStream out = socket.getOutputStream();
            out.write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
            String line = answers.readLine();
            return line.startsWith("$") ? answers.readLine() : line;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
