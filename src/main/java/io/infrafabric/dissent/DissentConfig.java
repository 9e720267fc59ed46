package io.infrafabric.dissent;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Numbers of dissent; all under {@code s2.dissent}. */
@ConfigMapping(prefix = "s2.dissent")
public interface DissentConfig {

    /**
     * Characters of a memo that are indexed together. The views of a longer memo are indexed in parts; of a single
     * longer view, the rest is kept, but searches do not find its words.
     */
    @WithDefault("100000")
    int maxIndexed();

    /** Characters of a query. */
    @WithDefault("500")
    int maxQuery();

    /** How long one search looks. After that it returns a shorter page and a cursor to continue from. */
    @WithDefault("1s")
    Duration searchTime();

    /** Characters of a note to a report. */
    @WithDefault("65536")
    int maxNote();

    /** Pieces of evidence of a report, each of at most 2000 characters. */
    @WithDefault("50")
    int maxEvidence();

    /** Verifications of the whole chain under way at once in one process, each for another caller; others queue. */
    @WithDefault("2")
    int maxVerifying();

    /** Callers that may queue for a verification in one process; further calls get 503. */
    @WithDefault("100")
    int maxVerifyingQueue();

    /** Links of the chain that a verification reads at once. */
    @WithDefault("200")
    int verifyPage();

    /** Bytes of the chain that a verification reads at once; a larger link is read alone. */
    @WithDefault("1048576")
    int verifyBytes();
}
