package io.infrafabric.budget;

import io.infrafabric.budget.Entry.Details;
import io.infrafabric.budget.Entry.Kind;
import io.infrafabric.budget.Hold.State;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Set;

/** What the end of a claim does to its hold. */
final class Closing {
    private Closing() {}

    /**
     * The result.
     *
     * @param booked the total booked for the claim
     * @param recorded whether the reported cost is on the ledger by now, from this call or an earlier one
     */
    record Ended(BigDecimal booked, boolean recorded) {}

    /** The id under which a late cost counts once; no caller's id can look like this. */
    static String lateId(ClaimHolds.Lease lease) {
        return "late:" + lease.task() + "@" + lease.epoch();
    }

    /**
     * Books the end.
     *
     * @param hold the claim's hold as read, {@code null} if it does not exist
     * @param known ids of late costs on the ledger
     */
    static Ended apply(Journal journal, LeaseEnd end, Hold hold, Set<String> known, Duration probeAfter) {
        String account = Purses.accountOf(end.session());
        if (journal.account(account) == null) {
            return new Ended(BigDecimal.ZERO, false);
        }
        if (hold == null || !hold.account().equals(account)) {
            // A claim of another release has no hold; its end books what it cost.
            if (end instanceof LeaseEnd.HandedIn) {
                return new Ended(BigDecimal.ZERO, false);
            }
            count(journal, end, account);
            return alone(journal, end, account, known);
        }
        Hold before = journal.current(hold);
        boolean ends = before.state() == State.PLACED && before.epoch() == end.epoch();
        if (end instanceof LeaseEnd.HandedIn in) {
            return ends ? soFar(journal, in, before) : new Ended(before.booked(), false);
        }
        Ended ended = ofHold(journal, end, before, ends, known, probeAfter);
        if (ends) {
            count(journal, end, account);
        }
        return ended;
    }

    /** A success counts from now on; the channel will report a failure, but a later success may come first. */
    private static void count(Journal journal, LeaseEnd end, String account) {
        switch (end) {
            case LeaseEnd.Completed _ -> {
                if (journal.account(account).failing().streak().isForgettable()) {
                    journal.change(account, it -> it.succeeded(journal.now()));
                }
            }
            case LeaseEnd.Failed _, LeaseEnd.Lost _ ->
                journal.change(account, it -> it.expectingFailure(journal.now()));
            case LeaseEnd.Returned _, LeaseEnd.Late _, LeaseEnd.HandedIn _ -> {}
        }
    }

    private static Ended ofHold(
            Journal journal, LeaseEnd end, Hold before, boolean ends, Set<String> known, Duration probeAfter) {
        return switch (end) {
            case LeaseEnd.Completed completed
            when ends -> {
                // Without a total, the cost is what was reported; if nothing was reported either, it is the estimate.
                // A call under way is a report that is still to come.
                boolean untold =
                        before.drawn().signum() == 0 && before.reserved().signum() == 0;
                Hold after = completed.cost() == null && untold
                        ? before.guessed(journal.now())
                        : before.settled(completed.cost(), journal.now());
                yield settle(journal, end, before, after, true, probeAfter);
            }
            case LeaseEnd.Failed failed
            when ends -> settle(journal, end, before, before.settled(failed.cost(), journal.now()), false, probeAfter);
            case LeaseEnd.Lost _ when ends -> revoke(journal, end, before, false, probeAfter);
            case LeaseEnd.Returned _ when ends -> revoke(journal, end, before, null, probeAfter);
            case LeaseEnd.Completed _,
                    LeaseEnd.Failed _,
                    LeaseEnd.Late _,
                    LeaseEnd.Lost _,
                    LeaseEnd.Returned _,
                    LeaseEnd.HandedIn _ -> late(journal, end, before, known);
        };
    }

    private static Ended settle(
            Journal journal, LeaseEnd end, Hold before, Hold after, boolean success, Duration probeAfter) {
        journal.end(Kind.SETTLE, before, after, after.booked(), end.session(), success, probeAfter);
        return new Ended(after.booked(), true);
    }

    private static Ended revoke(Journal journal, LeaseEnd end, Hold before, Boolean success, Duration probeAfter) {
        Hold after = before.ended(State.VOIDED, journal.now());
        journal.end(Kind.VOID, before, after, after.booked(), end.session(), success, probeAfter);
        return new Ended(after.booked(), false);
    }

    /** The claim no longer has a standing hold under this epoch. */
    private static Ended late(Journal journal, LeaseEnd end, Hold before, Set<String> known) {
        BigDecimal cost = cost(end);
        if (cost == null) {
            return new Ended(before.booked(), false);
        }
        if (before.state() == State.PLACED) {
            // The holder has claimed again since then: the hold goes on under the new epoch.
            return known.contains(lateId(end.lease()))
                    ? new Ended(before.booked(), true)
                    : draw(journal, before, cost, details(end), end.session());
        }
        if (before.total() != null) {
            return new Ended(before.booked(), true);
        }
        Hold after = before.late(cost);
        journal.book(Entry.between(Kind.SETTLE, before, after, cost, Details.NONE, end.session()));
        journal.keep(after);
        return new Ended(after.booked(), true);
    }

    /** What was reported is the total so far: only what it exceeds the costs on the ledger by is new. */
    private static Ended soFar(Journal journal, LeaseEnd.HandedIn end, Hold before) {
        if (end.cost() == null) {
            return new Ended(before.booked(), false);
        }
        BigDecimal more = end.cost().subtract(before.booked());
        if (more.signum() <= 0) {
            return new Ended(before.booked(), true);
        }
        // Without an id: the total makes it count once, and the next result comes with a larger one.
        Details details = new Details(end.task(), end.epoch(), null, null, null, null, null, null);
        return draw(journal, before, more, details, end.session());
    }

    private static Ended draw(Journal journal, Hold before, BigDecimal cost, Details details, String by) {
        Hold after = before.draw(cost);
        journal.book(Entry.between(Kind.DRAW, before, after, cost, details, by));
        journal.keep(after);
        return new Ended(after.booked(), true);
    }

    private static Ended alone(Journal journal, LeaseEnd end, String account, Set<String> known) {
        BigDecimal cost = cost(end);
        if (cost == null) {
            return new Ended(BigDecimal.ZERO, false);
        }
        if (!known.contains(lateId(end.lease()))) {
            journal.book(new Entry(Kind.COST, account, cost, BigDecimal.ZERO, null, cost, details(end), end.session()));
        }
        return new Ended(cost, true);
    }

    private static Details details(LeaseEnd end) {
        return new Details(end.task(), end.epoch(), lateId(end.lease()), null, null, null, null, null);
    }

    private static BigDecimal cost(LeaseEnd end) {
        return switch (end) {
            case LeaseEnd.Completed completed -> completed.cost();
            case LeaseEnd.Failed failed -> failed.cost();
            case LeaseEnd.Late late -> late.cost();
            case LeaseEnd.HandedIn in -> in.cost();
            case LeaseEnd.Lost _, LeaseEnd.Returned _ -> null;
        };
    }
}
