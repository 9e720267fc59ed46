package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.fabric.FabricProcess;
import io.infrafabric.fabric.Servers;
import io.infrafabric.fabric.Tokens;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** SIGTERM while a process starts. */
@Tag("proof")
@Tag("soak")
class EarlyEndIT {

    /** A start on a slow machine takes as long. */
    private static final int MOST_MOMENTS = 20;

    private static final int LEAST_MOMENTS = 6;
    private static final Duration STEP = Duration.ofMillis(250);
    private static final Duration GRACE = Duration.ofSeconds(60);

    @Test
    void aProcessEndsWheneverItIsToldTo() throws InterruptedException {
        try (Servers servers = Servers.start()) {
            Map<String, String> settings = new HashMap<>(servers.settings());
            settings.putAll(Tokens.make(Path.of("target", "early-end")).settings());
            // The schema is there, so that what is interrupted is a start and no migration.
            FabricProcess.launch("early-end-first", settings).awaitReady().close();
            int moments = 0;
            boolean started = false;
            while (!started && moments < MOST_MOMENTS) {
                moments++;
                try (FabricProcess fabric = FabricProcess.launch("early-end-" + moments, settings)) {
                    // The moment is the point of this test: nothing is waited for.
                    assertThat(new CountDownLatch(1).await(moments * STEP.toMillis(), TimeUnit.MILLISECONDS))
                            .isFalse();
                    // Later moments are not moments of a start any more.
                    started = fabric.ready();
                    // 143: so early that the JVM itself was still starting.
                    assertThat(fabric.stop(GRACE))
                            .as("after %d ms", moments * STEP.toMillis())
                            .isIn(0, 143);
                }
            }
            assertThat(moments).as("moments of a start").isGreaterThanOrEqualTo(LEAST_MOMENTS);
        }
    }
}
