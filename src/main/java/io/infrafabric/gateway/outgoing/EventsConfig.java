package io.infrafabric.gateway.outgoing;

import io.infrafabric.input.Allowed;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Numbers of event streams; {@code s2.gateway.events-…}. */
@ConfigMapping(prefix = "s2.gateway")
public interface EventsConfig {
    /** The most open event streams in one process; further ones get 503. */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("10000")
    int eventsMaxOpen();

    /** The most open event streams of one session, or of one name of an operator or viewer, in one process; further ones get 429. */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("16")
    int eventsMaxOpenPerCaller();

    /** How often an event stream on which nothing happens says that it is there. */
    @Allowed(from = "100ms", to = "60s")
    @WithDefault("15s")
    Duration eventsBeat();

    /** How often is looked whether the token of an event stream still holds, and whether its reader reads. */
    @Allowed(from = "100ms", to = "60s")
    @WithDefault("2s")
    Duration eventsTokenLook();

    /** A reader that takes nothing in for so long is cut off. It resumes where it was. */
    @Allowed(from = "1s", to = "1h")
    @WithDefault("30s")
    Duration eventsStall();

    /** The most events that are written to a reader at once. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("100")
    int eventsPage();

    /** The most characters of events that are written at once, unless one event alone is longer. */
    @Allowed(from = "1000", to = "10000000")
    @WithDefault("64000")
    int eventsChunk();
}
