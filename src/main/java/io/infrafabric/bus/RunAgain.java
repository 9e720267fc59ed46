package io.infrafabric.bus;

/**
 * Thrown in a transaction that finds, under lock, that the state by which it chose its locks has changed: it must be
 * rolled back and run again. As with a transaction that the database aborts, this says nothing about the event or
 * command, and does not count as a failed try ({@link FailureKind#ABORTED}).
 */
public final class RunAgain extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Rolls back for this reason. */
    public RunAgain(String why) {
        super(why, null, false, false);
    }
}
