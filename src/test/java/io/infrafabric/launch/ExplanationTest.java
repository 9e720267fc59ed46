package io.infrafabric.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.InvalidPathException;
import org.junit.jupiter.api.Test;

class ExplanationTest {

    @Test
    void a_schema_of_a_newer_release_is_named() {
        assertThat(Explanation.ofMigrations("""
                        Validate failed: Migrations have failed validation
                        Detected applied migration not resolved locally: 149.
                        Detected applied migration not resolved locally: 150.1.
                        If you removed this migration intentionally, run repair to mark the migration as deleted.
                        """))
                .isEqualTo(
                        "The schema is that of a newer release, with migrations that this one does not know (149, 150.1)."
                                + " Start that release, or go back to a backup from before it.");
        assertThat(Explanation.ofMigrations("Validate failed: Migrations have failed validation\nMigration checksum"
                        + " mismatch for migration version 110\n-> Applied to database : 1\n"))
                .isEqualTo("The migrations failed, and nothing was started: Validate failed: Migrations have failed"
                        + " validation Migration checksum mismatch for migration version 110");
    }

    @Test
    void a_port_that_is_taken_is_told_from_an_address_of_another_machine() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            assertThat(Explanation.ofPort("127.0.0.1", port))
                    .startsWith("Port " + port + " is in use by another program.");
        }
        // TEST-NET-1 of RFC 5737: no machine has it.
        assertThat(Explanation.ofPort("192.0.2.1", 8080))
                .startsWith("Cannot listen on 192.0.2.1, port 8080 (")
                .endsWith("QUARKUS_HTTP_HOST must be an address of this machine.");
        assertThat(Explanation.ofPort("no host\nat all", 8080))
                .startsWith("Cannot listen on no host\\u000aat all, port");
    }

    @Test
    void a_path_that_the_locale_cannot_say_is_named_with_what_helps() {
        assertThat(Explanation.of(new IllegalStateException(new InvalidPathException("/srv/d\ufffdta", "unmappable"))))
                .hasValueSatisfying(sentence -> assertThat(sentence)
                        .startsWith("The path /srv/d\ufffdta has characters")
                        .endsWith("start it with LC_ALL=C.UTF-8."));
    }

    @Test
    void a_process_needs_some_hundred_files() {
        assertThat(Machine.tooFewFiles(256))
                .hasValue("This process may open only 256 files, but needs at least 512. Raise the limit (ulimit -n, or"
                        + " LimitNOFILE of a systemd service).");
        assertThat(Machine.tooFewFiles(512)).isEmpty();
        assertThat(Machine.tooFewFiles(-1)).isEmpty();
    }
}
