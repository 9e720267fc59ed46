package io.infrafabric.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OrphanTest {

    @TempDir
    Path directory;

    private Process program;

    @AfterEach
    void end() {
        if (program != null) {
            program.destroyForcibly();
        }
    }

    @Test
    void stopsTheServerOfTheDirectory() throws IOException, InterruptedException {
        Path file = start(directory);

        Orphan.of(file, "sleep", directory).orElseThrow().stop();

        // Java notices the end of its child a little later than others do.
        assertThat(program.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void leavesTheServerOfAnotherDirectoryAlone() throws IOException {
        Path original = Files.createDirectory(directory.resolve("original"));
        Path copy = Files.createDirectory(directory.resolve("copy"));
        Path file = Files.copy(start(original), copy.resolve("pid"));

        assertThat(Orphan.of(file, "sleep", copy)).isEmpty();
        assertThat(program.isAlive()).isTrue();
        assertThat(file).doesNotExist();
    }

    @Test
    void leavesAProgramAloneWhoseNameOnlyBeginsAlike() throws IOException {
        Path file = start(directory);

        assertThat(Orphan.of(file, "slee", directory)).isEmpty();
        assertThat(program.isAlive()).isTrue();
    }

    @Test
    void doesNothingInDoubt() throws IOException {
        Path file = start(directory);
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofHours(1))));

        assertThatThrownBy(() -> Orphan.of(file, "sleep", directory))
                .isInstanceOf(Refusal.class)
                .hasMessageContainingAll("process " + program.pid(), "it is unclear whether", file.toString());
        assertThat(program.isAlive()).isTrue();
        assertThat(file).exists();
    }

    @Test
    void leavesAnotherProgramWithTheSameIdAloneAndDeletesTheFile() throws IOException {
        Path file = Files.writeString(
                directory.resolve("pid"), ProcessHandle.current().pid() + "\n");

        assertThat(Orphan.of(file, "postgres", directory)).isEmpty();
        assertThat(file).doesNotExist();
    }

    @Test
    void findsNothingInAnEmptyFileOrWithoutOne() throws IOException {
        assertThat(Orphan.of(Files.createFile(directory.resolve("empty")), "postgres", directory))
                .isEmpty();
        assertThat(Orphan.of(directory.resolve("missing"), "postgres", directory))
                .isEmpty();
    }

    private Path start(Path home) throws IOException {
        program = new ProcessBuilder("sleep", "600").directory(home.toFile()).start();
        return Files.writeString(home.resolve("pid"), program.pid() + "\nmore\n");
    }
}
