package io.infrafabric.deadlock;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Numbers of deadlock; all under {@code s2.deadlock}. */
@ConfigMapping(prefix = "s2.deadlock")
public interface DeadlockConfig {

    /** Who of a cycle is preempted: {@code longest-waiting}, or {@code least-money} (spent so far on what it holds). */
    @WithDefault("longest-waiting")
    Preemption.Policy victim();

    /** How long a session that was preempted is spared, if another one of the cycle can be taken. */
    @WithDefault("10m")
    Duration spare();

    /** How far ahead of the database's clock a wait may begin by the waiting one's; it counts from now then. */
    @WithDefault("60s")
    Duration skew();

    /** Things that one session may wait for at once. */
    @WithDefault("10000")
    int maxEdges();

    /** Nodes that may be reachable from one wait; what would reach more is refused. */
    @WithDefault("100000")
    int maxReachable();

    /** Waiting sessions that the graph is shown with, those that wait longest first. */
    @WithDefault("5000")
    int maxShown();

    /** How often the whole graph of a swarm in which somebody waits is checked. */
    @WithDefault("60s")
    Duration sweep();

    /** How long after somebody waits in a swarm for the first time it is checked first; longer than s2.bus.sweep.every. */
    @WithDefault("3s")
    Duration firstSweep();

    /** Waiting sessions that one check looks at. */
    @WithDefault("20000")
    int maxSwept();

    /** How long it stays known that something ended, so that a word that comes late does not bring it back. */
    @WithDefault("24h")
    Duration keepEnded();

    /** How often a decision is made again in its transaction because tasks changed hands meanwhile. */
    @WithDefault("5")
    int maxTries();

    /** Changes of waits in one transaction. */
    @WithDefault("64")
    int commitBatch();

    /** Changes of waits that may queue in one process; one more gets 503. */
    @WithDefault("20000")
    int commitQueue();

    /** Transactions of that kind under way at once in one process; those of one swarm go one after the other. */
    @WithDefault("2")
    int commitParallel();
}
