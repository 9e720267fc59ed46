package io.infrafabric.dissent;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Numbers of dissent; all under {@code s2.dissent}. */
@ConfigMapping(prefix = "s2.dissent")
public interface DissentConfig {

    /** Characters of a memo, and of each view in it, that are searched; more are kept, but not found by their words. */
    @WithDefault("100000")
    int maxIndexed();

    /** Characters of a query. */
    @WithDefault("500")
    int maxQuery();

    /** Characters of a note to a report. */
    @WithDefault("65536")
    int maxNote();

    /** Pieces of evidence of a report, each of at most 2000 characters. */
    @WithDefault("50")
    int maxEvidence();

    /** Verifications of the whole chain at a time in one process; more are refused. */
    @WithDefault("1")
    int maxVerifying();

    /** Links of the chain that are read at once to verify it. */
    @WithDefault("200")
    int verifyPage();

    /** Bytes of the chain that are read at once to verify it; a larger link is read alone. */
    @WithDefault("1048576")
    int verifyBytes();
}
