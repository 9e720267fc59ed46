package io.infrafabric.gateway.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SourceSecretsTest {
    private static final String SECRET = "whsec_c2VjcmV0";

    @TempDir
    Path directory;

    private Path secrets;
    private Path file;

    @BeforeEach
    void a_file() throws IOException {
        secrets = Files.createDirectories(directory.resolve("secrets"));
        file = Files.writeString(secrets.resolve("gh"), SECRET + "\n");
        mode(directory, "rwxr-xr-x");
        mode(secrets, "rwxr-xr-x");
        mode(file, "rw-------");
    }

    private static void mode(Path path, String mode) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }

    private SourceSecrets embedded() {
        return new SourceSecrets(List.of(secrets), Optional.of(directory));
    }

    @Test
    void a_file_in_the_data_directory_of_an_embedded_run_is_a_secret_only_while_nobody_else_can_read_it()
            throws IOException {
        SourceSecrets embedded = embedded();
        assertThat(embedded.find("file:gh")).contains(SECRET);
        assertThat(embedded.find("file:" + file)).contains(SECRET);
        mode(file, "rw-r--r--");
        assertThat(embedded.find("file:gh")).isEmpty();
        assertThat(new SourceSecrets(List.of(secrets), Optional.empty()).find("file:gh"))
                .as("directories elsewhere are the operator's")
                .contains(SECRET);
        mode(secrets, "rwx------");
        assertThat(embedded.find("file:gh")).contains(SECRET);
    }

    @Test
    void a_secret_is_changed_where_it_is() throws IOException {
        SourceSecrets embedded = embedded();
        assertThat(embedded.find("file:gh")).contains(SECRET);
        Files.writeString(file, "another one");
        assertThat(embedded.find("file:gh")).contains("another one");
        Files.delete(file);
        assertThat(embedded.find("file:gh")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "env:HOME",
                "env:S2_KEY_",
                "file:",
                "file:../other",
                "file:/etc/passwd",
                "file:gh\0",
                "two  spaces",
                "",
                "ü"
            })
    void what_is_neither_a_reference_nor_a_secret_is_refused(String text) {
        assertThatThrownBy(() -> embedded().check("secrets[0]", text)).isInstanceOf(Problem.class);
        if (text.startsWith("file:") || text.startsWith("env:")) {
            assertThat(embedded().find(text)).isEmpty();
        }
    }

    @Test
    void others_are_given_back() {
        for (String good : List.of("env:S2_KEY_GITHUB", "file:gh", "file:" + file, "the secret itself")) {
            assertThat(embedded().check("secrets[0]", good)).isEqualTo(good);
        }
        assertThat(embedded().find("the secret itself")).contains("the secret itself");
    }
}
