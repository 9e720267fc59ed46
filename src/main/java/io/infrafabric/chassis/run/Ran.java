package io.infrafabric.chassis.run;

/**
 * What a run came to. All but {@code millis} is the same on every machine, unless the wall clock ended it.
 *
 * @param stdout what it wrote before it ended, like {@code stderr}
 * @param fuel the instructions that it was charged for
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares or changes the bytes
public record Ran(End end, byte[] stdout, byte[] stderr, long millis, long fuel) {

    /** A bound of a run. */
    public enum Limit {
        TIME,
        FUEL,
        MEMORY,
        OUTPUT,
        STACK,
        TABLE
    }

    /** How a run ended. */
    public sealed interface End {
        /**
         * It came to its end.
         *
         * @param code 0 if {@code _start} returned, else what {@code proc_exit} was called with
         */
        record Exited(long code) implements End {}

        /** It met a bound. */
        record Limited(Limit limit) implements End {}

        /** It did what a module must not do, or cannot be started. */
        record Trapped(String why) implements End {}
    }

    /** A run that left nothing behind. */
    static Ran nothing(End end) {
        return new Ran(end, new byte[0], new byte[0], 0, 0);
    }
}
