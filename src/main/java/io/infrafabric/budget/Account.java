package io.infrafabric.budget;

import io.infrafabric.budget.Breaker.State;
import io.infrafabric.budget.Notable.Closed;
import io.infrafabric.budget.Notable.Opened;
import io.infrafabric.budget.Notable.Probing;
import io.infrafabric.budget.Notable.Warned;
import io.infrafabric.budget.Streak.Failure;
import io.infrafabric.event.BudgetEvent.BreakerReason;
import io.infrafabric.event.BudgetEvent.ClosedBecause;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * An account, and the rules of its money and its breaker. Immutable; every change gives a new one, together with
 * notable events.
 *
 * @param path ids from the root of the tree down to this account
 * @param dailyLimit the most that may be spent in a UTC day, {@code null} for no limit
 * @param warnAt share of the limit (0 to 1) at which it warns
 * @param today what applies to one day only
 * @param own booked on this account itself
 * @param total with a limit: booked on it and all accounts below. Without one: the same as {@code own}, so that no hold
 * is returned from sums that never included it
 * @param failing the state of its failures
 * @param nextExpiry when the first free-standing hold expires, {@code null} if none was seen
 */
record Account(
        String id,
        List<String> path,
        BigDecimal dailyLimit,
        BigDecimal warnAt,
        Today today,
        Figures own,
        Figures total,
        Failing failing,
        Instant nextExpiry,
        long version) {

    /** What is spent (on one day) and held (until it ends). */
    record Figures(BigDecimal spent, BigDecimal held) {
        static final Figures NONE = new Figures(BigDecimal.ZERO, BigDecimal.ZERO);

        Figures plus(BigDecimal moreSpent, BigDecimal moreHeld) {
            return new Figures(spent.add(moreSpent), held.add(moreHeld));
        }

        BigDecimal sum() {
            return spent.add(held);
        }
    }

    /**
     * A day.
     *
     * @param allowance what an operator allowed above the limit
     * @param warned whether it has warned
     * @param tripped whether the breaker is open because the money is spent
     */
    record Today(LocalDate day, BigDecimal allowance, boolean warned, boolean tripped) {
        Today closed() {
            return new Today(day, allowance, warned, false);
        }
    }

    /**
     * Failures.
     *
     * @param probeAt when one hold may try again; {@code null} while the breaker is not open because of failures
     * @param probeHold the hold that tries, {@code null} if none does
     */
    record Failing(Instant probeAt, String probeHold, Streak streak) {
        static final Failing NOT = new Failing(null, null, Streak.NONE);
    }

    /** A changed account and its notable events, in order. */
    record Step(Account account, List<Notable> notables) {
        static Step of(Account account, Notable... notables) {
            return new Step(account, List.of(notables));
        }

        /** Applies the next step. */
        Step then(Function<Account, Step> next) {
            Step after = next.apply(account);
            List<Notable> all = new ArrayList<>(notables);
            all.addAll(after.notables);
            return new Step(after.account, all);
        }
    }

    /** The swarm that it belongs to; {@code null} if it is above all swarms. */
    String swarm() {
        return path.stream()
                .filter(id -> id.startsWith("swarm:"))
                .map(id -> id.substring(id.indexOf(':') + 1))
                .findFirst()
                .orElse(null);
    }

    /** What may be spent today in total; {@code null} for no limit. */
    BigDecimal limit() {
        return dailyLimit == null ? null : dailyLimit.add(today.allowance());
    }

    /** What can still be held, never negative; {@code null} for no limit. */
    BigDecimal remaining() {
        return dailyLimit == null ? null : limit().subtract(total.sum()).max(BigDecimal.ZERO);
    }

    /** The same; without a limit, the most that the books can hold. */
    BigDecimal room() {
        return dailyLimit == null ? Money.MOST.subtract(own.held()).max(BigDecimal.ZERO) : remaining();
    }

    /** Whether this amount can be held; a hold of nothing needs no money. */
    boolean fits(BigDecimal amount) {
        return amount.signum() == 0 || !Money.isAbove(amount, room());
    }

    Breaker breaker(Instant now) {
        if (today.tripped()) {
            return new Breaker(State.OPEN, BreakerReason.BUDGET, null);
        }
        if (failing.probeAt() == null) {
            return Breaker.CLOSED;
        }
        boolean open = now.isBefore(failing.probeAt());
        return new Breaker(open ? State.OPEN : State.PROBE, BreakerReason.FAILURES, failing.probeAt());
    }

    /**
     * Why nothing may be held, because the breaker is open or its probe is under way; {@code null} if holds are
     * possible.
     */
    BreakerReason stopped(Instant now) {
        Breaker breaker = breaker(now);
        boolean stops =
                breaker.state() == State.OPEN || (breaker.state() == State.PROBE && failing.probeHold() != null);
        return stops ? breaker.reason() : null;
    }

    /** The account on that day: a new day begins with nothing spent. A past day changes nothing. */
    Step on(LocalDate day) {
        if (!day.isAfter(today.day())) {
            return Step.of(this);
        }
        Account fresh = with(new Today(day, BigDecimal.ZERO, false, false))
                .with(new Figures(BigDecimal.ZERO, own.held()), new Figures(BigDecimal.ZERO, total.held()));
        return today.tripped() ? fresh.closed(ClosedBecause.NEW_DAY, null) : Step.of(fresh);
    }

    /** The account with this booked on it ({@code itself}) or on an account below. */
    Step book(BigDecimal spent, BigDecimal held, boolean itself) {
        Figures after = itself ? own.plus(spent, held) : own;
        return with(after, dailyLimit == null ? after : total.plus(spent, held)).judged();
    }

    /**
     * The account with an operator's correction booked on it ({@code itself}) or on an account below. If less than the
     * limit is spent now, the breaker closes.
     */
    Step corrected(BigDecimal spent, boolean itself, String by) {
        Step booked = book(spent, BigDecimal.ZERO, itself);
        Account after = booked.account();
        boolean closes = spent.signum() < 0
                && after.today().tripped()
                && after.dailyLimit() != null
                && Money.isAbove(after.limit(), after.total().spent());
        return closes ? booked.then(it -> it.with(it.today().closed()).closed(ClosedBecause.LIMIT_RAISED, by)) : booked;
    }

    /** Spending may cause a warning, or trip the breaker. */
    private Step judged() {
        if (dailyLimit == null) {
            return Step.of(this);
        }
        Step step = Step.of(this);
        if (!today.warned() && Money.isAtLeast(total.spent(), limit().multiply(warnAt))) {
            step = step.then(account -> {
                Account warned = account.with(new Today(today.day(), today.allowance(), true, today.tripped()));
                return Step.of(warned, new Warned(warned, limit()));
            });
        }
        if (!today.tripped() && Money.isAtLeast(total.spent(), limit())) {
            step = step.then(account -> account.with(new Today(
                            today.day(), today.allowance(), account.today().warned(), true))
                    .opened(BreakerReason.BUDGET));
        }
        return step;
    }

    /**
     * The account with another limit ({@code null}: none) and warning share; {@code sums} are the figures of it and all
     * below.
     */
    Step limited(BigDecimal limit, BigDecimal share, Figures sums, String by) {
        Figures kept = limit == null ? own : sums;
        Account changed = new Account(id, path, limit, share, today, own, kept, failing, nextExpiry, version + 1);
        boolean headroom = limit == null || Money.isAbove(changed.limit(), sums.sum());
        return changed.today().tripped() && headroom
                ? changed.with(changed.today().closed())
                        .closed(ClosedBecause.LIMIT_RAISED, by)
                        .then(Account::judged)
                : changed.judged();
    }

    /** The account without an allowance above its limit. */
    Account withoutAllowance() {
        return with(new Today(today.day(), BigDecimal.ZERO, today.warned(), today.tripped()));
    }

    /** The result of a reset. */
    sealed interface Reset {
        /** It is closed. */
        record Done(Step step) implements Reset {}

        /** Nothing is left to spend, even with the allowance. */
        record NoHeadroom(BigDecimal limit, BigDecimal used) implements Reset {}

        /** All allowances of the day would exceed the largest amount; {@code most} more is possible. */
        record TooMuch(BigDecimal most) implements Reset {}
    }

    /** Closes the breaker for an operator, and allows this much more for today. */
    Reset reset(BigDecimal allowance, String by, Instant now) {
        BigDecimal most = Money.MOST_TOLD.subtract(today.allowance());
        if (Money.isAbove(allowance, most)) {
            return new Reset.TooMuch(most);
        }
        Account allowed =
                with(new Today(today.day(), today.allowance().add(allowance), today.warned(), today.tripped()));
        if (dailyLimit != null && !Money.isAbove(allowed.limit(), total.sum())) {
            return new Reset.NoHeadroom(allowed.limit(), total.sum());
        }
        boolean wasOpen = today.tripped() || failing.probeAt() != null;
        Account reset = allowed.with(allowed.today().closed())
                .with(new Failing(null, null, failing.streak().from(now)));
        return new Reset.Done(wasOpen ? reset.closed(ClosedBecause.RESET, by) : Step.of(reset));
    }

    /**
     * Counts a failed attempt of the session, reported by the channel: in any order, and perhaps after a later success.
     */
    Step failed(Failure failure, int failures, Duration probeAfter, Instant now) {
        Streak streak = failing.streak().and(failure, failures);
        return streak.isFailing(failures) && failing.probeAt() == null
                ? with(new Failing(now.plus(probeAfter), null, streak)).opened(BreakerReason.FAILURES)
                : Step.of(with(streak));
    }

    /** Notes that an attempt failed at this moment; the channel will report it. */
    Step expectingFailure(Instant at) {
        return Step.of(with(failing.streak().expecting(at)));
    }

    /** Notes that an attempt of the session succeeded: earlier failures are forgotten, and a series of them is over. */
    Step succeeded(Instant at) {
        Streak streak = failing.streak().from(at);
        boolean isBroken = streak.newest().isEmpty()
                || streak.newest().size() < failing.streak().newest().size();
        return failing.probeAt() != null && isBroken
                ? with(new Failing(null, null, streak)).closed(ClosedBecause.RECOVERED, null)
                : Step.of(with(streak));
    }

    /** Notes that a hold has ended; {@code success} is {@code null} if the end says nothing about the work. */
    Step ended(String hold, Boolean success, Duration probeAfter, Instant now) {
        if (!hold.equals(failing.probeHold())) {
            return Step.of(this);
        }
        if (success == null) {
            return Step.of(with(new Failing(failing.probeAt(), null, failing.streak())));
        }
        return success
                ? with(new Failing(null, null, failing.streak().from(now))).closed(ClosedBecause.RECOVERED, null)
                : with(new Failing(now.plus(probeAfter), null, failing.streak()))
                        .opened(BreakerReason.FAILURES);
    }

    /** The wait after failures is over. */
    Step probing(Instant now) {
        if (breaker(now).state() != State.PROBE) {
            return Step.of(this);
        }
        Account next = next();
        return Step.of(next, new Probing(next));
    }

    /** The account with this hold as its probe, if it needs one. */
    Account probed(String hold, Instant now) {
        return breaker(now).state() == State.PROBE
                ? with(new Failing(failing.probeAt(), hold, failing.streak()))
                : this;
    }

    /** The account with these sums. */
    Account summed(Figures sums) {
        return with(own, sums);
    }

    Account expiringAt(Instant next) {
        return new Account(id, path, dailyLimit, warnAt, today, own, total, failing, next, version);
    }

    private Step opened(BreakerReason reason) {
        Account next = next();
        return Step.of(next, new Opened(next, reason));
    }

    private Step closed(ClosedBecause why, String by) {
        Account next = next();
        return Step.of(next, new Closed(next, why, by));
    }

    private Account next() {
        return new Account(id, path, dailyLimit, warnAt, today, own, total, failing, nextExpiry, version + 1);
    }

    private Account with(Today on) {
        return new Account(id, path, dailyLimit, warnAt, on, own, total, failing, nextExpiry, version);
    }

    private Account with(Figures itself, Figures all) {
        return new Account(id, path, dailyLimit, warnAt, today, itself, all, failing, nextExpiry, version);
    }

    private Account with(Streak streak) {
        return with(new Failing(failing.probeAt(), failing.probeHold(), streak));
    }

    private Account with(Failing failures) {
        return new Account(id, path, dailyLimit, warnAt, today, own, total, failures, nextExpiry, version);
    }
}
