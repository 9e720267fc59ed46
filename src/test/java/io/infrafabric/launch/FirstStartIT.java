package io.infrafabric.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.fabric.FabricProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * {@code kill -9} at twenty moments of a first start, each in a directory of its own; the next start works. At even moments
 * the servers and {@code initdb} live on, as when only the process is killed; at odd moments they die with it, as when the
 * machine loses its power.
 */
@Tag("proof")
@Tag("soak")
class FirstStartIT {
    private static final int MOMENTS = 20;
    private static final Duration STEP = Duration.ofMillis(300);
    private static final int AT_ONCE = 2;

    @Test
    void theNextStartWorksWheneverTheFirstOneWasKilled() throws Exception {
        Path parent = Files.createDirectories(Path.of("target", "first-start").toAbsolutePath());
        List<Callable<Boolean>> starts = IntStream.rangeClosed(1, MOMENTS)
                .<Callable<Boolean>>mapToObj(
                        moment -> () -> wasCutShort(moment, Files.createTempDirectory(parent, "d")))
                .toList();
        int cutShort = 0;
        try (ExecutorService lanes = Executors.newFixedThreadPool(AT_ONCE)) {
            for (Future<Boolean> start : lanes.invokeAll(starts)) {
                cutShort += start.get() ? 1 : 0;
            }
        }
        assertThat(cutShort)
                .as("starts that were killed before they were ready")
                .isGreaterThan(MOMENTS / 2);
    }

    /** Kills a first start and makes the next one; whether the first one was not ready yet. */
    private static boolean wasCutShort(int moment, Path parent) throws IOException, InterruptedException {
        Path directory = parent.resolve("data");
        FabricProcess first =
                FabricProcess.launch("first-start-" + moment, Map.of("S2_DATA_DIR", directory.toString()));
        // The moment is the point of this test: nothing is waited for.
        assertThat(new CountDownLatch(1).await(moment * STEP.toMillis(), TimeUnit.MILLISECONDS))
                .isFalse();
        boolean cutShort = !first.ready();
        List<ProcessHandle> others = moment % 2 == 0 ? List.of() : others(first, directory);
        first.kill();
        others.forEach(ProcessHandle::destroyForcibly);

        try (FabricProcess next = first.again().awaitReady()) {
            String operator =
                    Files.readString(directory.resolve("operator.token")).strip();
            Answer enrolled = next.api().put("/coordinator/sessions/one", Map.of("swarm", "first"), operator);
            assertThat(enrolled.status())
                    .as("moment %d: %s", moment, enrolled.body())
                    .isEqualTo(200);
            assertThat(next.stop()).isZero();
        }
        Trees.delete(parent);
        return cutShort;
    }

    /** What it started: its children, and the server that does not count as a child any more. */
    private static List<ProcessHandle> others(FabricProcess fabric, Path directory) {
        List<ProcessHandle> children =
                ProcessHandle.of(fabric.pid()).orElseThrow().descendants().toList();
        return EmbeddedPostgreSql.running(directory)
                .map(server -> Stream.concat(children.stream(), Stream.of(server.process()))
                        .toList())
                .orElse(children);
    }
}
