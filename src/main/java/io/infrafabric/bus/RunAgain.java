package io.infrafabric.bus;

/**
 * Thrown in a transaction that has found, under lock, another world than the one it chose its locks by: it is to be rolled
 * back and run again. As with a transaction that the database aborts, that says nothing about the event or command, and
 * counts as no failed try ({@link FailureKind#ABORTED}).
 */
public final class RunAgain extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Because of this. */
    public RunAgain(String why) {
        super(why, null, false, false);
    }
}
