package io.infrafabric.relation;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Numbers of the relation function; all under {@code s2.relation}. */
@ConfigMapping(prefix = "s2.relation")
public interface RelationConfig {

    /** The most steps from the claim in one answer; a query that asks for more is refused. */
    @WithDefault("10")
    int maxDepth();

    /** The most claims in one answer of a query. */
    @WithDefault("2000")
    int maxClaims();

    /** The most relations in one answer of a query. */
    @WithDefault("20000")
    int maxRelations();

    /** How many steps of dependencies a change is followed, for derived contradictions and disputes. */
    @WithDefault("64")
    int deriveDepth();

    /** The most claims that a change is followed to, each way. */
    @WithDefault("5000")
    int deriveClaims();

    /** The most contradictions whose severity one change recomputes. */
    @WithDefault("500")
    int maxWeighed();

    /**
     * The most contradictions that one change derives for claims that depend on both sides; each claim gets its first
     * one before any gets a second.
     */
    @WithDefault("200")
    int maxDerived();

    /** The most claims whose standing one transaction computes; further transactions handle the rest. */
    @WithDefault("2000")
    int settleClaims();

    /** The most commands of callers in one transaction. */
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

    /** The most characters of a statement. */
    @WithDefault("4000")
    int maxStatement();

    /** The most labels that a scope includes, and that it excludes. */
    @WithDefault("50")
    int maxLabels();

    /** The most pieces of evidence of one claim. */
    @WithDefault("50")
    int maxEvidence();

    /** The most falsifiers of one claim. */
    @WithDefault("20")
    int maxFalsifiers();
}
