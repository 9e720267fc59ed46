package io.infrafabric.stealing;

import io.infrafabric.input.Allowed;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Numbers of stealing; all under {@code s2.stealing}. */
@ConfigMapping(prefix = "s2.stealing")
public interface StealingConfig {

    /** Queued tasks that a session keeps: stealing takes only from longer queues. */
    @Allowed(from = "0", to = "100000")
    @WithDefault("5")
    int keep();

    /** Least score of the idle session for a task's needs, 0 to 1. */
    @Allowed(from = "0", to = "1")
    @WithDefault("0.70")
    double minScore();

    /** How long a stolen task is not stolen again. */
    @Allowed(from = "0s", to = "24h")
    @WithDefault("60s")
    Duration rest();

    /** The most queues that are considered for one session, the longest first. */
    @Allowed(from = "1", to = "1000")
    @WithDefault("5")
    int maxQueues();

    /** The most tasks of each lane of a queue that are considered, the newest first. */
    @Allowed(from = "1", to = "1000")
    @WithDefault("5")
    int maxTasks();

    /** How often a steal is repeated at once when others took the task. */
    @Allowed(from = "0", to = "100")
    @WithDefault("5")
    int attempts();

    /** Waiting sessions that one process looks for at a time, chosen at random ({@code s2.coordinator.look-again}). */
    @Allowed(from = "1", to = "10000")
    @WithDefault("64")
    int maxWaiting();

    /** The most looks in one statement. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("64")
    int lookBatch();

    /** Looks that may queue in one process; further calls get 503. */
    @Allowed(from = "1", to = "10000000")
    @WithDefault("20000")
    int lookQueue();

    /** Statements with looks under way at once in one process. */
    @Allowed(from = "1", to = "100")
    @WithDefault("2")
    int lookParallel();
}
