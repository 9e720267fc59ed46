package io.infrafabric.bulkhead.provider;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Where calls go, and what bounds them.
 *
 * @param baseUrl the path of a call is appended to it; without a slash at its end
 * @param maxConcurrent calls under way at once, in the whole fleet
 * @param maxQueued calls that wait for one of these places, in one process
 * @param queueFor how long a call waits
 * @param auth where the key is; {@code null} if callers bring their own
 * @param injectUsage whether a streamed call that does not ask for its usage is made to ask
 * @param paths what the path of a call must begin with (one of them)
 * @param version grows with each change
 */
public record Provider(
        String name,
        URI baseUrl,
        Dialect dialect,
        int maxConcurrent,
        int maxQueued,
        Duration queueFor,
        Timeouts timeouts,
        BreakerLimits breaker,
        Auth auth,
        WhenClientLeaves whenClientLeaves,
        UnknownModel unknownModel,
        boolean injectUsage,
        List<String> paths,
        long version,
        Instant createdAt,
        Instant changedAt,
        String changedBy) {

    /**
     * How long each part of a call may take.
     *
     * @param connect to get a connection, with TLS
     * @param firstByte from the request to the head of the answer
     * @param idle between two parts of the answer
     * @param total from the first to the last
     */
    public record Timeouts(Duration connect, Duration firstByte, Duration idle, Duration total) {}

    /**
     * When the breaker opens.
     *
     * @param window the time that is looked at
     * @param minCalls with fewer calls it stays closed
     * @param failureRate the part of failed calls from which it opens, 0 to 1
     * @param openFor how long it is open for the first time
     */
    public record BreakerLimits(Duration window, int minCalls, double failureRate, Duration openFor) {}

    /**
     * Where the key is, and how it is sent.
     *
     * @param key {@code env:NAME} or {@code file:PATH}
     * @param header in lower case
     * @param scheme what stands before it; empty for nothing
     */
    public record Auth(String key, String header, String scheme) {}

    /** What happens to a call whose client leaves. */
    public enum WhenClientLeaves {
        /** It ends at once. */
        ABORT,
        /** The rest of the answer is read, for its usage. */
        DRAIN
    }

    /** What a model costs that nobody knows. */
    public enum UnknownModel {
        /** As much as the provider's dearest. */
        DEAREST,
        /** It is refused. */
        REFUSE
    }
}
