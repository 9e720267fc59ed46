package io.infrafabric.sample;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How the sample swarm is played. */
@ConfigMapping(prefix = "s2.sample")
public interface SampleConfig {

    /** How long an estimated hour of the board takes in the play. Default 250 ms. */
    @WithDefault("250ms")
    Duration boardHour();

    /** Time between two tasks that arrive one by one. Default 100 ms. */
    @WithDefault("100ms")
    Duration arrivalGap();

    /** How long a claim waits for a task before it is sent again. Whole seconds, 1 s to 50 s. Default 5 s. */
    @WithDefault("5s")
    Duration claimWait();

    /** Lease of a claim. Whole seconds, 1 s to 24 h; longer than the longest task takes. Default 60 s. */
    @WithDefault("60s")
    Duration lease();

    /** Lease of the claim whose session freezes. Whole seconds, 1 s to 24 h. Default 1 s. */
    @WithDefault("1s")
    Duration frozenLease();

    /** After this the play ends and says what is left. Default 60 s. */
    @WithDefault("60s")
    Duration timeLimit();
}
