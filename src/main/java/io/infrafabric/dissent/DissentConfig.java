package io.infrafabric.dissent;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Numbers of dissent; all under {@code s2.dissent}. */
@ConfigMapping(prefix = "s2.dissent")
public interface DissentConfig {

    /**
     * The most characters of a memo that are indexed together. A longer memo is indexed in parts, view by view. The
     * rest of a single longer view is kept, but searches do not find its words.
     */
    @WithDefault("100000")
    int maxIndexed();

    /** The most characters of a query. */
    @WithDefault("500")
    int maxQuery();

    /** How long one search looks. After that it returns a shorter page and a cursor to continue from. */
    @WithDefault("1s")
    Duration searchTime();

    /** The most characters of a note in a report. */
    @WithDefault("65536")
    int maxNote();

    /** The most pieces of evidence of a report, each of at most 2000 characters. */
    @WithDefault("50")
    int maxEvidence();

    /**
     * The most verifications of the whole chain under way at once in one process, each for a different caller; others
     * queue.
     */
    @WithDefault("2")
    int maxVerifying();

    /** The most callers that queue for a verification in one process; further calls get 503. */
    @WithDefault("100")
    int maxVerifyingQueue();

    /** The most links of the chain that a verification reads at once. */
    @WithDefault("200")
    int verifyPage();

    /** The most bytes of the chain that a verification reads at once; a larger link is read alone. */
    @WithDefault("1048576")
    int verifyBytes();
}
