package io.infrafabric.coordinator;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Numbers of the coordinator; all under {@code s2.coordinator}. */
@ConfigMapping(prefix = "s2.coordinator")
public interface CoordinatorConfig {

    /** Lease of a claim that does not give one. */
    @WithDefault("300s")
    Duration lease();

    /** Attempts of a task before it is {@code DEAD}, unless the task gives another number. */
    @WithDefault("3")
    int maxAttempts();

    /** The most leases that a session holds at once, unless its enrolment says otherwise. */
    @WithDefault("3")
    int maxConcurrentTasks();

    /** Silence after which a session is lost, unless its enrolment says otherwise. */
    @WithDefault("90s")
    Duration heartbeat();

    /** How long a released task rests for the session that gave it back; other sessions may have it at once. */
    @WithDefault("30s")
    Duration releaseRest();

    /** How often a session may claim a task again that it holds; each further time uses up an attempt of the task. */
    @WithDefault("3")
    int maxReclaims();

    /** The most leases that a claim's answer lists ({@code holding}); a heartbeat lists all. */
    @WithDefault("100")
    int maxHolding();

    /** {@code Retry-After} of a claim in a paused swarm. */
    @WithDefault("10s")
    Duration pausedRetryAfter();

    /** How long a session's breaker is open before its queued tasks lose their assignee. */
    @WithDefault("300s")
    Duration unassignStoppedAfter();

    /** Wait before the second attempt; it doubles with each further one. */
    @WithDefault("1s")
    Duration retryBackoff();

    /** The longest wait between two attempts. */
    @WithDefault("60s")
    Duration retryBackoffMax();

    /** How often waiting claims and inboxes look again by themselves, in case a bell was lost. */
    @WithDefault("2s")
    Duration lookAgain();

    /** How often is looked for queued tasks that require what no live session has. */
    @WithDefault("5s")
    Duration nobodyCanLook();

    /** How long tasks wait for a session that has what they require before a human is asked. */
    @WithDefault("10m")
    Duration nobodyCanAfter();

    /** How often the calls of sessions are written as heartbeats; at least 1 s. */
    @WithDefault("1s")
    Duration presenceFlush();

    /**
     * The most calls that wait at once in one process, for tasks and notices together; further calls get 503. At most
     * three quarters of {@code s2.door.max-connections}.
     */
    @WithDefault("20000")
    int maxWaiting();

    /** The most calls of one session that wait at once in one process; further calls get 429. */
    @WithDefault("16")
    int maxWaitingPerSession();

    /** Lanes of a swarm that one statement reads; a swarm with more takes a claim several statements. */
    @WithDefault("10000")
    int lanesPage();

    /** How long after its time a firing of a schedule is on time; an older one was missed, and {@code missed} decides. */
    @WithDefault("60s")
    Duration scheduleLateAfter();

    /** The most missed firings of a schedule that are made up for at once ({@code missed: ALL}); the newest are. */
    @WithDefault("100")
    int scheduleMaxMissed();

    /** Largest payload or result of a task, in bytes of JSON. */
    @WithDefault("131072")
    int maxPayloadBytes();

    /** The most tasks in one batch submit, and sessions in one batch enrolment. */
    @WithDefault("1000")
    int maxBatch();

    /** The most dependencies of all tasks in one batch: as many as one transaction links in time. */
    @WithDefault("50000")
    int maxBatchDependencies();

    /** Tasks that may wait ({@code WAITING} or {@code QUEUED}) in one swarm; further submits get 429. */
    @WithDefault("200000")
    int maxWaitingTasks();

    /** Tasks submitted by one session that may wait; its further submits get 429. */
    @WithDefault("20000")
    int maxWaitingTasksOfSession();

    /** Tasks that one swarm may get in a minute, in each process. */
    @WithDefault("600000")
    int maxSubmitsPerMinute();

    /** Tasks that one session may submit in a minute, in each process. */
    @WithDefault("60000")
    int maxSubmitsPerMinuteOfSession();

    /** The most dependencies of one task. */
    @WithDefault("1000")
    int maxDependencies();

    /** The most claims that one task may rest on. */
    @WithDefault("20")
    int maxBasis();

    /**
     * The most tasks that one transaction holds back or releases because of disputed claims; further transactions
     * handle the rest.
     */
    @WithDefault("1000")
    int basisBatch();

    /**
     * The most tasks that one transaction opens because what they waited for is done; further transactions open the
     * rest.
     */
    @WithDefault("500")
    int fanOutBatch();

    /**
     * The most tasks that one cancel may cancel with its own ({@code cascade}), those that follow in batches of
     * {@code bulk-batch} included; if more wait, the call is refused.
     */
    @WithDefault("100000")
    int maxCascade();

    /** Tasks of an order for many tasks that one transaction changes; an order keeps the number that it began with. */
    @WithDefault("500")
    int bulkBatch();

    /** The most tasks that one order may be for. */
    @WithDefault("1000000")
    int maxBulk();

    /** The most refusals of one order that are kept; all are counted. */
    @WithDefault("100")
    int maxBulkRefusals();

    /** The most leases in one heartbeat call. */
    @WithDefault("1000")
    int maxHeartbeatLeases();

    /** The most steps of its history that a task shows, the newest ones. */
    @WithDefault("200")
    int maxHistory();

    /** The most unread notices kept for one session; a further notice replaces the oldest. */
    @WithDefault("10000")
    int maxInbox();

    /** Age at which an outcome counts half in {@code recentSuccess}. */
    @WithDefault("7d")
    Duration outcomeHalfLife();

    /** The most commands of one kind in one transaction. */
    @WithDefault("64")
    int commitBatch();

    /** Commands of one kind that may queue in one process; further calls get 503. */
    @WithDefault("20000")
    int commitQueue();

    /** Transactions of one kind under way at once in one process. */
    @WithDefault("2")
    int commitParallel();

    /**
     * How long submits, claims and ends that do not fill a batch wait for the transaction under way before a second one
     * begins beside it.
     */
    @WithDefault("20ms")
    Duration commitPatience();
}
