package io.infrafabric.stealing;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Numbers of stealing; all under {@code s2.stealing}. */
@ConfigMapping(prefix = "s2.stealing")
public interface StealingConfig {

    /** Queued tasks that a session keeps: only from longer queues is anything stolen. */
    @WithDefault("5")
    int keep();

    /** Least score of the task's needs against the idle session, 0 to 1. */
    @WithDefault("0.70")
    double minScore();

    /** How long a stolen task is not stolen again. */
    @WithDefault("60s")
    Duration rest();

    /** Queues that are looked at for one session, the longest first. */
    @WithDefault("5")
    int maxQueues();

    /** Tasks of a queue that are looked at, the least important first. */
    @WithDefault("500")
    int lookahead();

    /** Tasks of a queue whose score is worked out, of those that the session could do by their needs. */
    @WithDefault("50")
    int maxTasks();

    /** How often it is tried again at once when others took what was found. */
    @WithDefault("5")
    int attempts();

    /** Waiting sessions for which one process looks at a time, chosen at random ({@code s2.coordinator.look-again}). */
    @WithDefault("64")
    int maxWaiting();

    /** Looks in one statement. */
    @WithDefault("64")
    int lookBatch();

    /** Looks that may queue in one process; one more gets 503. */
    @WithDefault("20000")
    int lookQueue();

    /** Statements that look, under way at once in one process. */
    @WithDefault("2")
    int lookParallel();
}
