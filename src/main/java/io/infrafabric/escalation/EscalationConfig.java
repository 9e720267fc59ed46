package io.infrafabric.escalation;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** Numbers of escalation; all under {@code s2.escalation}. */
@ConfigMapping(prefix = "s2.escalation")
public interface EscalationConfig {

    /** Attempts at a webhook delivery before it is {@code DEAD}; a replay gives it as many again. */
    @WithDefault("16")
    int attempts();

    /** The longest wait before the second attempt; doubles with every further one. The wait itself is random below it. */
    @WithDefault("5s")
    Duration retryBackoff();

    /** The longest wait between two attempts; also what is honoured of a receiver's Retry-After at most. */
    @WithDefault("6h")
    Duration retryBackoffMax();

    /** Cases that one transaction withdraws; the others follow in further ones. */
    @WithDefault("100")
    int withdrawBatch();

    /** How long it stays known that a cause has gone away, so that a question that comes late makes no case. */
    @WithDefault("7d")
    Duration keepEnded();

    /** Pages to a human about one condition that comes and goes, within pages-within; then it waits until that is over. */
    @WithDefault("3")
    int pages();

    /** Time within which a condition that comes and goes pages at most so often. */
    @WithDefault("1h")
    Duration pagesWithin();

    /** Time for one attempt, from resolving the name to the end of the answer. */
    @WithDefault("10s")
    Duration timeout();

    /** Time after which an attempt whose process said nothing more is taken over; must be longer than the timeout. */
    @WithDefault("60s")
    Duration lease();

    /** Attempts under way at once in one process. */
    @WithDefault("16")
    int maxConcurrent();

    /** Deliveries that may wait for one of these; one more comes due again after the lease. */
    @WithDefault("1000")
    int maxQueued();

    /** What is read of a receiver's answer, in bytes. */
    @WithDefault("4096")
    int maxAnswerBytes();

    /** Webhooks of the installation. */
    @WithDefault("100")
    int maxWebhooks();

    /** How long a delivery that arrived is kept to be looked at. Dead ones are kept until replayed or deleted. */
    @WithDefault("30d")
    Duration deliveriesKept();

    /**
     * Whether webhooks may go to loopback, private, link-local and other reserved addresses. Absent: only in a run that
     * embeds its own servers.
     */
    Optional<Boolean> allowPrivateAddresses();

    /** Which servers are embedded in this run; set by the launcher. */
    Optional<String> embedded();

    /** Characters of a question. */
    @WithDefault("4000")
    int maxAsked();

    /** Options of one case. */
    @WithDefault("20")
    int maxOptions();

    /** Pieces of evidence of one case, each of at most 2000 characters. */
    @WithDefault("50")
    int maxEvidence();
}
