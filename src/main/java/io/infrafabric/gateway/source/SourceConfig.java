package io.infrafabric.gateway.source;

import io.infrafabric.input.Allowed;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** Numbers of sources; {@code s2.gateway.source-…}. */
@ConfigMapping(prefix = "s2.gateway")
public interface SourceConfig {
    /** The most sources. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("100")
    int sourceMax();

    /** The largest body of a delivery; larger ones get 413. */
    @Allowed(from = "1K", to = "32M")
    @WithDefault("2M")
    MemorySize sourceMaxBody();

    /** The most deliveries of a source that one process takes in a minute; further ones get 429. */
    @Allowed(from = "1", to = "10000000")
    @WithDefault("20000")
    int sourcePerMinute();

    /** The most deliveries that may come after the oldest one of a source that still waits; further ones get 429. */
    @Allowed(from = "1", to = "100000000")
    @WithDefault("100000")
    int sourceMaxWaiting();

    /** The most deliveries, and the most lookups of sources, that one statement carries. */
    @Allowed(from = "1", to = "1000")
    @WithDefault("64")
    int sourceBatch();

    /** The most deliveries, and the most lookups, that wait for a statement in one process; further ones get 503. */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("10000")
    int sourceQueue();

    /** The most such statements at a time. */
    @Allowed(from = "1", to = "20")
    @WithDefault("2")
    int sourceParallel();

    /** A delivery with more bytes is stored by itself. */
    @Allowed(from = "0", to = "32M")
    @WithDefault("64K")
    MemorySize sourceLarge();

    /** How old a timestamp may be, for sources that say nothing else: older than the latest retry of a provider. */
    @Allowed(from = "1s", to = "6d")
    @WithDefault("3d")
    Duration sourceTolerance();

    /** How far ahead a timestamp may be. */
    @Allowed(from = "1s", to = "1h")
    @WithDefault("5m")
    Duration sourceAhead();

    /** How long deliveries are kept, and known again. */
    @Allowed(from = "7d", to = "400d")
    @WithDefault("7d")
    Duration sourceKeep();

    /** How long refused deliveries are kept, without their bodies. */
    @Allowed(from = "1m", to = "7d")
    @WithDefault("24h")
    Duration sourceKeepRefused();

    /** The most refused deliveries of a source that one process keeps in a minute; further ones are only counted. */
    @Allowed(from = "0", to = "100000")
    @WithDefault("60")
    int sourceRefusedPerMinute();

    /** How often is looked for deliveries that wait, in case a bell was lost. */
    @Allowed(from = "100ms", to = "1h")
    @WithDefault("2s")
    Duration sourceLook();

    /** How often deliveries that are too old are removed. */
    @Allowed(from = "1s", to = "24h")
    @WithDefault("10m")
    Duration sourceTidy();

    /** How long a claim is left alone that a closed issue would cancel, so that a merged pull request can complete it first. */
    @Allowed(from = "0s", to = "1h")
    @WithDefault("30s")
    Duration sourceCancelAfter();

    /** How often a delivery is tried that fails for a reason of ours, before it is dead. */
    @Allowed(from = "1", to = "100")
    @WithDefault("5")
    int sourceTries();

    /** Where GitHub's REST API is, for resyncs. */
    @WithDefault("https://api.github.com")
    String sourceGithubApi();

    /** The most pages of 100 of each list that a resync reads. */
    @Allowed(from = "1", to = "1000")
    @WithDefault("10")
    int sourceResyncPages();

    /** The most branches that may name a task of which a resync reads the check suites, with a call for each. */
    @Allowed(from = "0", to = "10000")
    @WithDefault("100")
    int sourceResyncBranches();

    /** How long GitHub's API may take to answer one call. */
    @Allowed(from = "100ms", to = "1m")
    @WithDefault("10s")
    Duration sourceApiTimeout();

    /** Directories with the files of secrets that file: may name, in a list with commas. */
    Optional<String> sourceSecretDirectories();

    /** The data directory of an embedded run; the launcher sets it. */
    Optional<String> sourceOwnDirectory();
}
