package io.infrafabric.budget;

import io.infrafabric.budget.Entry.Details;
import io.infrafabric.budget.Entry.Kind;
import io.infrafabric.bus.Work;
import io.infrafabric.event.EscalationEvent.CauseEnded;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;

/**
 * Books what humans say about spending: operators correct it, and decide about reports above the bound ({@link Apart}).
 * Each becomes an entry of its own kind, on the day that it concerns; balances and breakers follow if that is today.
 */
@ApplicationScoped
class CorrectionTransaction {
    /**
     * An operator's correction.
     *
     * @param amount what to add to the spending; negative to subtract
     * @param day the day that it concerns, {@code null} for today
     * @param believed whether it counts above without a bound; otherwise it counts up to the bound, like reports
     */
    record Wish(String account, BigDecimal amount, LocalDate day, String reason, String by, boolean believed) {}

    /** What a correction comes to. */
    sealed interface Correction {
        /** It is on the ledger. */
        record Booked() implements Correction {}

        /** There is no such account. */
        record Unknown(String account) implements Correction {}

        /** The day has not begun. */
        record NotYet(LocalDate today) implements Correction {}

        /** The account's own spending on that day would become negative, or more than the books can hold. */
        record TooMuch(String account, LocalDate day, BigDecimal spent) implements Correction {}
    }

    /** What it comes to that what was asked about was spent. */
    sealed interface Believed {
        /**
         * It is on the ledger, as far as it was still set apart.
         *
         * @param rest what is still set apart on that account and day, and has not been asked about
         */
        record Booked(BigDecimal rest) implements Believed {}

        /** There is no such account. */
        record Unknown(String account) implements Believed {}
    }

    private final AccountTable accounts;
    private final LedgerTable ledger;
    private final BudgetConfig config;

    CorrectionTransaction(AccountTable accounts, LedgerTable ledger, BudgetConfig config) {
        this.accounts = accounts;
        this.ledger = ledger;
        this.config = config;
    }

    /** Books a correction. A reduction is first taken from what is set apart, because that has not counted above. */
    Uni<Correction> correct(Work work, Wish wish) {
        return accounts.lockToBook(work, List.of(wish.account())).take().chain(locked -> {
            Account own = locked.account(wish.account());
            if (own == null) {
                return Uni.createFrom().item(new Correction.Unknown(wish.account()));
            }
            LocalDate day = wish.day() == null ? locked.day() : wish.day();
            if (day.isAfter(locked.day())) {
                return Uni.createFrom().item(new Correction.NotYet(locked.day()));
            }
            return LedgerTable.spent(work, own.id(), day)
                    .chain(spent -> LedgerTable.apart(work, own.id(), day)
                            .chain(apart -> correct(work, locked, wish, day, spent, apart)));
        });
    }

    private Uni<Correction> correct(
            Work work, Purses locked, Wish wish, LocalDate day, BigDecimal spent, BigDecimal apart) {
        BigDecimal after = spent.add(wish.amount());
        if (after.signum() < 0 || Money.isAbove(after, Money.MOST)) {
            return Uni.createFrom().item(new Correction.TooMuch(wish.account(), day, spent));
        }
        // A past day stops nobody.
        boolean spared = !wish.believed()
                && day.equals(locked.day())
                && new Apart.Bound(config.maxReport())
                        .spares(locked.today(locked.account(wish.account())), apart, wish.amount());
        BigDecimal alone = wish.amount().signum() < 0
                ? wish.amount().negate().min(apart).negate()
                : spared ? wish.amount() : BigDecimal.ZERO;
        Journal journal = new Journal(locked);
        journal.book(new Entry(
                Kind.CORRECTION,
                wish.account(),
                wish.amount(),
                BigDecimal.ZERO,
                null,
                wish.amount(),
                Details.what(wish.reason()),
                wish.by(),
                alone,
                day));
        ledger.write(work, journal);
        return (alone.signum() < 0
                        ? endedIfNothingIsApart(work, wish, locked.now())
                        : Uni.createFrom().voidItem())
                .replaceWith(new Correction.Booked());
    }

    /** Withdraws the question about an amount that was corrected. */
    private static Uni<Void> endedIfNothingIsApart(Work work, Wish wish, Instant now) {
        return LedgerTable.isAnythingApart(work, wish.account())
                .invoke(left -> {
                    if (!left) {
                        work.emit(
                                new CauseEnded(
                                        "budget",
                                        "account:" + wish.account(),
                                        null,
                                        Apart.REASON,
                                        wish.by() + " has corrected the reported amount.",
                                        now),
                                Trace.NONE);
                    }
                })
                .replaceWithVoid();
    }

    /**
     * Has what was asked about count above its account, or books what it really was; as far as it is still set apart.
     *
     * @param real US dollars that were spent, {@code null}: what was reported
     */
    Uni<Believed> believe(Work work, Apart.Asked asked, BigDecimal real, String why, String by) {
        return accounts.lockToBook(work, List.of(asked.account())).take().chain(locked -> {
            if (locked.account(asked.account()) == null) {
                return Uni.createFrom().item(new Believed.Unknown(asked.account()));
            }
            return LedgerTable.apart(work, asked.account(), asked.day()).map(apart -> {
                BigDecimal amount = asked.amount().min(apart);
                if (amount.signum() <= 0) {
                    return new Believed.Booked(BigDecimal.ZERO);
                }
                Journal journal = new Journal(locked);
                journal.book(new Entry(
                        real == null ? Kind.COUNT : Kind.CORRECTION,
                        asked.account(),
                        real == null ? BigDecimal.ZERO : real.subtract(amount),
                        BigDecimal.ZERO,
                        null,
                        real == null ? amount : real.subtract(amount),
                        Details.what(why),
                        by,
                        amount.negate(),
                        asked.day()));
                ledger.write(work, journal);
                return new Believed.Booked(apart.subtract(amount));
            });
        });
    }
}
