package io.infrafabric.budget;

import io.infrafabric.budget.Entry.Details;
import io.infrafabric.budget.Entry.Kind;
import io.infrafabric.budget.Hold.State;
import io.infrafabric.budget.Purses.Verdict;
import io.infrafabric.budget.Reservations.End;
import io.infrafabric.budget.Reservations.Reserved;
import io.infrafabric.budget.Reservations.Wish;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;

/** What a call may cost before it is made, and what its end books. */
final class Reserving {
    private Reserving() {}

    /**
     * A reservation of a call under way. It holds its whole amount itself, whatever becomes of the claim.
     *
     * @param hold the claim's hold, {@code null} without a claim
     * @param within what was taken out of that hold
     * @param extra what is held besides
     * @param endsAt when the call has ended at the latest
     */
    record Reservation(String id, String account, String hold, BigDecimal within, BigDecimal extra, Instant endsAt) {
        /** What is held besides, as the ledger knows it: a hold with the reservation's id. */
        private Hold besides(Instant now) {
            return new Hold(
                    id,
                    account,
                    extra,
                    BigDecimal.ZERO,
                    null,
                    false,
                    BigDecimal.ZERO,
                    State.PLACED,
                    null,
                    null,
                    null,
                    null,
                    endsAt,
                    now,
                    null);
        }
    }

    /** A reservation that was made, and what can be paid with it. */
    record Made(Reserved answer, Reservation reservation, Purses after) {
        private static Made not(Reserved answer, Purses left) {
            return new Made(answer, null, left);
        }
    }

    /** The id under which the cost of a call counts once; no caller's id can look like this. */
    static String costId(String call) {
        return "call:" + call;
    }

    /**
     * Reserves the amount within the claim's hold, and holds besides what exceeds it, if that can be paid: by the rule of
     * every other hold.
     *
     * @param left what can be paid by now
     * @param hold the standing hold of the task's claim, {@code null} if there is none
     * @param paused why nothing may be held, {@code null} if nothing speaks against it
     */
    static Made reserve(Journal journal, Purses left, Wish wish, Hold hold, Pauses.Pause paused) {
        String account = Purses.accountOf(wish.session());
        if (wish.task() != null && !isOf(wish, account, hold)) {
            return Made.not(new Reserved.NoClaim(), left);
        }
        Hold before = wish.task() == null ? null : journal.current(hold);
        BigDecimal within =
                before == null ? BigDecimal.ZERO : before.outstanding().min(wish.amount());
        BigDecimal extra = wish.amount().subtract(within);
        Purses after = left;
        if (extra.signum() > 0) {
            if (paused != null) {
                return Made.not(new Reserved.Paused(paused.account(), paused.reason()), left);
            }
            switch (left.hold(account, extra)) {
                case Verdict.Fits(Purses fits) -> after = fits;
                case Verdict.Refused refused -> {
                    return Made.not(new Reserved.Refused(refused), left);
                }
            }
        }
        Reservation made = new Reservation(
                wish.id(),
                account,
                before == null ? null : before.id(),
                within,
                extra,
                journal.now().plus(wish.atMost()));
        if (within.signum() > 0) {
            journal.keep(before.reserve(within));
        }
        if (extra.signum() > 0) {
            Details details = new Details(
                    wish.task(), before == null ? null : before.epoch(), null, null, null, null, "call", null);
            journal.book(new Entry(
                    Kind.HOLD,
                    account,
                    BigDecimal.ZERO,
                    extra,
                    made.besides(journal.now()),
                    extra,
                    details,
                    wish.by()));
            journal.change(account, it -> Account.Step.of(it.probed(made.id(), journal.now())));
        }
        return new Made(new Reserved.Granted(within, extra, before == null ? null : before.epoch()), made, after);
    }

    private static boolean isOf(Wish wish, String account, Hold hold) {
        return hold != null
                && hold.state() == State.PLACED
                && hold.account().equals(account)
                && (wish.epoch() == null || wish.epoch().equals(hold.epoch()));
    }

    /**
     * Books the end of a call: its cost, which draws on the hold of its claim, also if that has ended since, and gives back
     * what was reserved.
     *
     * @param open its reservation, {@code null} if it had none or has ended before
     * @param hold the hold of its claim, {@code null} if there is none
     * @param known ids of costs on the ledger; gets this one
     * @return whether anything was left to end
     */
    static boolean end(Journal journal, Reservation open, Hold hold, End end, Set<String> known, Duration probeAfter) {
        String account = Purses.accountOf(end.session());
        if (journal.account(account) == null) {
            return false;
        }
        boolean told = end.cost().signum() > 0 && known.add(costId(end.id()));
        BigDecimal cost = told ? end.cost() : BigDecimal.ZERO;
        BigDecimal within = open == null ? BigDecimal.ZERO : open.within();
        if (hold != null) {
            Hold before = journal.current(hold);
            Hold after = before.reserve(within.negate()).draw(cost);
            Entry entry =
                    Entry.between(told ? Kind.DRAW : Kind.VOID, before, after, cost, details(end, told), end.by());
            journal.book(entry.heldLess(within));
            journal.keep(after);
        } else if (told) {
            journal.book(
                    new Entry(Kind.COST, account, cost, BigDecimal.ZERO, null, cost, details(end, true), end.by()));
        }
        if (open != null && open.extra().signum() > 0) {
            journal.book(new Entry(
                    Kind.VOID,
                    account,
                    BigDecimal.ZERO,
                    open.extra().negate(),
                    open.besides(journal.now()),
                    open.extra(),
                    Details.NONE,
                    end.by()));
            journal.change(account, it -> it.ended(open.id(), null, probeAfter, journal.now()));
        }
        return told || open != null;
    }

    private static Details details(End end, boolean told) {
        return new Details(
                end.task(),
                end.epoch(),
                told ? costId(end.id()) : null,
                end.model(),
                end.tokensIn(),
                end.tokensOut(),
                end.what(),
                end.at());
    }
}
