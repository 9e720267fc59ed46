package io.infrafabric.command;

import io.infrafabric.input.Allowed;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Settings for what is kept of commands, among {@code s2.door.*}. Durations as {@code 24h}, {@code 2s} or ISO 8601. */
@ConfigMapping(prefix = "s2.door")
public interface CommandConfig {

    /** The most characters that the audit log keeps of the request, of the state before, and of the answer, each. */
    @Allowed(from = "100", to = "1000000")
    @WithDefault("8192")
    int auditLength();

    /** How long the answers to calls with an {@code Idempotency-Key} are kept. */
    @Allowed(from = "1m", to = "365d")
    @WithDefault("24h")
    Duration idempotencyKept();

    /** How often expired answers are deleted. */
    @Allowed(from = "1s", to = "24h")
    @WithDefault("10m")
    Duration purgeEvery();

    /** The most expired answers that one statement deletes. */
    @Allowed(from = "1", to = "100000")
    @WithDefault("1000")
    int purgeBatch();
}
