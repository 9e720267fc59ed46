package io.infrafabric.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.fabric.FabricProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A data directory on a disk that is really full: a small file system in memory, which only root may mount. */
@Tag("proof")
@Tag("soak")
class FullDiskIT {
    private static final String SIZE = "160m";
    private static final int ENOUGH = 5_000;
    private static final String PAYLOAD = "x".repeat(30_000);

    private Path disk;

    @BeforeEach
    void mount() throws Exception {
        Path parent = Files.createDirectories(Path.of("target", "full-disk").toAbsolutePath());
        disk = Files.createTempDirectory(parent, "d");
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=" + SIZE, "tmpfs", disk.toString()) == 0,
                "No file system can be mounted here: this needs root.");
    }

    @AfterEach
    void unmount() throws Exception {
        run("umount", "--lazy", disk.toString());
    }

    @Test
    void saysThatTheDiskIsFullAndKeepsWhatItAcknowledged() throws Exception {
        Path directory = disk.resolve("data");
        List<String> acknowledged = new ArrayList<>();
        FabricProcess fabric = FabricProcess.launch(
                        "full-disk",
                        Map.of(
                                "S2_DATA_DIR",
                                directory.toString(),
                                "s2.cache-dir",
                                Path.of("target", "programs").toAbsolutePath().toString()))
                .awaitReady();
        try {
            String operator =
                    Files.readString(directory.resolve("operator.token")).strip();
            assertThat(fabric.api()
                            .put("/coordinator/sessions/one", Map.of("swarm", "full"), operator)
                            .status())
                    .isEqualTo(200);
            fill();
            Answer refused = submitUntilRefused(fabric, operator, acknowledged);

            assertThat(refused.status()).as("%s", refused.body()).isEqualTo(503);
            assertThat(refused.code()).isEqualTo("IF_ERR_UNAVAILABLE");
            assertThat(refused.body().path("detail").asText()).contains("disk of the database is full");
            assertThat(acknowledged).isNotEmpty();

            Files.delete(disk.resolve("filler"));
            if (!ProcessHandle.of(fabric.pid()).map(ProcessHandle::isAlive).orElse(false)) {
                fabric = fabric.again().awaitReady();
            }
            FabricProcess after = fabric;
            Awaitility.await()
                    .atMost(Duration.ofMinutes(2))
                    .until(() -> submit(after, operator, "after").status() == 201);
            for (String task : acknowledged) {
                assertThat(after.api()
                                .get("/coordinator/tasks/" + task, operator)
                                .status())
                        .as(task)
                        .isEqualTo(200);
            }
        } finally {
            fabric.close();
        }
    }

    private static Answer submitUntilRefused(FabricProcess fabric, String operator, List<String> acknowledged) {
        for (int number = 0; number < ENOUGH; number++) {
            Answer answer = submit(fabric, operator, "task-" + number);
            if (answer.status() != 201) {
                return answer;
            }
            acknowledged.add("task-" + number);
        }
        throw new AssertionError("The disk did not become full.");
    }

    private static Answer submit(FabricProcess fabric, String operator, String id) {
        return fabric.api()
                .post(
                        "/coordinator/tasks",
                        Map.of("id", id, "swarm", "full", "title", id, "payload", Map.of("text", PAYLOAD)),
                        operator);
    }

    /** Takes what room there is, but for a few megabytes. */
    private void fill() throws IOException {
        long room = disk.toFile().getUsableSpace() - (4 << 20);
        byte[] block = new byte[1 << 16];
        try (OutputStream filler = Files.newOutputStream(disk.resolve("filler"))) {
            for (long written = 0; written < room; written += block.length) {
                filler.write(block);
            }
        }
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }
}
