package io.infrafabric.relation;

import io.infrafabric.input.Allowed;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Numbers of the relation function; all under {@code s2.relation}. */
@ConfigMapping(prefix = "s2.relation")
public interface RelationConfig {

    /** The most steps from the claim in one answer; a query that asks for more is refused. */
    @Allowed(from = "0", to = "1000")
    @WithDefault("10")
    int maxDepth();

    /** The most claims in one answer of a query. */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("2000")
    int maxClaims();

    /** The most relations in one answer of a query. */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("20000")
    int maxRelations();

    /** How many steps of dependencies a change is followed, for derived contradictions and disputes. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("64")
    int deriveDepth();

    /** The most claims that a change is followed to, each way. */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("5000")
    int deriveClaims();

    /** The most contradictions whose severity one change recomputes. */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("500")
    int maxWeighed();

    /**
     * The most contradictions that one change derives for claims that depend on both sides; each claim gets its first
     * one before any gets a second.
     */
    @Allowed(from = "1", to = "100000")
    @WithDefault("200")
    int maxDerived();

    /** The most claims whose standing one transaction computes; further transactions handle the rest. */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("2000")
    int settleClaims();

    /** The most commands of callers in one transaction. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("32")
    int commitBatch();

    /** Commands that may queue in one process; further calls get 503. */
    @Allowed(from = "1", to = "10000000")
    @WithDefault("10000")
    int commitQueue();

    /** Transactions of commands under way at once in one process. */
    @Allowed(from = "1", to = "100")
    @WithDefault("2")
    int commitParallel();

    /** Claims that one swarm may state; further ones get 429. Versions of a claim count as one. */
    @Allowed(from = "1", to = "1000000000000")
    @WithDefault("1000000")
    long maxStated();

    /** Claims that one session may state; further ones get 429. */
    @Allowed(from = "1", to = "1000000000000")
    @WithDefault("50000")
    long maxStatedOfSession();

    /** The most characters of a statement. */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("4000")
    int maxStatement();

    /** The most labels that a scope includes, and that it excludes. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("50")
    int maxLabels();

    /** The most pieces of evidence of one claim. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("50")
    int maxEvidence();

    /** The most falsifiers of one claim. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("20")
    int maxFalsifiers();
}
