package io.infrafabric.event;

/**
 * Ties an event to the call that caused it. Both parts may be {@code null}.
 *
 * @param traceparent W3C Trace Context of the call
 * @param token the swarm's own trace token (seed: {@code trace_token}), from the task
 */
public record Trace(String traceparent, String token) {
    public static final Trace NONE = new Trace(null, null);
}
