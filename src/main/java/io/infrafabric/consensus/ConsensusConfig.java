package io.infrafabric.consensus;

import io.infrafabric.input.Allowed;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.math.BigDecimal;
import java.time.Duration;

/** Numbers of consensus; all under {@code s2.consensus}. */
@ConfigMapping(prefix = "s2.consensus")
public interface ConsensusConfig {

    /** Votes that a decision needs, unless its swarm sets another number (seed: QUORUM_SIZE). */
    @Allowed(from = "1", to = "100000", atMost = "s2.consensus.max-electors")
    @WithDefault("7")
    int quorum();

    /** Share of the votes for or against that approvals must exceed. */
    @Allowed(from = "0", to = "0.99")
    @WithDefault("0.50")
    BigDecimal majority();

    /** The share of all votes that approvals need at least with a hazard (seed: SUPERMAJORITY_THRESHOLD). */
    @Allowed(from = "0", to = "1")
    @WithDefault("0.80")
    BigDecimal supermajority();

    /** How long a decision is open, unless it sets its own time. */
    @Allowed(from = "1s", to = "3650d", atMost = "s2.consensus.longest-voting")
    @WithDefault("1h")
    Duration voting();

    /**
     * How long silent electors may keep a quorum out of reach before the decision closes and a human is asked. Electors
     * that come back in time can vote.
     */
    @Allowed(from = "0s", to = "365d")
    @WithDefault("10m")
    Duration quorumPatience();

    /** The longest that a decision may be open. */
    @Allowed(from = "1s", to = "3650d")
    @WithDefault("7d")
    Duration longestVoting();

    /**
     * How alike electors of one model and provider vote: 0 means independently, 1 means as one. Only shown; see
     * minIndependent.
     */
    @Allowed(from = "0", to = "1")
    @WithDefault("0.5")
    BigDecimal correlation();

    /** The most sessions in one electorate. */
    @Allowed(from = "1", to = "100000")
    @WithDefault("1000")
    int maxElectors();

    /** The most characters of a summary. */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("4000")
    int maxSummary();

    /** The most characters of each rationale, alternative and falsifier. */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("65536")
    int maxRationale();

    /** The most pieces of evidence of one vote, each of at most 2000 characters. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("50")
    int maxEvidence();

    /** The most votes of one elector on one decision, changes included. */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("1000")
    int maxChanges();

    /**
     * The most characters of all current votes on one decision, which its memo must hold. Each elector may use an equal
     * share; with 28 electors or fewer the share exceeds the longest vote.
     */
    @Allowed(from = "1", to = "100000000")
    @WithDefault("8388608")
    long maxWords();

    /** The most characters of all votes of one elector on one decision, changes included. */
    @Allowed(from = "1", to = "100000000")
    @WithDefault("8388608")
    long maxElectorWords();

    /** The longest time until a falsifier is due. */
    @Allowed(from = "1s", to = "36500d")
    @WithDefault("366d")
    Duration longestFalsifier();

    /**
     * The most decisions that gain or lose a hazard in one transaction because of disputed evidence; further
     * transactions handle the rest.
     */
    @Allowed(from = "1", to = "10000")
    @WithDefault("200")
    int evidenceBatch();

    /** The most votes in one transaction. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("64")
    int commitBatch();

    /** Votes that may queue in one process; further votes get 503. */
    @Allowed(from = "1", to = "10000000")
    @WithDefault("5000")
    int commitQueue();

    /** Transactions with votes under way at once in one process. */
    @Allowed(from = "1", to = "100")
    @WithDefault("2")
    int commitParallel();
}
