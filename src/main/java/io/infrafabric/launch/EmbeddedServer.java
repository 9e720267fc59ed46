package io.infrafabric.launch;

import java.io.IOException;
import java.util.Optional;

/** A server that this process started and keeps. */
sealed interface EmbeddedServer extends AutoCloseable permits EmbeddedPostgreSql, EmbeddedRedis {

    /** For people. */
    String name();

    /** Its process, if it runs. */
    Optional<Orphan> running();

    /**
     * Starts it once more on the same port, after it ended by itself.
     *
     * @throws Refusal if it does not start
     */
    void startAgain() throws IOException, InterruptedException;

    /** Stops it. PostgreSQL rolls back what is open and keeps what was committed; Redis keeps nothing. */
    @Override
    default void close() {
        running().ifPresent(Orphan::stop);
    }
}
