package io.infrafabric.bulkhead.usage;

/**
 * What a call used, in tokens.
 *
 * @param model as the answer names it; {@code null} if it does not
 * @param input without those that were read from or written to a cache, whatever the dialect counts
 * @param cacheWrite written to a cache for five minutes
 * @param cacheWrite1h written to a cache for an hour
 */
public record Usage(String model, long input, long output, long cacheRead, long cacheWrite, long cacheWrite1h, From from) {
    /** Nothing is known. */
    public static final Usage NONE = new Usage(null, 0, 0, 0, 0, 0, From.NONE);

    /** Where it is from. */
    public enum From {
        /** The answer said so. */
        ANSWER,
        /** The answer was cut; this was seen until then. */
        PARTIAL,
        /** The answer said nothing. */
        NONE
    }
}
