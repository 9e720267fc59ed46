package io.infrafabric.launch;

import java.io.IOException;
import java.util.Optional;

/** A server that this process started and keeps running. */
sealed interface EmbeddedServer extends AutoCloseable permits EmbeddedPostgreSql, EmbeddedRedis {

    /** The name that people see. */
    String name();

    /** Whether it ends when the disk is full, and cannot start again before there is room. */
    boolean needsRoom();

    /** Its process, if it runs. */
    Optional<Orphan> running();

    /**
     * Restarts it on the same port, after it ended by itself.
     *
     * @throws Refusal if it does not start
     */
    void startAgain() throws IOException, InterruptedException;

    /** Stops it. PostgreSQL rolls back open transactions and keeps committed ones; Redis keeps nothing. */
    @Override
    default void close() {
        running().ifPresent(Orphan::stop);
    }
}
