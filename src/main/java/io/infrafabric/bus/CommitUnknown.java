package io.infrafabric.bus;

/**
 * Nobody can say whether a transaction was committed: the answer was lost and the database could not be asked in time.
 * Before a caller repeats the call, it must check whether the call took effect.
 */
public final class CommitUnknown extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CommitUnknown(String transaction, Throwable cause) {
        super("The outcome of transaction " + transaction + " is not known", cause);
    }
}
