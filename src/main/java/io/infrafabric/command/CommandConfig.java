package io.infrafabric.command;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Settings of what is kept of commands, among {@code s2.door.*}. Durations as {@code 24h}, {@code 2s} or ISO 8601. */
@ConfigMapping(prefix = "s2.door")
public interface CommandConfig {

    /** The most characters of the request, of the state before and of the answer, each, in the audit log. */
    @WithDefault("8192")
    int auditLength();

    /** How long the answers to calls with an {@code Idempotency-Key} are kept. */
    @WithDefault("24h")
    Duration idempotencyKept();

    /** How often answers past their time are deleted. */
    @WithDefault("10m")
    Duration purgeEvery();

    /** Old answers that one statement deletes. */
    @WithDefault("1000")
    int purgeBatch();
}
