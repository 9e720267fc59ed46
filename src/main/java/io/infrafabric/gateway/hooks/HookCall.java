package io.infrafabric.gateway.hooks;

/**
 * What is read of a hook's body; every member may be {@code null}.
 *
 * @param event what the client calls the point
 * @param tool the tool that starts or has ended
 * @param reason why the session ends
 */
record HookCall(String event, String tool, String reason) {}
