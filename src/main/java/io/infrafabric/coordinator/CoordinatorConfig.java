package io.infrafabric.coordinator;

import io.infrafabric.input.Allowed;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Numbers of the coordinator; all under {@code s2.coordinator}. */
@ConfigMapping(prefix = "s2.coordinator")
public interface CoordinatorConfig {

    /** Lease of a claim that does not give one. */
    @Allowed(from = "1s", to = "24h")
    @WithDefault("300s")
    Duration lease();

    /** How long the checker of a task has for its verdict before a human is asked whether the result is accepted. */
    @Allowed(from = "1s", to = "24h")
    @WithDefault("10m")
    Duration checkPatience();

    /** Attempts of a task before it is {@code DEAD}, unless the task gives another number. */
    @Allowed(from = "1", to = "100")
    @WithDefault("3")
    int maxAttempts();

    /** The most leases that a session holds at once, unless its enrolment says otherwise. */
    @Allowed(from = "1", to = "1000")
    @WithDefault("3")
    int maxConcurrentTasks();

    /** Silence after which a session is lost, unless its enrolment says otherwise. */
    @Allowed(from = "1s", to = "1h")
    @WithDefault("90s")
    Duration heartbeat();

    /** How long a session may hold work without progress before it is stalled, unless its enrolment says otherwise. */
    @Allowed(from = "1s", to = "24h")
    @WithDefault("1200s")
    Duration stall();

    /** How long a tool that a session runs counts as progress. */
    @Allowed(from = "1s", to = "24h")
    @WithDefault("3600s")
    Duration toolPatience();

    /** How often the progress of a session is written at most; at most a tenth of the time until it is stalled. */
    @Allowed(from = "0s", to = "1m")
    @WithDefault("5s")
    Duration progressEvery();

    /** How long a released task rests for the session that gave it back; other sessions may have it at once. */
    @Allowed(from = "0s", to = "24h")
    @WithDefault("30s")
    Duration releaseRest();

    /** How often a session may claim a task again that it holds; each further time uses up an attempt of the task. */
    @Allowed(from = "0", to = "1000")
    @WithDefault("3")
    int maxReclaims();

    /** The most leases that a claim's answer lists ({@code holding}); a heartbeat lists all. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("100")
    int maxHolding();

    /** {@code Retry-After} of a claim in a paused swarm. */
    @Allowed(from = "1s", to = "1h")
    @WithDefault("10s")
    Duration pausedRetryAfter();

    /** How long a session's breaker is open before its queued tasks lose their assignee. */
    @Allowed(from = "1s", to = "24h")
    @WithDefault("300s")
    Duration unassignStoppedAfter();

    /** Wait before the second attempt; it doubles with each further one. */
    @Allowed(from = "1ms", to = "24h", atMost = "s2.coordinator.retry-backoff-max")
    @WithDefault("1s")
    Duration retryBackoff();

    /** The longest wait between two attempts. */
    @Allowed(from = "1ms", to = "24h")
    @WithDefault("60s")
    Duration retryBackoffMax();

    /** How often waiting claims and inboxes look again by themselves, in case a bell was lost. */
    @Allowed(from = "1s", to = "1h")
    @WithDefault("2s")
    Duration lookAgain();

    /** How often is looked for queued tasks that require what no live session has. */
    @Allowed(from = "1s", to = "1h")
    @WithDefault("5s")
    Duration nobodyCanLook();

    /** How often a process looks for old snapshots, and moves the fronts of its lanes beside one. */
    @Allowed(from = "1s", to = "1m")
    @WithDefault("1s")
    Duration frontLook();

    /** Transactions that have begun since a snapshot was taken, from which on it is old and lanes get fronts. */
    @Allowed(from = "10", to = "1000000000")
    @WithDefault("1000")
    int frontAge();

    /** How often concurrency keys that no task has any more and nobody has limited are forgotten, and turns that nobody waits for. */
    @Allowed(from = "1s", to = "24h")
    @WithDefault("60s")
    Duration keysTidy();

    /** How long tasks wait for a session that has what they require before a human is asked. */
    @Allowed(from = "1s", to = "30d")
    @WithDefault("10m")
    Duration nobodyCanAfter();

    /** How often the calls of sessions are written as heartbeats; at least 1 s. */
    @Allowed(from = "1s", to = "1m")
    @WithDefault("1s")
    Duration presenceFlush();

