package io.infrafabric.gateway.hooks;

import io.infrafabric.input.Allowed;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Numbers of hooks; {@code s2.gateway.hook-…}. */
@ConfigMapping(prefix = "s2.gateway")
public interface HookConfig {
    /** How long a hook may take. One that takes longer is answered with nothing, and the agent works on. */
    @Allowed(from = "10ms", to = "10s")
    @WithDefault("1500ms")
    Duration hookPatience();

    /** The largest body of a hook that is read; {@code s2.door.max-body} is the largest that is taken at all. */
    @Allowed(from = "1K", to = "1G")
    @WithDefault("5M")
    MemorySize hookMaxBody();

    /** The most notices that one hook tells; the next hook tells the rest. */
    @Allowed(from = "1", to = "100")
    @WithDefault("10")
    int hookMaxNews();

    /**
     * How long after its last hook a conversation of an agent is taken to be open, unless it has ended. While a session has another one
     * that is open, the end of one gives nothing back.
     */
    @Allowed(from = "1m", to = "7d")
    @WithDefault("1h")
    Duration conversationPatience();
}
