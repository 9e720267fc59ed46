package io.infrafabric.escalation;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** Numbers of escalation; all under {@code s2.escalation}. */
@ConfigMapping(prefix = "s2.escalation")
public interface EscalationConfig {

    /** Attempts at a webhook delivery before it is {@code DEAD}; a replay grants as many again. */
    @WithDefault("16")
    int attempts();

    /**
     * The longest wait before the second attempt; it doubles with each further one. The wait itself is random below it.
     */
    @WithDefault("5s")
    Duration retryBackoff();

    /** The longest wait between two attempts; also the longest Retry-After of a receiver that counts. */
    @WithDefault("6h")
    Duration retryBackoffMax();

    /** The most cases that one transaction withdraws; further transactions handle the rest. */
    @WithDefault("100")
    int withdrawBatch();

    /** How long the end of a cause is remembered, so that a late question makes no case. */
    @WithDefault("7d")
    Duration keepEnded();

    /**
     * The most pages to a human about one condition that comes and goes, within pages-within; further pages wait until
     * that time is over.
     */
    @WithDefault("3")
    int pages();

    /** Time within which one condition may page a human that often. */
    @WithDefault("1h")
    Duration pagesWithin();

    /** Time for one attempt, from resolving the name to the end of the answer. */
    @WithDefault("10s")
    Duration timeout();

    /** Time after which another process takes over an attempt whose process went silent; longer than the timeout. */
    @WithDefault("60s")
    Duration lease();

    /** The most attempts under way at once in one process. */
    @WithDefault("16")
    int maxConcurrent();

    /** The most deliveries that wait for one of these attempts; further ones come due again after the lease. */
    @WithDefault("1000")
    int maxQueued();

    /** The most bytes of a receiver's answer that are read. */
    @WithDefault("4096")
    int maxAnswerBytes();

    /** The most webhooks of the installation. */
    @WithDefault("100")
    int maxWebhooks();

    /** How long an arrived delivery stays in the list. Dead ones stay until they are replayed or deleted. */
    @WithDefault("30d")
    Duration deliveriesKept();

    /**
     * Whether webhooks may go to loopback, private, link-local and other reserved addresses. Absent: only in a run that
     * embeds its own servers.
     */
    Optional<Boolean> allowPrivateAddresses();

    /** Which servers this run embeds; the launcher sets it. */
    Optional<String> embedded();

    /** The most characters of a question. */
    @WithDefault("4000")
    int maxAsked();

    /** The most options of one case. */
    @WithDefault("20")
    int maxOptions();

    /** The most pieces of evidence of one case, each of at most 2000 characters. */
    @WithDefault("50")
    int maxEvidence();
}
