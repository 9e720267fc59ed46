package io.infrafabric.stealing;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Numbers of stealing; all under {@code s2.stealing}. */
@ConfigMapping(prefix = "s2.stealing")
public interface StealingConfig {

    /** Queued tasks that a session keeps: stealing takes only from longer queues. */
    @WithDefault("5")
    int keep();

    /** Least score of the idle session for a task's needs, 0 to 1. */
    @WithDefault("0.70")
    double minScore();

    /** How long a stolen task is not stolen again. */
    @WithDefault("60s")
    Duration rest();

    /** The most queues that are considered for one session, the longest first. */
    @WithDefault("5")
    int maxQueues();

    /** The most tasks of each lane of a queue that are considered, the newest first. */
    @WithDefault("5")
    int maxTasks();

    /** How often a steal is repeated at once when others took the task. */
    @WithDefault("5")
    int attempts();

    /** Waiting sessions that one process looks for at a time, chosen at random ({@code s2.coordinator.look-again}). */
    @WithDefault("64")
    int maxWaiting();

    /** The most looks in one statement. */
    @WithDefault("64")
    int lookBatch();

    /** Looks that may queue in one process; further calls get 503. */
    @WithDefault("20000")
    int lookQueue();

    /** Statements with looks under way at once in one process. */
    @WithDefault("2")
    int lookParallel();
}