    /**
     * The most calls that wait at once in one process, for tasks and notices together; further calls get 503. At most
     * three quarters of {@code s2.door.max-connections}.
     */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("20000")
    int maxWaiting();

    /** The most calls of one session that wait at once in one process; further calls get 429. */
    @Allowed(from = "1", to = "100000")
    @WithDefault("16")
    int maxWaitingPerSession();

    /** Lanes of a swarm that one statement reads; a swarm with more takes a claim several statements. */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("10000")
    int lanesPage();

    /** How long after its time a firing of a schedule is on time; an older one was missed, and {@code missed} decides. */
    @Allowed(from = "1s", to = "24h")
    @WithDefault("60s")
    Duration scheduleLateAfter();

    /** The most missed firings of a schedule that are made up for at once ({@code missed: ALL}); the newest are. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("100")
    int scheduleMaxMissed();

    /** Largest payload or result of a task, in bytes of JSON. */
    @Allowed(from = "1", to = "67108864")
    @WithDefault("131072")
    int maxPayloadBytes();

    /** The most tasks in one batch submit, and sessions in one batch enrolment. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("1000")
    int maxBatch();

    /** The most dependencies of all tasks in one batch: as many as one transaction links in time. */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("50000")
    int maxBatchDependencies();

    /** Tasks that may wait ({@code WAITING} or {@code QUEUED}) in one swarm; further submits get 429. */
    @Allowed(from = "1", to = "100000000")
    @WithDefault("200000")
    int maxWaitingTasks();

    /** Tasks submitted by one session that may wait; its further submits get 429. */
    @Allowed(from = "1", to = "100000000")
    @WithDefault("20000")
    int maxWaitingTasksOfSession();

    /** Tasks that one swarm may get in a minute, in each process. */
    @Allowed(from = "1", to = "1000000000")
    @WithDefault("600000")
    int maxSubmitsPerMinute();

    /** Tasks that one session may submit in a minute, in each process. */
    @Allowed(from = "1", to = "1000000000")
    @WithDefault("60000")
    int maxSubmitsPerMinuteOfSession();

    /** The most dependencies of one task. */
    @Allowed(from = "1", to = "100000")
    @WithDefault("1000")
    int maxDependencies();

    /** The most claims that one task may rest on. */
    @Allowed(from = "1", to = "1000")
    @WithDefault("20")
    int maxBasis();

    /**
     * The most tasks that one transaction holds back or releases because of disputed claims; further transactions
     * handle the rest.
     */
    @Allowed(from = "1", to = "10000")
    @WithDefault("1000")
    int basisBatch();

    /**
     * The most tasks that one transaction opens because what they waited for is done; further transactions open the
     * rest.
     */
    @Allowed(from = "1", to = "10000")
    @WithDefault("100")
    int fanOutBatch();

    /**
     * The most tasks that one cancel may cancel with its own ({@code cascade}), those that follow in batches of
     * {@code bulk-batch} included; if more wait, the call is refused.
     */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("100000")
    int maxCascade();

    /** Tasks of an order for many tasks that one transaction changes; an order keeps the number that it began with. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("500")
    int bulkBatch();

    /** The most tasks that one order may be for. */
    @Allowed(from = "1", to = "100000000")
    @WithDefault("1000000")
    int maxBulk();

    /** The most refusals of one order that are kept; all are counted. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("100")
    int maxBulkRefusals();

    /** The most leases in one heartbeat call. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("1000")
    int maxHeartbeatLeases();

    /** The most steps of its history that a task shows, the newest ones. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("200")
    int maxHistory();

    /** The most unread notices kept for one session; a further notice replaces the oldest. */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("10000")
    int maxInbox();

    /** Age at which an outcome counts half in {@code recentSuccess}. */
    @Allowed(from = "1m", to = "3650d")
    @WithDefault("7d")
    Duration outcomeHalfLife();

    /** The most commands of one kind in one transaction. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("64")
    int commitBatch();

    /** Commands of one kind that may queue in one process; further calls get 503. */
    @Allowed(from = "1", to = "10000000")
    @WithDefault("20000")
    int commitQueue();

    /** Transactions of one kind under way at once in one process. */
    @Allowed(from = "1", to = "100")
    @WithDefault("2")
    int commitParallel();

    /**
     * How long submits, claims and ends that do not fill a batch wait for the transaction under way before a second one
     * begins beside it.
     */
    @Allowed(from = "0ms", to = "1s")
    @WithDefault("20ms")
    Duration commitPatience();
}
