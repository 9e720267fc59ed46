package io.infrafabric.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OrphanTest {

    @TempDir
    Path directory;

    @Test
    void stopsTheProgramThatTheFileNames() throws IOException, InterruptedException {
        Process program = new ProcessBuilder("sleep", "600").start();
        Path file = Files.writeString(directory.resolve("pid"), program.pid() + "\nmore\n");

        Orphan.of(file, "sleep").orElseThrow().stop();

        // Java notices the end of its child a little later than others do.
        assertThat(program.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void leavesAnotherProgramWithTheSameIdAloneAndDeletesTheFile() throws IOException {
        Path file = Files.writeString(
                directory.resolve("pid"), ProcessHandle.current().pid() + "\n");

        assertThat(Orphan.of(file, "postgres")).isEmpty();
        assertThat(file).doesNotExist();
    }

    @Test
    void findsNothingInAnEmptyFileOrWithoutOne() throws IOException {
        assertThat(Orphan.of(Files.createFile(directory.resolve("empty")), "postgres"))
                .isEmpty();
        assertThat(Orphan.of(directory.resolve("missing"), "postgres")).isEmpty();
    }
}
