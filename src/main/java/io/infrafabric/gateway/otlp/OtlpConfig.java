package io.infrafabric.gateway.otlp;

import io.infrafabric.input.Allowed;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Bounds of what agents export; {@code s2.gateway.otlp-…}. */
@ConfigMapping(prefix = "s2.gateway")
public interface OtlpConfig {
    /** The largest export that is read, unpacked; {@code s2.door.max-body} is the largest that is taken at all. */
    @Allowed(from = "1K", to = "1G")
    @WithDefault("8M")
    MemorySize otlpMaxBody();

    /** The most log records in one export. */
    @Allowed(from = "1", to = "10000000")
    @WithDefault("20000")
    int otlpMaxRecords();

    /** The most costs in one export; they are booked in one transaction. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("1000")
    int otlpMaxCosts();
}
