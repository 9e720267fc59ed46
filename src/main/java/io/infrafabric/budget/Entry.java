package io.infrafabric.budget;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * A future row of the ledger: what it adds to the figures of its account.
 *
 * @param spent what it adds to what is spent
 * @param held what it adds to what is held (negative if money comes back)
 * @param hold the hold that it belongs to, or {@code null}
 * @param told the reported amount: the cost, or the amount of the hold
 * @param details what else is known, {@link Details#NONE} for nothing
 * @param by who had it booked: a session, an operator, or a function
 * @param apart the part of {@code spent} that counts only on the account, not above; negative if it counts from now on
 * @param day the day on which it is booked, {@code null} for the current one
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
    @Schema(name = "LedgerKind")
    public enum Kind {
        /** Money was set aside. */
        HOLD,
        /** A cost was taken from a hold. */
        DRAW,
        /** A hold ended with its real amount or an estimate, that amount was reported later, or the estimate is taken back. */
        SETTLE,
        /** A hold was given back. */
        VOID,
        /** A hold's time ran out. */
        EXPIRE,
        /** A cost without a hold. */
        COST,
        /** An operator closed the breaker; no money moved. */
        RESET,
        /** An operator made a report above the bound count above its account, too. */
        COUNT,
        /** An operator corrected what was spent. */
        CORRECTION;

        /** Whether it is a report of spending, which is believed up to a bound. */
        boolean isReport() {
            return switch (this) {
                case DRAW, COST, SETTLE -> true;
                case HOLD, VOID, EXPIRE, RESET, COUNT, CORRECTION -> false;
            };
        }
    }

    /**
     * What a cost is for; any part may be {@code null}.
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

    /** The change from one state of a hold to the next. */
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

    /** The same, with {@code alone} of the spending counting only on the account. */
    Entry apart(BigDecimal alone) {
        return new Entry(kind, account, spent, held, hold, told, details, by, alone, day);
    }

    /** The same, with so much less held. */
    Entry heldLess(BigDecimal back) {
        return new Entry(kind, account, spent, held.subtract(back), hold, told, details, by, apart, day);
    }

    /** Whether it takes back what was booked before. */
    boolean takesBack() {
        return spent.signum() < 0;
    }

    /** The task that it concerns, or {@code null}. */
    String task() {
        return hold == null ? details.task() : hold.task();
    }

    /** The epoch of the claim that it concerns, or {@code null}. */
    Long epoch() {
        return hold == null || details.epoch() != null ? details.epoch() : hold.epoch();
    }

    /** Whether it would say nothing. Costs and operators' decisions are kept even if they move no money. */
    boolean isEmpty() {
        return switch (kind) {
            case DRAW, COST, RESET, COUNT, CORRECTION -> false;
            case HOLD, SETTLE, VOID, EXPIRE -> spent.signum() == 0 && held.signum() == 0;
        };
    }
}
