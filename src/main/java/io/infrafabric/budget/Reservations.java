package io.infrafabric.budget;

import io.infrafabric.budget.Purses.Verdict;
import io.infrafabric.budget.Reserving.Made;
import io.infrafabric.budget.Reserving.Reservation;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlClient;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Reserves what a call may cost before it is made, and books what it has cost at its end.
 *
 * <p>A call for a claim takes its amount out of the claim's hold as far as that reaches; only what exceeds it is held
 * besides, and only that must fit the limits, the breakers and the pauses. A reservation holds its whole amount itself
 * until its call ends, however and whenever the claim ends: the claim gives back only what no call has reserved, so
 * nothing is overspent meanwhile. The cost of the call then draws on the hold of that claim like every late cost.
 *
 * <p>What is held besides is no free-standing hold: nobody can give that back over REST, it does not expire, and it
 * outlives its session, because the call may still cost.
 */
@ApplicationScoped
public class Reservations {

    /**
     * A call that is about to be made.
     *
     * @param id of the call
     * @param task the claim that it is for, {@code null} for none; then {@code epoch} is that of the claim, {@code null}
     * for the one that the session has
     * @param amount the most that it may cost in US dollars
     * @param atMost how long it lasts at most; if it is open after that, {@link LedgerProof} lists it
     */
    public record Wish(
            String id, String session, String task, Long epoch, BigDecimal amount, Duration atMost, String by) {}

    /** What became of it. */
    public sealed interface Reserved {
        /**
         * The money is held.
         *
         * @param within within the claim's hold
         * @param extra besides it
         * @param epoch of the claim, {@code null} without one
         */
        record Granted(BigDecimal within, BigDecimal extra, Long epoch) implements Reserved {}

        /** What exceeds the claim's hold cannot be paid. */
        record Refused(Verdict.Refused why) implements Reserved {}

        /** An operator has paused the swarm, and the call needs more than its claim holds. */
        record Paused(String account, String reason) implements Reserved {}

        /** The session has no claim of this task under this epoch. */
        record NoClaim() implements Reserved {}
    }

    /**
     * A call that has ended, whether it had a reservation or not.
     *
     * @param cost what it has cost in US dollars; nothing is booked for zero
     */
    public record End(
            String id,
            String session,
            String task,
            Long epoch,
            BigDecimal cost,
            String model,
            Long tokensIn,
            Long tokensOut,
            String what,
            Instant at,
            String by) {}

    /**
     * How a session stands before a call.
     *
     * @param pays whether any account on its way up has a limit
     * @param epoch of its standing claim of the task, {@code null} for none
     */
    public record Standing(boolean pays, Long epoch) {}

    private final AccountTable accounts;
    private final Pauses pauses;
    private final LedgerTable ledger;
    private final BudgetConfig config;

    public Reservations(AccountTable accounts, Pauses pauses, LedgerTable ledger, BudgetConfig config) {
        this.accounts = accounts;
        this.pauses = pauses;
        this.ledger = ledger;
        this.config = config;
    }

    /** How the session stands just now, without a lock. */
    public Uni<Standing> standing(SqlClient client, String session, String task) {
        return ReservationTable.standing(client, session, task);
    }

    /** Reserves for calls in this transaction, one after the other; answers in their order. */
    public Uni<List<Reserved>> reserve(Work work, List<Wish> wishes) {
        List<String> paying =
                Purses.accountsOf(wishes.stream().map(Wish::session).toList());
        return work.inOrder(
                        accounts.lock(work, paying),
                        Lock.none(ReservationTable.standing(work, wishes)),
                        Lock.none(pauses.of(work, paying)))
                .with((locked, holds, paused) -> {
                    Journal journal = new Journal(locked);
                    Purses left = locked;
                    List<Reserved> answers = new ArrayList<>(wishes.size());
                    List<Reservation> made = new ArrayList<>(wishes.size());
                    for (Wish wish : wishes) {
                        Made one = Reserving.reserve(
                                journal,
                                left,
                                wish,
                                wish.task() == null ? null : holds.get(wish.task()),
                                paused.get(Purses.accountOf(wish.session())));
                        left = one.after();
                        answers.add(one.answer());
                        if (one.reservation() != null) {
                            made.add(one.reservation());
                        }
                    }
                    ledger.write(work, journal);
                    ReservationTable.add(work, made);
                    return answers;
                });
    }

    /**
     * Ends calls in this transaction: books what they have cost, once for each call, and gives back the rest. No call
     * occurs twice. Answers, in their order, whether anything was left to end.
     */
    public Uni<List<Boolean>> end(Work work, List<End> ends) {
        List<String> paying = Purses.accountsOf(ends.stream().map(End::session).toList());
        return work.inOrder(
                        accounts.lockToBook(work, paying),
                        Lock.none(ReservationTable.holds(work, ends)),
                        Lock.none(ReservationTable.take(work, ends)),
                        Lock.none(ReservationTable.known(work, ends)),
                        Lock.none(UnknownCosts.seen(
                                work,
                                ends.stream()
                                        .filter(end -> end.cost().signum() > 0)
                                        .map(end -> Purses.accountOf(end.session()))
                                        .toList())))
                .with((locked, holds, open, known, _) -> {
                    Journal journal = new Journal(locked);
                    List<Boolean> ended = new ArrayList<>(ends.size());
                    for (End end : ends) {
                        ended.add(Reserving.end(
                                journal, open.get(end.id()), holds.get(end.id()), end, known, config.probeAfter()));
                    }
                    ledger.write(work, journal);
                    return ended;
                });
    }
}
