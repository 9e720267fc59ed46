package io.infrafabric.budget;

import io.infrafabric.budget.ClaimHolds.Placing;
import io.infrafabric.budget.Entry.Kind;
import io.infrafabric.budget.Hold.State;
import io.infrafabric.budget.Pauses.Pause;
import io.infrafabric.budget.Purses.Verdict;
import io.infrafabric.bus.Due;
import io.infrafabric.bus.GroupCommit;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.command.Pipeline;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Holds that belong to no claim. Concurrent ones are decided one after the other in memory, under one lock of their
 * accounts, and committed together: a hot account costs one commit for many holds.
 */
@ApplicationScoped
public class FreeHolds {

    /** A request for a hold. */
    record Place(String account, BigDecimal amount, Duration ttl, String reference, String by) {}

    /** The result of a request. */
    sealed interface Placed {
        /**
         * The money is set aside; {@code remaining} is the least that is left on the way up, {@code null} for no limit.
         */
        record Granted(Hold hold, BigDecimal remaining) implements Placed {}

        /** The money is not set aside. */
        record Refused(Verdict.Refused why) implements Placed {}

        /** An operator has paused the swarm that this account belongs to. */
        record Paused(String account, String reason) implements Placed {}
    }

    /** The end of a hold. {@code all} is its real amount; {@code null} gives it back. */
    record End(Hold hold, BigDecimal all, String by) {}

    /** The result of an end. */
    sealed interface Ended {
        /** The hold has ended like this, now or before. */
        record Done(Hold hold, BigDecimal remaining) implements Ended {}

        /** The hold ended in another way. */
        record Over(Hold hold) implements Ended {}

        /** The hold belongs to a claim. */
        record OfLease(Hold hold) implements Ended {}
    }

    private final AccountTable accounts;
    private final Pauses pauses;
    private final ClaimHolds holds;
    private final LedgerTable ledger;
    private final Due due;
    private final BudgetConfig config;
    private final Pipeline<Place, Placed> placing;
    private final Pipeline<End, Ended> ending;

    public FreeHolds(
            Commands commands,
            AccountTable accounts,
            Pauses pauses,
            ClaimHolds holds,
            LedgerTable ledger,
            Due due,
            BudgetConfig config) {
        this.accounts = accounts;
        this.pauses = pauses;
        this.holds = holds;
        this.ledger = ledger;
        this.due = due;
        this.config = config;
        GroupCommit.Bounds bounds =
                new GroupCommit.Bounds(config.commitBatch(), config.commitQueue(), config.commitParallel());
        this.placing = commands.gathered("hold", bounds, place -> null, this::place);
        this.ending = commands.gathered("settle", bounds, end -> end.hold().id(), this::end);
    }

    /** Sets money aside, or says why not. */
    Uni<Reply<Placed>> place(Place wish, Keep<Placed> keep) {
        return placing.submit(wish, keep);
    }

    /** Settles a hold, or gives it back. */
    Uni<Reply<Ended>> end(End end, Keep<Ended> keep) {
        return ending.submit(end, keep);
    }

    /**
     * Sets money aside in the transaction of its purpose. The caller has checked that it fits ({@link Purses#afford})
     * after locking the session ({@link ClaimHolds#lock}). The caller ends the hold, or it expires by itself.
     *
     * @return the hold's id
     */
    public String setAside(
            Work work, Purses locked, String session, BigDecimal amount, Duration ttl, String reference, String by) {
        Place wish = new Place(Purses.accountOf(session), Money.orZero(amount), ttl, reference, by);
        Placing hold = placing(wish, locked.now());
        holds.write(work, List.of(hold));
        work.alongside(due.at(work.connection(), "budget", firstExpiries(locked, List.of(hold))));
        return hold.id();
    }

