package io.infrafabric.deadlock;

import io.infrafabric.input.Allowed;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Numbers of deadlock; all under {@code s2.deadlock}. */
@ConfigMapping(prefix = "s2.deadlock")
public interface DeadlockConfig {

    /**
     * Which session of a cycle is preempted: the {@code longest-waiting} one, or the one with {@code least-money} spent
     * on the tasks that it holds.
     */
    @WithDefault("longest-waiting")
    Preemption.Policy victim();

    /** How long a preempted session is spared, if another one of the cycle can be preempted. */
    @Allowed(from = "0s", to = "365d")
    @WithDefault("10m")
    Duration spare();

    /** How far ahead of the database's clock the reported start of a wait may lie; such a wait counts from now. */
    @Allowed(from = "0s", to = "24h")
    @WithDefault("60s")
    Duration skew();

    /** The most things that one session may wait for at once. */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("10000")
    int maxEdges();

    /** The most nodes that may be reachable from one wait; a wait that reaches more is refused. */
    @Allowed(from = "1", to = "10000000")
    @WithDefault("100000")
    int maxReachable();

    /** The most waiting sessions that the graph shows, the longest waiting first. */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("5000")
    int maxShown();

    /** How often the whole graph of a swarm with waiting sessions is checked. */
    @Allowed(from = "1s", to = "24h")
    @WithDefault("60s")
    Duration sweep();

    /** How long after a swarm's first wait its graph is first checked; longer than s2.bus.sweep.every. */
    @Allowed(from = "1s", to = "1h")
    @WithDefault("3s")
    Duration firstSweep();

    /** The most waiting sessions that one check considers. */
    @Allowed(from = "1", to = "10000000")
    @WithDefault("20000")
    int maxSwept();

    /** How long the end of something is remembered, so that a late report does not bring it back. */
    @Allowed(from = "1m", to = "365d")
    @WithDefault("24h")
    Duration keepEnded();

    /** How often a decision is repeated in its transaction because tasks changed hands in the meantime. */
    @Allowed(from = "1", to = "1000")
    @WithDefault("5")
    int maxTries();

    /** The most changes of waits in one transaction. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("64")
    int commitBatch();

    /** Changes of waits that may queue in one process; further calls get 503. */
    @Allowed(from = "1", to = "10000000")
    @WithDefault("20000")
    int commitQueue();

    /**
     * Transactions with changes of waits under way at once in one process; those of one swarm run one after the other.
     */
    @Allowed(from = "1", to = "100")
    @WithDefault("2")
    int commitParallel();
}
