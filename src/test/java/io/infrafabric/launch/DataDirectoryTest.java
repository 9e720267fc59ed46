package io.infrafabric.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {

    @TempDir
    Path parent;

    @Test
    void belongsToOneAtATime() {
        Path path = parent.resolve("data");
        try (DataDirectory first = DataDirectory.take(path)) {
            assertThatThrownBy(() -> DataDirectory.take(path))
                    .isInstanceOf(Refusal.class)
                    .hasMessageContainingAll(
                            "The data directory " + first.path() + " is in use by process "
                                    + ProcessHandle.current().pid(),
                            "S2_DATA_DIR");
        }
        try (DataDirectory next = DataDirectory.take(path)) {
            assertThat(next.path()).isEqualTo(path);
        }
    }

    @Test
    void keepsSecretsForItsOwnerOnly() throws IOException {
        Path path = parent.resolve("data");
        String secret;
        try (DataDirectory directory = DataDirectory.take(path)) {
            secret = directory.secret("operator.token");
            assertThat(secret).hasSize(43).isNotEqualTo(directory.secret("other"));
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path.resolve("operator.token"))))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rwx------");
        try (DataDirectory again = DataDirectory.take(path)) {
            assertThat(again.secret("operator.token")).isEqualTo(secret);
        }
    }

    @Test
    void deletesWhatEarlierTestRunsLeftAndNotWhatIsInUse() throws IOException {
        Path dead = Files.createDirectories(parent.resolve("dead"));
        Files.writeString(dead.resolve("file"), "left");
        try (DataDirectory alive = DataDirectory.take(parent.resolve("alive"));
                DataDirectory fresh = DataDirectory.takeFresh(parent)) {
            assertThat(dead).doesNotExist();
            assertThat(alive.path()).exists();
            assertThat(fresh.path()).hasParent(parent).exists();
        }
    }

    @Test
    void refusesADirectoryThatCannotBeMade() throws IOException {
        Path file = Files.writeString(parent.resolve("file"), "in the way");

        assertThatThrownBy(() -> DataDirectory.take(file.resolve("data")))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("choose another with S2_DATA_DIR");
    }
}
