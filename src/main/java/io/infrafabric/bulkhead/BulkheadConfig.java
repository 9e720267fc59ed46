package io.infrafabric.bulkhead;

import io.infrafabric.input.Allowed;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** Numbers of bulkhead; all under {@code s2.bulkhead}. What one provider may do is said by the provider itself. */
@ConfigMapping(prefix = "s2.bulkhead")
public interface BulkheadConfig {

    /** Providers that there may be; further ones get 429. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("100")
    int maxProviders();

    /** How long a process goes by what it knows of a provider before it looks again. */
    @Allowed(from = "10ms", to = "1m")
    @WithDefault("2s")
    Duration providerAge();

    /**
     * Bytes that the bodies of all calls of one process may take while they are in memory, but at most a third of what the JVM may
     * use; those of one session half of that, or one body. A call for which there is no room waits for it (body-wait).
     */
    @Allowed(from = "1M", to = "1024G")
    @WithDefault("192M")
    MemorySize bodyMemory();

    /** How long a call waits until there is room for its body, which is not read meanwhile; then it gets 503. */
    @Allowed(from = "1ms", to = "10m")
    @WithDefault("30s")
    Duration bodyWait();

    /** How many fabrics a call may pass, this one included. One more than is needed would let a fabric call itself. */
    @Allowed(from = "1", to = "100")
    @WithDefault("1")
    int maxHops();

    /**
     * Whether providers may be at loopback, private, link-local and other reserved addresses, and over http. Absent: only in
     * a run that embeds its own servers.
     */
    Optional<Boolean> allowPrivateAddresses();

    /** Directories with the files of keys that file: may name, in a list with commas. An embedded run adds keys in its data directory. */
    Optional<String> keyDirectories();

    /** The data directory of an embedded run; the launcher sets it. */
    Optional<String> ownDirectory();

    /** Which servers this run embeds; the launcher sets it. */
    Optional<String> embedded();

    /** How long a replica has a slot unless it renews it. A killed replica's slots come back after so long. */
    @Allowed(from = "6s", to = "10m")
    @WithDefault("30s")
    Duration slotLease();

    /** How often a replica renews its slots, all in one statement. At most a third of the lease. */
    @Allowed(from = "1s", to = "200s")
    @WithDefault("10s")
    Duration slotRenewal();

    /** How often a process that calls providers looks how their breakers, pauses and slots are, without a bell. */
    @Allowed(from = "50ms", to = "1m")
    @WithDefault("750ms")
    Duration lookAgain();

    /** How long a breaker may be open before a human is asked. */
    @Allowed(from = "1s", to = "24h")
    @WithDefault("5m")
    Duration downAfter();
}
