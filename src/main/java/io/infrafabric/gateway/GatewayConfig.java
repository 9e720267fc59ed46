package io.infrafabric.gateway;

import io.infrafabric.input.Allowed;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Numbers of the gateway; all under {@code s2.gateway}. */
@ConfigMapping(prefix = "s2.gateway")
public interface GatewayConfig {

    /** How often a tool call that waits reports progress, to clients that gave a token for it. Clients give up at 60s of silence. */
    @Allowed(from = "100ms", to = "50s")
    @WithDefault("10s")
    Duration progressEvery();
}
