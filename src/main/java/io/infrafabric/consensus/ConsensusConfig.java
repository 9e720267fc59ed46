package io.infrafabric.consensus;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.math.BigDecimal;
import java.time.Duration;

/** Numbers of consensus; all under {@code s2.consensus}. */
@ConfigMapping(prefix = "s2.consensus")
public interface ConsensusConfig {

    /** Votes that a decision needs, unless its swarm has another number (seed: QUORUM_SIZE). */
    @WithDefault("7")
    int quorum();

    /** Approvals must be more than this share of the votes that took a side. */
    @WithDefault("0.50")
    BigDecimal majority();

    /** With a hazard, approvals must be at least this share of all votes (seed: SUPERMAJORITY_THRESHOLD). */
    @WithDefault("0.80")
    BigDecimal supermajority();

    /** How long a decision is open unless it says otherwise. */
    @WithDefault("1h")
    Duration voting();

    /**
     * How long a quorum may be out of reach, because electors are silent, until the decision closes and a human is asked. Who
     * comes back before that can vote.
     */
    @WithDefault("10m")
    Duration quorumPatience();

    /** The longest that a decision may be open. */
    @WithDefault("7d")
    Duration longestVoting();

    /** How much electors of one model and provider vote alike: 0 as if independent, 1 as if one. Shown, see minIndependent. */
    @WithDefault("0.5")
    BigDecimal correlation();

    /** Sessions in one electorate. */
    @WithDefault("1000")
    int maxElectors();

    /** Characters of a summary. */
    @WithDefault("4000")
    int maxSummary();

    /** Characters of each rationale, alternative and falsifier. */
    @WithDefault("65536")
    int maxRationale();

    /** Pieces of evidence of one vote, each of at most 2000 characters. */
    @WithDefault("50")
    int maxEvidence();

    /** Votes of one elector on one decision, changes included. */
    @WithDefault("1000")
    int maxChanges();

    /**
     * Characters of the votes that stand on one decision: what its memo has to hold. Each elector may use an equal part of
     * it, and nobody else's: with 28 electors or fewer that is more than the longest vote.
     */
    @WithDefault("8388608")
    long maxWords();

    /** Characters of all votes of one elector on one decision, changes included. */
    @WithDefault("8388608")
    long maxElectorWords();

    /** The latest that a falsifier may be due, from now. */
    @WithDefault("366d")
    Duration longestFalsifier();

    /** Decisions that get or lose a hazard in one transaction because of disputed evidence; the rest follows in the next ones. */
    @WithDefault("200")
    int evidenceBatch();

    /** Votes in one transaction. */
    @WithDefault("64")
    int commitBatch();

    /** Votes that may wait for one in one process; more are refused. */
    @WithDefault("5000")
    int commitQueue();

    /** Transactions with votes at a time in one process. */
    @WithDefault("2")
    int commitParallel();
}
