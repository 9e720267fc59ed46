package io.infrafabric.bulkhead.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A key in the data directory of an embedded run is one only as long as nobody else can read it. */
class ProviderKeysTest {
    private static final String KEY = "sk-38";

    @TempDir
    Path directory;

    private Path keys;
    private Path file;

    @BeforeEach
    void a_key_of_the_owner() throws IOException {
        keys = Files.createDirectories(directory.resolve("keys"));
        file = Files.writeString(keys.resolve("p"), KEY + "\n");
        mode(directory, "rwxr-xr-x");
        mode(keys, "rwxr-xr-x");
        mode(file, "rw-------");
    }

    private static void mode(Path path, String mode) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }

    private ProviderKeys embedded() {
        return new ProviderKeys(List.of(), Optional.of(directory));
    }

    @Test
    void a_key_that_only_its_owner_can_read_is_used() {
        assertThat(embedded().find("file:p")).contains(KEY);
    }

    @Test
    void a_key_that_others_can_read_is_none_until_they_cannot() throws IOException {
        ProviderKeys embedded = embedded();
        for (String mode : List.of("rw-r-----", "rw----r--", "rw-rw-rw-")) {
            mode(file, mode);
            assertThat(embedded.find("file:p")).as(mode).isEmpty();
        }
        mode(file, "rw-------");
        assertThat(embedded.find("file:p")).contains(KEY);
    }

    @Test
    void a_directory_that_nobody_else_can_enter_protects_it_too() throws IOException {
        mode(file, "rw-r--r--");
        for (Path closed : List.of(directory, keys)) {
            mode(closed, "rwx------");
            assertThat(embedded().find("file:p")).as(closed.toString()).contains(KEY);
            mode(closed, "rwxr-xr-x");
        }
        assertThat(embedded().find("file:p")).isEmpty();
    }

    @Test
    void a_link_to_a_file_elsewhere_leads_nowhere() throws IOException {
        Path other = Files.writeString(directory.resolve("other"), KEY);
        mode(other, "rw-------");
        Files.createSymbolicLink(keys.resolve("q"), other);
        assertThat(embedded().find("file:q")).isEmpty();
    }

    @Test
    void secrets_that_are_mounted_have_the_mode_that_they_have() throws IOException {
        mode(file, "rw-r-----");
        assertThat(new ProviderKeys(List.of(keys), Optional.empty()).find("file:p"))
                .contains(KEY);
    }
}
