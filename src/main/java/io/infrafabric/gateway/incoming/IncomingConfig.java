package io.infrafabric.gateway.incoming;

import io.infrafabric.input.Allowed;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Numbers of events from outside; {@code s2.gateway.incoming-…}. */
@ConfigMapping(prefix = "s2.gateway")
public interface IncomingConfig {
    /** The largest body with events; {@code s2.door.max-body} is the largest that is taken at all. */
    @Allowed(from = "1K", to = "1G")
    @WithDefault("1M")
    MemorySize incomingMaxBody();

    /** The most events in a batch. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("100")
    int incomingMaxBatch();

    /** How long the same event takes no second effect. */
    @Allowed(from = "1h", to = "3650d")
    @WithDefault("7d")
    Duration incomingKept();

    /** How often older ones are forgotten. */
    @Allowed(from = "1s", to = "1d")
    @WithDefault("1h")
    Duration incomingTidy();
}
