package io.infrafabric.coordinator.claim;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import io.infrafabric.budget.Purses;
import io.infrafabric.coordinator.task.Task.State;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;

/** Why a task is not held by anybody, or not by one session. Its JSON names the {@code kind} first. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
public sealed interface Reason {

    /** It is done, dead or cancelled. */
    @JsonTypeName("OVER")
    record Over(State state) implements Reason {}

    /** A session has it, until the end of its lease; {@code null} while the result that it handed in is checked. */
    @JsonTypeName("HELD")
    record Held(String holder, Instant until) implements Reason {}

    /** These tasks must be done first: the first 100 of them. */
    @JsonTypeName("DEPENDENCY")
    record Dependency(List<String> blockedBy) implements Reason {}

    /** These claims, which it rests on, are disputed. */
    @JsonTypeName("DISPUTE")
    record Dispute(List<String> claims) implements Reason {}

    /** Nobody may have it before: a retry waits, or somebody said so. It becomes claimable within a moment after that. */
    @JsonTypeName("TIME")
    record Time(Instant notBefore) implements Reason {}

    /** Nobody may have it since then; it is about to be cancelled. */
    @JsonTypeName("EXPIRED")
    record Expired(Instant expiresAt) implements Reason {}

    /** An operator has paused the swarm. */
    @JsonTypeName("PAUSE")
    record Pause(String reason) implements Reason {}

    /** Only this session may have it. */
    @JsonTypeName("ASSIGNED")
    record Assigned(String assignee) implements Reason {}

    /** The session that was asked about lacks these names. */
    @JsonTypeName("REQUIREMENT")
    record Requirement(List<String> missing) implements Reason {}

    /** No session that is LIVE has all that it requires; these are what {@code waitsFor} of the task says is missing. */
    @JsonTypeName("NOBODY_CAN")
    record NobodyCan(List<String> missing) implements Reason {}

    /**
     * As many tasks with this key are held as may be.
     *
     * @param heldBy the tasks that are held: the first 10
     */
    @JsonTypeName("CONCURRENCY")
    record Concurrency(String key, int atMost, int running, List<String> heldBy) implements Reason {}

    /**
     * Other keys come first.
     *
     * @param key {@code null} for tasks without one, which take turns as one more key
     * @param place how many other keys come before it in turn
     */
    @JsonTypeName("FAIRNESS")
    record Fairness(String key, double weight, int place) implements Reason {}

    /**
     * The session cannot pay for it.
     *
     * @param remaining what the account has left, {@code null} if it has no limit
     */
    @JsonTypeName("MONEY")
    record Money(String account, BigDecimal remaining, BigDecimal estimatedCost, Purses.Refusal why)
            implements Reason {}

    /** The session released it a moment ago. */
    @JsonTypeName("RESTS")
    record Rests(Instant until) implements Reason {}

    /** The session holds as many tasks as it may. */
    @JsonTypeName("SESSION_FULL")
    record SessionFull(int maxConcurrentTasks, int holding) implements Reason {}

    /** The session has left. */
    @JsonTypeName("SESSION_LEFT")
    record SessionLeft(String session) implements Reason {}

    /**
     * It could be claimed, and nobody does. Both are counted up to 1000.
     *
     * @param able how many LIVE sessions may have it
     * @param withRoom how many of these could hold one more task
     */
    @JsonTypeName("NOBODY_IDLE")
    record NobodyIdle(int able, int withRoom) implements Reason {}
}
