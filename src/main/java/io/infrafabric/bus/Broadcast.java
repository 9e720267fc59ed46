package io.infrafabric.bus;

import io.vertx.core.Future;
import java.util.function.Consumer;

/** A lossy broadcast to every process that listens, the sender included. */
interface Broadcast {

    /** Sends a text; completes when the server has it. */
    Future<Void> send(String message);

    /** Has {@code hear} called with each text from now on, on any thread, and connects again whenever that ends. */
    void listen(Consumer<String> hear);

    /** Stops listening. */
    void close();
}
