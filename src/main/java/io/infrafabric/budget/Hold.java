package io.infrafabric.budget;

import java.math.BigDecimal;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * Money that is set aside, for a claim ({@code task} is given, and it lives as long as the lease) or free-standing (it
 * expires by itself).
 *
 * @param amount what it covers, without what calls under way have reserved of it
 * @param drawn sum of the single costs reported for it
 * @param total the total that its end reported, {@code null} if it reported none
 * @param estimated whether {@code total} is the estimate, because nobody had told a cost when the claim was done
 * @param reserved what calls under way have taken out of {@code amount}; {@link Reservations} hold it themselves, whatever
 * becomes of this hold, and put it back when they end
 * @param firstEpoch the epoch under which it was placed; {@code epoch} is the newest one, after further claims by the
 * same holder
 */
record Hold(
        String id,
        String account,
        BigDecimal amount,
        BigDecimal drawn,
        BigDecimal total,
        boolean estimated,
        BigDecimal reserved,
        State state,
        String task,
        Long firstEpoch,
        Long epoch,
        String reference,
        Instant expiresAt,
        Instant placedAt,
        Instant endedAt) {

    /** Its states. All except the first are final. */
    @Schema(name = "HoldState")
    public enum State {
        /** The money is set aside. */
        PLACED,
        /** What was spent is booked; the rest is back. */
        SETTLED,
        /** Given back, except for what was drawn. */
        VOIDED,
        /** Its time ran out before it was settled; given back, except for what was drawn. */
        EXPIRED
    }

    /**
     * The amount booked as spent. Single costs and the total report the same money, in any order and perhaps late: the
     * larger one counts, so nothing is booked twice.
     */
    BigDecimal booked() {
        return drawn.max(Money.orZero(total));
    }

    /** The part that is still set aside. */
    BigDecimal outstanding() {
        return state == State.PLACED ? amount.subtract(booked()).max(BigDecimal.ZERO) : BigDecimal.ZERO;
    }

    /** The hold with one more cost. */
    Hold draw(BigDecimal cost) {
        return new Hold(
                id,
                account,
                amount,
                drawn.add(cost),
                total,
                estimated,
                reserved,
                state,
                task,
                firstEpoch,
                epoch,
                reference,
                expiresAt,
                placedAt,
                endedAt);
    }

    /** What it covered when it was placed. */
    BigDecimal placed() {
        return amount.add(reserved);
    }

    /** The hold without this part, which a call reserves; a negative part comes back. */
    Hold reserve(BigDecimal part) {
        return new Hold(
                id,
                account,
                amount.subtract(part),
                drawn,
                total,
                estimated,
                reserved.add(part),
                state,
                task,
                firstEpoch,
                epoch,
                reference,
                expiresAt,
                placedAt,
                endedAt);
    }

    /** The hold, ended with this total; {@code null} means what was drawn. */
    Hold settled(BigDecimal all, Instant now) {
        return ended(State.SETTLED, all, false, now);
    }

    /** The hold, ended with what it covers, because nobody has told what its work cost. */
    Hold guessed(Instant now) {
        return ended(State.SETTLED, amount, amount.signum() > 0, now);
    }

    /** The hold, ended with what was drawn. */
    Hold ended(State as, Instant now) {
        return ended(as, total, estimated, now);
    }

    /** The hold with a total that was reported after its end. */
    Hold late(BigDecimal all) {
        return ended(state, all, false, endedAt);
    }

    /** The hold without its estimate: its costs have come to be known. */
    Hold known() {
        return estimated ? ended(state, null, false, endedAt) : this;
    }

    private Hold ended(State as, BigDecimal all, boolean guess, Instant at) {
        return new Hold(
                id,
                account,
                amount,
                drawn,
                all,
                guess,
                reserved,
                as,
                task,
                firstEpoch,
                epoch,
                reference,
                expiresAt,
                placedAt,
                at);
    }

    /** The result of a call to settle or to void. */
    sealed interface Verdict {
        /** The hold ends, and must be written. */
        record Ends(Hold after) implements Verdict {}

        /** This was already done: the same answer again. */
        record Already() implements Verdict {}

        /** It ended otherwise. */
        record Over() implements Verdict {}

        /** It belongs to a claim, and ends with it. */
        record OfLease() implements Verdict {}
    }

    /** Settles: books the spending in full, even above the amount, and even after the hold expired. */
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

    /** Voids: gives everything back. */
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
