package io.infrafabric.escalation;

import io.infrafabric.input.Allowed;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** Numbers of escalation; all under {@code s2.escalation}. */
@ConfigMapping(prefix = "s2.escalation")
public interface EscalationConfig {

    /** Attempts at a webhook delivery before it is {@code DEAD}; a replay grants as many again. */
    @Allowed(from = "1", to = "1000")
    @WithDefault("16")
    int attempts();

    /**
     * The longest wait before the second attempt; it doubles with each further one. The wait itself is random below it.
     */
    @Allowed(from = "1ms", to = "30d", atMost = "s2.escalation.retry-backoff-max")
    @WithDefault("5s")
    Duration retryBackoff();

    /** The longest wait between two attempts; also the longest Retry-After of a receiver that counts. */
    @Allowed(from = "1ms", to = "30d")
    @WithDefault("6h")
    Duration retryBackoffMax();

    /** The most cases that one transaction withdraws; further transactions handle the rest. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("100")
    int withdrawBatch();

    /** How long the end of a cause is remembered, so that a late question makes no case. */
    @Allowed(from = "1m", to = "365d")
    @WithDefault("7d")
    Duration keepEnded();

    /**
     * The most pages to a human about one condition that comes and goes, within pages-within; further pages wait until
     * that time is over.
     */
    @Allowed(from = "1", to = "100000")
    @WithDefault("3")
    int pages();

    /** Time within which one condition may page a human that often. */
    @Allowed(from = "1s", to = "365d")
    @WithDefault("1h")
    Duration pagesWithin();

    /** Time for one attempt, from resolving the name to the end of the answer. */
    @Allowed(from = "10ms", to = "10m", below = "s2.escalation.lease")
    @WithDefault("10s")
    Duration timeout();

    /** Time after which another process takes over an attempt whose process went silent; longer than the timeout. */
    @Allowed(from = "100ms", to = "1h")
    @WithDefault("60s")
    Duration lease();

    /** The most attempts under way at once in one process. */
    @Allowed(from = "1", to = "1000")
    @WithDefault("16")
    int maxConcurrent();

    /** The most deliveries that wait for one of these attempts; further ones come due again after the lease. */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("1000")
    int maxQueued();

    /** The most bytes of a receiver's answer that are read. */
    @Allowed(from = "0", to = "10000000")
    @WithDefault("4096")
    int maxAnswerBytes();

    /** The most webhooks of the installation. */
    @Allowed(from = "1", to = "100000")
    @WithDefault("100")
    int maxWebhooks();

    /** How long an arrived delivery stays in the list. Dead ones stay until they are replayed or deleted. */
    @Allowed(from = "1m", to = "3650d")
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
    @Allowed(from = "1", to = "1000000")
    @WithDefault("4000")
    int maxAsked();

    /** The most options of one case. */
    @Allowed(from = "1", to = "1000")
    @WithDefault("20")
    int maxOptions();

    /** The most open questions of one session; a further one is refused. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("10")
    int maxSessionQuestions();

    /** How long a session's question waits for an answer if it names no deadline. */
    @Allowed(from = "1s", to = "365d", atMost = "s2.escalation.question-longest")
    @WithDefault("24h")
    Duration questionWaits();

    /** The longest time that a session's question may wait for an answer. */
    @Allowed(from = "1s", to = "365d")
    @WithDefault("30d")
    Duration questionLongest();

    /** The most pieces of evidence of one case, each of at most 2000 characters. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("50")
    int maxEvidence();

    /** How often escalation asks again for the types of events that webhooks want. */
    @Allowed(from = "1s", to = "12h")
    @WithDefault("1h")
    Duration typesAgain();
}
