package io.infrafabric.dissent;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Numbers of dissent; all under {@code s2.dissent}. */
@ConfigMapping(prefix = "s2.dissent")
public interface DissentConfig {

    /**
     * Characters of a memo that are searched together; the views of a longer memo are searched in parts. Of a view that is
     * longer alone, the rest is kept, but not found by its words.
     */
    @WithDefault("100000")
    int maxIndexed();

    /** Characters of a query. */
    @WithDefault("500")
    int maxQuery();

    /** How long one search looks; then its page is shorter than asked, and its cursor goes on from there. */
    @WithDefault("1s")
    Duration searchTime();

    /** Characters of a note to a report. */
    @WithDefault("65536")
    int maxNote();

    /** Pieces of evidence of a report, each of at most 2000 characters. */
    @WithDefault("50")
    int maxEvidence();

    /** Verifications of the whole chain at a time in one process, each of another caller; others wait for their turn. */
    @WithDefault("2")
    int maxVerifying();

    /** Callers that may wait for a verification in one process; one more gets 503. */
    @WithDefault("100")
    int maxVerifyingQueue();

    /** Links of the chain that are read at once to verify it. */
    @WithDefault("200")
    int verifyPage();

    /** Bytes of the chain that are read at once to verify it; a larger link is read alone. */
    @WithDefault("1048576")
    int verifyBytes();
}
