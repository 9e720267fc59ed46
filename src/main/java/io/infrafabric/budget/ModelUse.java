package io.infrafabric.budget;

import java.math.BigDecimal;
import java.time.Instant;

/**
 * One call of a model, as an agent's own telemetry tells of it. Token counts are 0 or more.
 *
 * @param id the same for the same record, however often it is exported
 * @param at when, by the agent's clock; {@code null} if it does not say
 * @param maker whose prices hold, a name in the price list such as {@code anthropic}
 * @param model {@code null} if it does not say, or says what no model is called
 * @param task the task that it names, {@code null} for the one that the session had
 * @param input without what was read from or written to a cache
 * @param cacheWrite written to a cache for some minutes
 * @param cacheWrite1h written to a cache for an hour
 * @param dollars what it cost by the client's own account, {@code null} if it knows only tokens
 */
public record ModelUse(
        String id,
        Instant at,
        String maker,
        String model,
        String task,
        long input,
        long output,
        long cacheRead,
        long cacheWrite,
        long cacheWrite1h,
        BigDecimal dollars) {

    /** All tokens of the input. */
    long tokensIn() {
        return input + cacheRead + cacheWrite + cacheWrite1h;
    }
}
