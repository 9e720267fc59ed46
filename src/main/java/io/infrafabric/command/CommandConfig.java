package io.infrafabric.command;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Settings for what is kept of commands, among {@code s2.door.*}. Durations as {@code 24h}, {@code 2s} or ISO 8601. */
@ConfigMapping(prefix = "s2.door")
public interface CommandConfig {

    /** The most characters that the audit log keeps of the request, of the state before, and of the answer, each. */
    @WithDefault("8192")
    int auditLength();

    /** How long the answers to calls with an {@code Idempotency-Key} are kept. */
    @WithDefault("24h")
    Duration idempotencyKept();

    /** How often expired answers are deleted. */
    @WithDefault("10m")
    Duration purgeEvery();

    /** The most expired answers that one statement deletes. */
    @WithDefault("1000")
    int purgeBatch();
}
