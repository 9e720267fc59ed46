package io.infrafabric.gateway.hooks;

/**
 * The parts of a hook's body that count; each may be {@code null}.
 *
 * @param event what the client calls the point
 * @param conversation the client's own id of its conversation
 * @param tool the tool that starts or has ended
 * @param reason why the session ends
 */
record HookCall(String event, String conversation, String tool, String reason) {}
