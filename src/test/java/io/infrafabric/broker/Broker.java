package io.infrafabric.broker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * A broker of AMQP in a process of its own, which one test owns: it can be killed and started again on its port, empty, and it can
 * be frozen.
 */
public sealed interface Broker extends AutoCloseable permits ArtemisBroker, RabbitBroker {

    /** Starts Artemis and waits until it listens. */
    static Broker artemis() {
        try {
            Broker broker = new ArtemisBroker();
            broker.startAgain();
            return broker;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Starts it, empty, after it was killed. */
    void startAgain();

    /** {@code amqp://127.0.0.1:port}, with a login where it wants one. */
    String url();

    /** Where it listens. */
    int port();

    /** How many messages a function's queue holds, delivered or not. */
    long length(String function);

    /** How many of these are delivered to somebody who has not answered. */
    long delivered(String function);

    /** How many receivers a function's queue has. */
    int consumers(String function);

    /** Sends a text, in one line, to a function. */
    void send(String function, String text);

    /** Throws away all messages that are not delivered. */
    void purge();

    /** Refuses every message for a function, whose queue is full. */
    void fill(String function);

    /** The same, but it says nothing: it takes no more from senders. */
    void block(String function);

    /** Takes messages for it again. */
    void makeRoom(String function);

    /** The processes of which it consists. */
    List<ProcessHandle> processes();

    /** SIGKILL: everything in it is gone. */
    default void kill() {
        Signal.KILL.send(processes());
    }

    /** SIGSTOP: it keeps its connections, and answers nothing. */
    default void freeze() {
        Signal.STOP.send(processes());
    }

    /** SIGCONT: it goes on. */
    default void thaw() {
        Signal.CONT.send(processes());
    }

    @Override
    void close();
}
