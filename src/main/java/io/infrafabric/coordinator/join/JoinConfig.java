package io.infrafabric.coordinator.join;

import io.infrafabric.input.Allowed;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Numbers of joins; among {@code s2.coordinator.*}. */
@ConfigMapping(prefix = "s2.coordinator")
public interface JoinConfig {

    /** How long an agent that asks to join waits for an operator, and its token for the agent. */
    @Allowed(from = "10s", to = "24h")
    @WithDefault("10m")
    Duration joinLife();

    /** The most agents that wait to join; further ones get 429. */
    @Allowed(from = "1", to = "100000")
    @WithDefault("1000")
    int maxJoins();

    /** The most of them that asked from one address: behind a proxy, that is the proxy's. */
    @Allowed(from = "1", to = "100000", atMost = "s2.coordinator.max-joins")
    @WithDefault("100")
    int maxJoinsPerAddress();
}
