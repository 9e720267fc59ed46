package io.infrafabric.bulkhead.usage;

/**
 * What a call used, in tokens; none of them is negative.
 *
 * @param model its name in the answer, {@code null} if the answer did not say
 * @param input what was read neither from a cache nor written to one, whatever the API counts as input
 * @param output with what the model thought
 * @param cacheWrite for some minutes
 * @param cacheWrite1h for an hour
 */
public record Usage(
        String model, long input, long output, long cacheRead, long cacheWrite, long cacheWrite1h, From from) {

    /** How it is known. */
    public enum From {
        /** The answer says so, and nothing more was to come. */
        ANSWER,
        /** The answer was cut, or does not say: what was seen of it, and an estimate of the input. */
        PARTIAL,
        /** Nothing was used: the call was refused, or is of a kind that costs nothing. */
        NONE
    }

    /** Nothing. */
    public static final Usage NONE = new Usage(null, 0, 0, 0, 0, 0, From.NONE);

    /** What a call used that was sent, and of whose answer nothing came. */
    public static Usage unanswered(Request request) {
        return request.isPaid()
                ? new Usage(request.model(), Math.max(0, request.inputTokens()), 0, 0, 0, 0, From.PARTIAL)
                : NONE;
    }
}
