package io.infrafabric.event;

/**
 * What ties an event to the call that caused it. Both parts may be {@code null}.
 *
 * @param traceparent W3C Trace Context, as it came with the call
 * @param token the swarm's own trace token (seed: {@code trace_token}), as it came with the task
 */
public record Trace(String traceparent, String token) {
    public static final Trace NONE = new Trace(null, null);
}
