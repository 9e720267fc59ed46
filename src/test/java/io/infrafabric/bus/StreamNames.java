package io.infrafabric.bus;

/** What the streams of the running application are called, for tests of what is written about them elsewhere. */
public final class StreamNames {

    private StreamNames() {}

    /** The key of a function's stream in Redis. */
    public static String of(String function) {
        return Streams.key(function);
    }

    /** What the sweep measures of a function's events that do not get into its stream, as Prometheus names it. */
    public static String undelivered(String function) {
        return BusMetrics.UNDELIVERED + "{function=\"" + function + "\"}";
    }
}
