package io.infrafabric.budget;

import io.infrafabric.budget.AccountTable.View;
import io.infrafabric.budget.Entry.Details;
import io.infrafabric.budget.Entry.Kind;
import io.infrafabric.bus.GroupCommit;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.command.Pipeline;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Books costs, whatever the limit says. Concurrent costs share a transaction. */
@ApplicationScoped
class CostTransaction {
    /**
     * A cost.
     *
     * @param id makes it count once on its account, or {@code null}
     * @param task the task that it was for; it draws on the hold of the claim
     * @param epoch the claim that it was for; {@code null} means the newest one
     * @param measured whether its agent measures all of its calls, so that it takes the place of a claim's estimate
     */
    record Cost(
            String id,
            String account,
            BigDecimal amount,
            String task,
            Long epoch,
            String model,
            Long tokensIn,
            Long tokensOut,
            String what,
            Instant happenedAt,
            boolean measured,
            String by) {
        Known known() {
            return new Known(account, id);
        }
    }

    /** The result of a cost. */
    sealed interface Booking {
        /** It is on the ledger; gives the account as it stands. */
        record Booked(View account) implements Booking {}

        /** There is no such account. */
        record Unknown(String account) implements Booking {}

        /** It cannot have happened at that time, only between these moments. */
        record Untimely(Instant from, Instant to) implements Booking {}

        /** The books of the account cannot hold this much. */
        record Full(String account) implements Booking {}

        /** The account already has a cost with this id and another amount. */
        record Differs(String id, BigDecimal amount) implements Booking {}
    }

    record Known(String account, String id) {}

    private final AccountTable accounts;
    private final LedgerTable ledger;
    private final BudgetConfig config;
    private final Pipeline<Cost, Booking> booking;

    CostTransaction(Commands commands, AccountTable accounts, LedgerTable ledger, BudgetConfig config) {
        this.accounts = accounts;
        this.ledger = ledger;
        this.config = config;
        this.booking = commands.gathered(
                "cost",
                new GroupCommit.Bounds(config.commitBatch(), config.commitQueue(), config.commitParallel()),
                cost -> null,
                this::answered);
    }

    /** Books a cost. */
    Uni<Reply<Booking>> book(Cost cost, Keep<Booking> keep) {
        return booking.submit(cost, keep);
    }

    private Uni<List<Booking>> answered(Work work, List<Cost> costs) {
        List<String> booked = costs.stream().map(Cost::account).distinct().toList();
        return book(work, accounts.lockToBook(work, booked), costs)
                .chain(refused ->
                        accounts.views(work.connection(), booked).map(views -> answers(costs, refused, views)));
    }

    /**
     * Books costs in this transaction.
     *
     * @param locking the accounts to book on
     * @return the refusals, in order; {@code null} for booked costs
     */
    Uni<List<Booking>> book(Work work, Lock<Locks.Accounts, Purses> locking, List<Cost> costs) {
        return work.inOrder(
                        locking,
                        Lock.none(CostTable.holds(work, costs)),
                        Lock.none(CostTable.known(work, costs)),
                        Lock.none(UnknownCosts.seen(
                                work, costs.stream().map(Cost::account).toList())))
                .with((locked, holds, known, _) -> {
                    Journal journal = new Journal(locked);
                    List<Booking> refused = new ArrayList<>(costs.size());
                    for (int i = 0; i < costs.size(); i++) {
                        refused.add(book(journal, costs.get(i), holds.get(i), known));
                    }
                    ledger.write(work, journal);
                    return refused;
                });
    }

    /** Books one cost; {@code null}, or the refusal. */
    private Booking book(Journal journal, Cost cost, Hold hold, Map<Known, BigDecimal> known) {
        Account account = journal.account(cost.account());
        if (account == null) {
            return new Booking.Unknown(cost.account());
        }
        Instant from = journal.now().minus(config.costPast());
        Instant to = journal.now().plus(config.costFuture());
        if (cost.happenedAt() != null
                && (cost.happenedAt().isBefore(from) || cost.happenedAt().isAfter(to))) {
            return new Booking.Untimely(from, to);
        }
        if (Money.isAbove(account.own().spent().add(cost.amount()), Money.MOST)) {
            return new Booking.Full(cost.account());
        }
        if (cost.id() != null) {
            BigDecimal before = known.putIfAbsent(cost.known(), cost.amount());
            if (before != null) {
                return before.compareTo(cost.amount()) == 0 ? null : new Booking.Differs(cost.id(), before);
            }
        }
        Details details = new Details(
                cost.task(),
                cost.epoch(),
                cost.id(),
                cost.model(),
                cost.tokensIn(),
                cost.tokensOut(),
                cost.what(),
                cost.happenedAt());
        if (hold == null) {
            journal.book(new Entry(
                    Kind.COST,
                    cost.account(),
                    cost.amount(),
                    BigDecimal.ZERO,
                    null,
                    cost.amount(),
                    details,
                    cost.by()));
        } else {
            Hold before =
                    cost.measured() ? journal.withoutEstimate(journal.current(hold), cost.by()) : journal.current(hold);
            Hold after = before.draw(cost.amount());
            journal.book(Entry.between(Kind.DRAW, before, after, cost.amount(), details, cost.by()));
            journal.keep(after);
        }
        return null;
    }

    private static List<Booking> answers(List<Cost> costs, List<Booking> refused, Map<String, View> views) {
        List<Booking> answers = new ArrayList<>(costs.size());
        for (int i = 0; i < costs.size(); i++) {
            Booking refusal = refused.get(i);
            answers.add(
                    refusal == null ? new Booking.Booked(views.get(costs.get(i).account())) : refusal);
        }
        return answers;
    }
}
