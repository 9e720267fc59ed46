package io.infrafabric.event;

/**
 * An event that happens often but matters seldom. It is written only for swarms that a function watches (bus:
 * {@code Subscriptions.watch}), and costs nothing elsewhere. Processes learn of a new watch after a second, so a new
 * watcher looks once more by itself after a while.
 */
public interface OnDemand {}
