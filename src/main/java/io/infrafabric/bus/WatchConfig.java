package io.infrafabric.bus;

import io.infrafabric.input.Allowed;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Settings of how a process watches its schema and its channel, among {@code s2.door.*}. Durations as {@code 24h}, {@code 2s} or ISO 8601. */
@ConfigMapping(prefix = "s2.door")
public interface WatchConfig {

    /** How often a process without a schema looks for it. */
    @Allowed(from = "10ms", to = "1m")
    @WithDefault("1s")
    Duration schemaLook();

    /** How long a process waits for the schema before it ends. */
    @Allowed(from = "0s", to = "24h")
    @WithDefault("10m")
    Duration schemaWait();

    /** How long the readiness probe waits for PostgreSQL, and the check of the channel for Redis or the broker. */
    @Allowed(from = "100ms", to = "1m")
    @WithDefault("2s")
    Duration probeTimeout();

    /**
     * How often a process writes to Redis, or to the broker of AMQP, to see whether it answers and accepts writes. The result feeds {@code
     * s2_degraded}, the readiness probe, and functions, which otherwise read the event log.
     */
    @Allowed(from = "10ms", to = "1m")
    @WithDefault("2s")
    Duration redisEvery();
}
