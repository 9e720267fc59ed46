package io.infrafabric.bulkhead.payment;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.UUID;

/**
 * What was done before a call.
 *
 * @param call the id of the call, which answers carry ({@code S2-Call})
 * @param kin whose list prices hold where the provider has none, {@code null} for nobody's
 * @param model that the request names, {@code null} if it names none
 * @param task {@code null} if the call is for none; then {@code epoch} is, too
 * @param inputTokens how many the request has at most
 * @param estimate the most that it may cost, in US dollars
 * @param held whether that is held, and the call has a row already
 */
public record Payment(
        UUID call,
        String provider,
        String kin,
        String model,
        String session,
        String swarm,
        String task,
        Long epoch,
        long inputTokens,
        BigDecimal estimate,
        boolean held,
        Instant startedAt) {

    /** The partition of the call's row: the UTC day in its id. */
    LocalDate day() {
        return day(call);
    }

    /** The UTC day in the id of a call. */
    static LocalDate day(UUID call) {
        return LocalDate.ofInstant(Instant.ofEpochMilli(call.getMostSignificantBits() >>> 16), ZoneOffset.UTC);
    }

    /** The same without a hold. */
    Payment unheld(Long ofEpoch) {
        return new Payment(
                call, provider, kin, model, session, swarm, task, ofEpoch, inputTokens, estimate, false, startedAt);
    }

    /** The same, held for the claim with this epoch. */
    Payment heldFor(Long ofEpoch) {
        return new Payment(
                call, provider, kin, model, session, swarm, task, ofEpoch, inputTokens, estimate, true, startedAt);
    }
}
