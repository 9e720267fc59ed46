package io.infrafabric.budget;

import java.math.BigDecimal;
import java.time.Instant;

/**
 * Money that is set aside, for a claim ({@code task} is given, and it lives as long as the lease) or free-standing (it
 * expires by itself).
 *
 * @param drawn sum of the single costs that were reported for it
 * @param total what its end said that all of it came to, {@code null} if nothing was said
 * @param firstEpoch the epoch it was placed under; {@code epoch} is the newest one, after claims of the same holder
 */
record Hold(
        String id,
        String account,
        BigDecimal amount,
        BigDecimal drawn,
        BigDecimal total,
        State state,
        String task,
        Long firstEpoch,
        Long epoch,
        String reference,
        Instant expiresAt,
        Instant placedAt,
        Instant endedAt) {

    /** Its states. All but the first are for good. */
    public enum State {
        /** The money is set aside. */
        PLACED,
        /** What was spent is booked, the rest is back. */
        SETTLED,
        /** Given back, but for what was drawn. */
        VOIDED,
        /** Its time was over before it was settled; given back, but for what was drawn. */
        EXPIRED
    }

    /**
     * What is booked of it as spent. Single costs and the total tell of the same money, in any order and late too: the
     * larger one is what was spent, so nothing is booked twice.
     */
    BigDecimal booked() {
        return drawn.max(Money.orZero(total));
    }

    /** What of it is still set aside. */
    BigDecimal outstanding() {
        return state == State.PLACED ? amount.subtract(booked()).max(BigDecimal.ZERO) : BigDecimal.ZERO;
    }

    /** With one cost more. */
    Hold draw(BigDecimal cost) {
        return new Hold(
                id,
                account,
                amount,
                drawn.add(cost),
                total,
                state,
                task,
                firstEpoch,
                epoch,
                reference,
                expiresAt,
                placedAt,
                endedAt);
    }

    /** Ended with this as all that it came to; {@code null} for what was drawn. */
    Hold settled(BigDecimal all, Instant now) {
        return ended(State.SETTLED, all, now);
    }

    /** Ended with what was drawn. */
    Hold ended(State as, Instant now) {
        return ended(as, total, now);
    }

    /** With what all of it came to, which was told after it had ended. */
    Hold late(BigDecimal all) {
        return ended(state, all, endedAt);
    }

    private Hold ended(State as, BigDecimal all, Instant at) {
        return new Hold(
                id, account, amount, drawn, all, as, task, firstEpoch, epoch, reference, expiresAt, placedAt, at);
    }

    /** What a call to settle or to void comes to. */
    sealed interface Verdict {
        /** To be written. */
        record Ends(Hold after) implements Verdict {}

        /** It had been done: the same answer again. */
        record Already() implements Verdict {}

        /** It ended otherwise. */
        record Over() implements Verdict {}

        /** It belongs to a claim, and ends with it. */
        record OfLease() implements Verdict {}
    }

    /** To settle: what was spent is booked in full, also above the amount, and also after the hold expired. */
    Verdict settle(BigDecimal all, Instant now) {
        if (task != null) {
            return new Verdict.OfLease();
        }
        return switch (state) {
            case PLACED, EXPIRED -> new Verdict.Ends(settled(all, now));
            case SETTLED -> total.compareTo(all) == 0 ? new Verdict.Already() : new Verdict.Over();
            case VOIDED -> new Verdict.Over();
        };
    }

    /** To void: all of it is given back. */
    Verdict revoke(Instant now) {
        if (task != null) {
            return new Verdict.OfLease();
        }
        return switch (state) {
            case PLACED -> new Verdict.Ends(ended(State.VOIDED, now));
            case VOIDED, EXPIRED -> new Verdict.Already();
            case SETTLED -> new Verdict.Over();
        };
    }
}
