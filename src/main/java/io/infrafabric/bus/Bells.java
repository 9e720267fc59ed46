package io.infrafabric.bus;

import java.util.function.Consumer;

/**
 * "Look again": one lossy broadcast that tells every process, this one included, that something changed. A lost bell
 * costs time and never a task, because who waits also looks again by itself.
 *
 * <p>A bell is named {@code <what>:<id>}, for example {@code tasks:swarm-1} or {@code inbox:session-3}.
 */
public interface Bells {

    /** Rings a bell in every process; at once in this one. Never fails, never blocks. */
    void ring(String bell);

    /**
     * Calls {@code listener} with the rest of the name of each bell that starts with {@code what} and a colon, for as
     * long as the process runs. It must not block, and may be called on any thread.
     */
    void listen(String what, Consumer<String> listener);
}
