package io.infrafabric.sample;

import io.infrafabric.input.Allowed;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How the sample swarm is played. */
@ConfigMapping(prefix = "s2.sample")
public interface SampleConfig {

    /** Play time for one estimated hour of the board. Default 250 ms. */
    @Allowed(from = "0ms", to = "1h")
    @WithDefault("250ms")
    Duration boardHour();

    /** Time between two tasks that arrive one by one. Default 100 ms. */
    @Allowed(from = "0ms", to = "1m")
    @WithDefault("100ms")
    Duration arrivalGap();

    /** How long a claim waits for a task before it is repeated. Whole seconds, 1 s to 50 s. Default 5 s. */
    @Allowed(from = "1s", to = "50s")
    @WithDefault("5s")
    Duration claimWait();

    /** Lease of a claim. Whole seconds, 1 s to 24 h; longer than the longest task. Default 60 s. */
    @Allowed(from = "1s", to = "24h")
    @WithDefault("60s")
    Duration lease();

    /** Lease of the claim of the session that freezes. Whole seconds, 1 s to 24 h. Default 1 s. */
    @Allowed(from = "1s", to = "24h")
    @WithDefault("1s")
    Duration frozenLease();

    /** After this time the play ends and lists the remaining tasks. Default 60 s. */
    @Allowed(from = "1s", to = "24h")
    @WithDefault("60s")
    Duration timeLimit();
}
