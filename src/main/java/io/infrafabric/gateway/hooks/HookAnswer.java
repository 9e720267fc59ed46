package io.infrafabric.gateway.hooks;

/** What the fabric says at a hook, before it is written as the client reads it. */
sealed interface HookAnswer {
    /** Go on. */
    record Nothing() implements HookAnswer {}

    /** Go on, and know this. */
    record Context(String text) implements HookAnswer {}

    /** The tool must not run. */
    record Deny(String reason) implements HookAnswer {}

    /** Do not stop: this is to be done. */
    record GoOn(String reason) implements HookAnswer {}
}