    /**
     * Settles holds in the transaction in which their purpose ends. A hold that has expired in the meantime is booked
     * all the same.
     *
     * @param all the real amount of each in US dollars, by the hold's id; zero gives it back
     */
    public Uni<Void> settle(Work work, Map<String, BigDecimal> all, String by) {
        if (all.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        return work.connection()
                .preparedQuery("SELECT * FROM budget_hold WHERE id = ANY($1) ORDER BY id")
                .execute(Tuple.of(all.keySet().toArray(String[]::new)))
                .map(rows -> Rows.all(rows, ClaimHolds::hold).stream()
                        .map(hold -> new End(hold, all.get(hold.id()).signum() == 0 ? null : all.get(hold.id()), by))
                        .toList())
                .chain(ends -> end(work, ends))
                .replaceWithVoid();
    }

    /**
     * Gives back everything that is set aside on the locked account of a leaving session. The holds of claims end with
     * their claims.
     */
    public Uni<Void> giveBackAll(Work work, String session, String by) {
        return work.connection()
                .preparedQuery("SELECT * FROM budget_hold WHERE account = $1 AND state = 'PLACED' AND task IS NULL"
                        + " ORDER BY id")
                .execute(Tuple.of(Purses.accountOf(session)))
                .map(rows -> Rows.all(rows, row -> new End(ClaimHolds.hold(row), null, by)))
                .chain(ends -> ends.isEmpty()
                        ? Uni.createFrom().voidItem()
                        : end(work, ends).replaceWithVoid());
    }

    private Uni<List<Placed>> place(Work work, List<Place> batch) {
        List<String> all = batch.stream().map(Place::account).distinct().toList();
        return work.inOrder(accounts.lock(work, all), Lock.none(pauses.of(work, all)))
                .with((locked, paused) -> {
                    Purses purses = locked;
                    List<Placed> placed = new ArrayList<>(batch.size());
                    List<Placing> granted = new ArrayList<>(batch.size());
                    for (Place wish : batch) {
                        Pause pause = paused.get(wish.account());
                        if (pause != null) {
                            placed.add(new Placed.Paused(pause.account(), pause.reason()));
                            continue;
                        }
                        switch (purses.hold(wish.account(), wish.amount())) {
                            case Verdict.Fits(Purses after) -> {
                                purses = after;
                                Placing hold = placing(wish, locked.now());
                                granted.add(hold);
                                placed.add(new Placed.Granted(
                                        asHold(hold, locked.now()), after.remaining(wish.account())));
                            }
                            case Verdict.Refused refused -> placed.add(new Placed.Refused(refused));
                        }
                    }
                    if (granted.isEmpty()) {
                        work.nothingWritten();
                        return placed;
                    }
                    work.alongside(due.at(work.connection(), "budget", firstExpiries(locked, granted)));
                    holds.write(work, granted);
                    return placed;
                });
    }

    private Placing placing(Place wish, Instant now) {
        return new Placing(
                holds.newId(),
                wish.account(),
                wish.amount(),
                null,
                null,
                wish.reference(),
                now.plus(wish.ttl()),
                wish.by());
    }

    private static Hold asHold(Placing hold, Instant now) {
        return new Hold(
                hold.id(),
                hold.account(),
                hold.amount(),
                BigDecimal.ZERO,
                null,
                false,
                BigDecimal.ZERO,
                State.PLACED,
                null,
                null,
                null,
                hold.reference(),
                hold.expiresAt(),
                now,
                null);
    }

    /**
     * One due row for each account, for its first expiry, so that a hold on a hot account does not cost a row of its
     * own. A past expiry may have failed for good, and then nobody would ask again: that costs a row, too.
     */
    private static Map<String, Instant> firstExpiries(Purses locked, List<Placing> granted) {
        Map<String, Instant> first = new HashMap<>();
        for (Placing hold : granted) {
            Instant known = locked.account(hold.account()).nextExpiry();
            if (known == null || hold.expiresAt().isBefore(known) || known.isBefore(locked.now())) {
                first.merge("expiry:" + hold.account(), hold.expiresAt(), (a, b) -> a.isBefore(b) ? a : b);
            }
        }
        return first;
    }

    private Uni<List<Ended>> end(Work work, List<End> batch) {
        String[] ids = Rows.column(batch, end -> end.hold().id(), String[]::new);
        return work.inOrder(
                        accounts.lockToBook(
                                work,
                                batch.stream()
                                        .map(end -> end.hold().account())
                                        .distinct()
                                        .toList()),
                        Lock.none(work.connection()
                                .preparedQuery("SELECT * FROM budget_hold WHERE id = ANY($1)")
                                .execute(Tuple.of(ids))))
                .with((locked, rows) -> {
                    Map<String, Hold> current = new HashMap<>();
                    rows.forEach(row -> current.put(row.getString("id"), ClaimHolds.hold(row)));
                    Journal journal = new Journal(locked);
                    List<Ended> ended = new ArrayList<>(batch.size());
                    for (End end : batch) {
                        ended.add(end(journal, end, current.get(end.hold().id())));
                    }
                    ledger.write(work, journal);
                    return ended;
                });
    }

    private Ended end(Journal journal, End end, Hold hold) {
        boolean settles = end.all() != null;
        return switch (settles ? hold.settle(end.all(), journal.now()) : hold.revoke(journal.now())) {
            case Hold.Verdict.Ends(Hold after) -> {
                journal.end(
                        settles ? Kind.SETTLE : Kind.VOID,
                        hold,
                        after,
                        after.booked(),
                        end.by(),
                        null,
                        config.probeAfter());
                yield new Ended.Done(after, journal.remaining(hold.account()));
            }
            case Hold.Verdict.Already _ -> new Ended.Done(hold, journal.remaining(hold.account()));
            case Hold.Verdict.Over _ -> new Ended.Over(hold);
            case Hold.Verdict.OfLease _ -> new Ended.OfLease(hold);
        };
    }

    /** An account's first hold may have expired: gives back expired holds, and schedules the next call. */
    Uni<Void> expire(Work work, String account) {
        return work.inOrder(
                        accounts.lock(work, List.of(account)),
                        Lock.none(work.connection()
                                .preparedQuery("SELECT * FROM budget_hold WHERE account = $1 AND state = 'PLACED'"
                                        + " AND expires_at IS NOT NULL ORDER BY expires_at LIMIT $2")
                                .execute(Tuple.of(account, config.expireBatch() + 1))))
                .with((locked, rows) -> {
                    if (locked.account(account) == null) {
                        return Uni.createFrom().voidItem();
                    }
                    Journal journal = new Journal(locked);
                    Instant next = null;
                    int expired = 0;
                    for (Hold hold : Rows.all(rows, ClaimHolds::hold)) {
                        if (expired == config.expireBatch() || hold.expiresAt().isAfter(journal.now())) {
                            next = hold.expiresAt();
                            break;
                        }
                        Hold after = hold.ended(State.EXPIRED, journal.now());
                        journal.end(Kind.EXPIRE, hold, after, hold.amount(), "budget", null, config.probeAfter());
                        expired++;
                    }
                    return expired(work, journal, account, next);
                })
                .flatMap(written -> written);
    }

    private Uni<Void> expired(Work work, Journal journal, String account, Instant next) {
        journal.change(account, it -> Account.Step.of(it.expiringAt(next)));
        ledger.write(work, journal);
        return due.at(work.connection(), "budget", next == null ? Map.of() : Map.of("expiry:" + account, next));
    }
}
