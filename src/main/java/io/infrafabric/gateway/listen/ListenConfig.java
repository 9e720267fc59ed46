package io.infrafabric.gateway.listen;

import io.infrafabric.input.Allowed;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Numbers of listen streams; {@code s2.gateway.listen-…}. */
@ConfigMapping(prefix = "s2.gateway")
public interface ListenConfig {
    /** The most open streams in one process; further ones get 503. */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("10000")
    int listenMaxOpen();

    /** The most open streams of one session in one process; further ones get 429. */
    @Allowed(from = "1", to = "1000")
    @WithDefault("4")
    int listenMaxOpenPerSession();

    /** How often a stream on which nothing happens says that it is there. */
    @Allowed(from = "100ms", to = "60s")
    @WithDefault("15s")
    Duration listenBeat();

    /** How often is looked whether a stream's token still holds; at most its beat. */
    @Allowed(from = "100ms", to = "60s")
    @WithDefault("2s")
    Duration listenTokenLook();

    /** How often streams look for notices by themselves, in case a bell was lost. */
    @Allowed(from = "1s", to = "1h")
    @WithDefault("2s")
    Duration listenLookAgain();

    /** The most notices that a stream reads at once. */
    @Allowed(from = "1", to = "1000")
    @WithDefault("50")
    int listenPage();
}
