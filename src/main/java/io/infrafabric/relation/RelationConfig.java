package io.infrafabric.relation;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Numbers of the relation function; all under {@code s2.relation}. */
@ConfigMapping(prefix = "s2.relation")
public interface RelationConfig {

    /** The most steps from the claim in one answer; a query that asks for more is refused. */
    @WithDefault("10")
    int maxDepth();

    /** Claims in one answer of a query. */
    @WithDefault("2000")
    int maxClaims();

    /** Relations in one answer of a query. */
    @WithDefault("20000")
    int maxRelations();

    /** Steps of dependencies that a change is followed, for derived contradictions and disputes. */
    @WithDefault("64")
    int deriveDepth();

    /** Claims that a change is followed to, each way. */
    @WithDefault("5000")
    int deriveClaims();

    /** Contradictions whose severity one change recomputes. */
    @WithDefault("500")
    int maxWeighed();

    /** Contradictions that one change may derive for claims that depend on both sides; first one for each claim. */
    @WithDefault("200")
    int maxDerived();

    /** Claims whose standing one transaction computes; further transactions handle the rest. */
    @WithDefault("2000")
    int settleClaims();

    /** Commands of callers in one transaction. */
    @WithDefault("32")
    int commitBatch();

    /** Commands that may queue in one process; further calls get 503. */
    @WithDefault("10000")
    int commitQueue();

    /** Transactions of commands under way at once in one process. */
    @WithDefault("2")
    int commitParallel();

    /** Claims that one swarm may state; further ones get 429. Versions of a claim count as one. */
    @WithDefault("1000000")
    long maxStated();

    /** Claims that one session may state; further ones get 429. */
    @WithDefault("50000")
    long maxStatedOfSession();

    /** Characters of a statement. */
    @WithDefault("4000")
    int maxStatement();

    /** Labels that a scope includes, and as many that it excludes. */
    @WithDefault("50")
    int maxLabels();

    /** Pieces of evidence of one claim. */
    @WithDefault("50")
    int maxEvidence();

    /** Falsifiers of one claim. */
    @WithDefault("20")
    int maxFalsifiers();
}
