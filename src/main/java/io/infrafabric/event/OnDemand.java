package io.infrafabric.event;

/**
 * An event that happens so often, and matters so seldom, that it is written only for swarms that a function watches (bus:
 * {@code Subscriptions.watch}). Where nobody does, it costs nothing. Processes know of a new watch after a second, so who
 * begins to watch looks once more by itself after a while.
 */
public interface OnDemand {}
