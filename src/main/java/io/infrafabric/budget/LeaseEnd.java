package io.infrafabric.budget;

import java.math.BigDecimal;

/** How a claim ended or goes on, for its hold. Costs are the claim's total in US dollars. */
public sealed interface LeaseEnd {
    String session();

    String task();

    long epoch();

    /** The lease that it is about. */
    default ClaimHolds.Lease lease() {
        return new ClaimHolds.Lease(session(), task(), epoch());
    }

    /** The task is done. Without a total, the cost is what was reported; without reports, it is the estimate. */
    record Completed(String session, String task, long epoch, BigDecimal cost) implements LeaseEnd {}

    /**
     * The holder has handed in its result, which is not accepted yet: the claim goes on with its hold. What it cost so far is
     * spent, whatever becomes of the result.
     */
    record HandedIn(String session, String task, long epoch, BigDecimal cost) implements LeaseEnd {}

    /** The holder reported a failure. Without a total, the cost is what was reported. */
    record Failed(String session, String task, long epoch, BigDecimal cost) implements LeaseEnd {}

    /** The lease ran out or its session was lost: what was reported stays spent; the rest is back. */
    record Lost(String session, String task, long epoch) implements LeaseEnd {}

    /** Released, preempted or cancelled: what was reported stays spent; the rest is back. */
    record Returned(String session, String task, long epoch) implements LeaseEnd {}

    /** The claim had already ended in another way; its cost is booked all the same, once for each task and epoch. */
    record Late(String session, String task, long epoch, BigDecimal cost) implements LeaseEnd {}
}
