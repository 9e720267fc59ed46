package io.infrafabric.budget;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;

/**
 * A row of the ledger to be: what it adds to the figures of the account that it is booked on.
 *
 * @param spent what it adds to what is spent
 * @param held what it adds to what is held (less than nothing if money comes back)
 * @param hold the hold it belongs to, {@code null} for none
 * @param told what was told: the cost, or the amount of the hold
 * @param details what else is known, {@link Details#NONE} for nothing
 * @param by who had it booked: a session, an operator, or a function
 * @param apart what of {@code spent} counts on the account alone, and not above; less than nothing if it counts from now on
 * @param day the day on which it is booked, {@code null} for the one that counts
 */
record Entry(
        Kind kind,
        String account,
        BigDecimal spent,
        BigDecimal held,
        Hold hold,
        BigDecimal told,
        Details details,
        String by,
        BigDecimal apart,
        LocalDate day) {

    Entry(
            Kind kind,
            String account,
            BigDecimal spent,
            BigDecimal held,
            Hold hold,
            BigDecimal told,
            Details details,
            String by) {
        this(kind, account, spent, held, hold, told, details, by, BigDecimal.ZERO, null);
    }

    /** What happened. */
    public enum Kind {
        /** Money was set aside. */
        HOLD,
        /** A cost was taken from a hold. */
        DRAW,
        /** A hold ended with what it came to, or that was told later. */
        SETTLE,
        /** A hold was given back. */
        VOID,
        /** A hold's time was over. */
        EXPIRE,
        /** A cost without a hold. */
        COST,
        /** An operator closed the breaker; no money moved. */
        RESET,
        /** An operator had a report above the bound count above its account, too. */
        COUNT,
        /** An operator corrected what was spent. */
        CORRECTION;

        /** Whether it is somebody's word of what was spent, which is believed up to a bound. */
        boolean isReport() {
            return switch (this) {
                case DRAW, COST, SETTLE -> true;
                case HOLD, VOID, EXPIRE, RESET, COUNT, CORRECTION -> false;
            };
        }
    }

    /**
     * What a cost is about; any part may be {@code null}.
     *
     * @param cost the id that makes it count once on its account
     */
    record Details(
            String task,
            Long epoch,
            String cost,
            String model,
            Long tokensIn,
            Long tokensOut,
            String what,
            Instant happenedAt) {
        static final Details NONE = new Details(null, null, null, null, null, null, null, null);

        static Details what(String what) {
            return new Details(null, null, null, null, null, null, what, null);
        }
    }

    /** What changes from one state of a hold to the next. */
    static Entry between(Kind kind, Hold before, Hold after, BigDecimal told, Details details, String by) {
        return new Entry(
                kind,
                after.account(),
                after.booked().subtract(before.booked()),
                after.outstanding().subtract(before.outstanding()),
                after,
                told,
                details,
                by);
    }

    /** The same, with so much of what is spent counting on the account alone. */
    Entry apart(BigDecimal alone) {
        return new Entry(kind, account, spent, held, hold, told, details, by, alone, day);
    }

    /** The task that it is about, {@code null} for none. */
    String task() {
        return hold == null ? details.task() : hold.task();
    }

    /** The epoch of the claim that it is about, {@code null} for none. */
    Long epoch() {
        return hold == null || details.epoch() != null ? details.epoch() : hold.epoch();
    }

    /** Whether it would say nothing. A cost and an operator's word are kept also where they move no money. */
    boolean isEmpty() {
        return switch (kind) {
            case DRAW, COST, RESET, COUNT, CORRECTION -> false;
            case HOLD, SETTLE, VOID, EXPIRE -> spent.signum() == 0 && held.signum() == 0;
        };
    }
}
