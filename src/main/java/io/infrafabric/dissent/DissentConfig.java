package io.infrafabric.dissent;

import io.infrafabric.input.Allowed;
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
    @Allowed(from = "100", to = "150000")
    @WithDefault("100000")
    int maxIndexed();

    /** The most characters of a query. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("500")
    int maxQuery();

    /** How long one search looks. After that it returns a shorter page and a cursor to continue from. */
    @Allowed(from = "10ms", to = "1m")
    @WithDefault("1s")
    Duration searchTime();

    /** The most characters of a note in a report. */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("65536")
    int maxNote();

    /** The most pieces of evidence of a report, each of at most 2000 characters. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("50")
    int maxEvidence();

    /**
     * The most verifications of the whole chain under way at once in one process, each for a different caller; others
     * queue.
     */
    @Allowed(from = "1", to = "1000")
    @WithDefault("2")
    int maxVerifying();

    /** The most callers that queue for a verification in one process; further calls get 503. */
    @Allowed(from = "0", to = "100000")
    @WithDefault("100")
    int maxVerifyingQueue();

    /** The most links of the chain that a verification reads at once. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("200")
    int verifyPage();

    /** The most bytes of the chain that a verification reads at once; a larger link is read alone. */
    @Allowed(from = "1", to = "1073741824")
    @WithDefault("1048576")
    int verifyBytes();
}
