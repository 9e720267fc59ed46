package io.infrafabric.budget;

import io.infrafabric.budget.Hold.State;
import io.infrafabric.bus.EventIds;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.input.Decimals;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Places, carries on and ends the holds of claims in the transaction of the lease. The coordinator locks the accounts
 * that its sessions pay from ({@link #lock}), at their place in {@link Locks}; {@link Purses} then decides what they
 * can pay.
 *
 * <pre>{@code
 * place(work, purses, granted)  for leases that were granted; carry(…) for those that their holder claimed again
 * end(work, ended)              for leases that ended
 * }</pre>
 *
 * On hot paths, {@link #lockLeases} locks and reads at once what the end of leases needs, before it is known whether
 * they end; {@code end} then writes without waiting.
 *
 * A hold changes only under the lock of its account, so holds themselves are never locked. A hold of nothing needs no
 * lock ({@link #holdNothing}).
 */
@ApplicationScoped
public class ClaimHolds {
    // Held money counts at every level with a limit. What is spent does not change, so the day does not matter.
    static final String PLACE = """
            WITH i AS (
              SELECT id, account, amount::numeric AS amount, task, epoch, reference, expires, by
                FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::timestamptz[],
                            $8::text[]) AS i(id, account, amount, task, epoch, reference, expires, by)),
            placed AS (
              INSERT INTO budget_hold (id, account, amount, task, first_epoch, epoch, reference, expires_at, by)
              SELECT id, account, amount, task, epoch, epoch, reference, expires, by FROM i),
            booked AS (
              INSERT INTO budget_entry (account, day, kind, spent, held, amount, hold, task, epoch, what, by)
              SELECT account, (now() AT TIME ZONE 'UTC')::date, 'HOLD', 0, amount, amount, id, task, epoch, reference, by
                FROM i WHERE amount > 0)
            UPDATE budget_account a
               SET held = a.held + d.own,
                   total_held = CASE WHEN a.daily_limit IS NULL THEN a.held + d.own ELSE a.total_held + d.total END,
                   probe_hold = CASE WHEN a.probe_at <= now() THEN coalesce(a.probe_hold, d.hold) ELSE a.probe_hold END,
                   next_expiry = least(a.next_expiry, d.expires)
              FROM (SELECT u.id, sum(CASE WHEN u.id = i.account THEN i.amount ELSE 0 END) AS own, sum(i.amount) AS total,
                           min(i.id) FILTER (WHERE u.id = i.account) AS hold,
                           min(i.expires) FILTER (WHERE u.id = i.account) AS expires
                      FROM i, budget_newest(i.account) s, unnest(s.path) AS u(id) GROUP BY u.id) d, LATERAL (
                   SELECT v.ctid FROM budget_account v WHERE %s) n
             WHERE a.ctid = n.ctid AND (a.daily_limit IS NOT NULL OR d.hold IS NOT NULL)
               AND (d.total > 0 OR d.expires IS NOT NULL OR a.probe_at IS NOT NULL)
            """.formatted(Newest.of("v", "d.id"));

    // It holds nothing, so no balance changes. This repeats a part of PLACE, because most claims need no more: PLACE
    // takes 0.1 ms longer, of 1.6 ms for all statements of a claim (one at a time, on a warm connection).
    private static final String PLACE_EMPTY = holdNothing(
            "id",
            "unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS i(id, session, task, epoch)",
            "session",
            "task",
            "epoch");

    private static final String CARRY =
            "UPDATE budget_hold SET epoch = $3" + " WHERE task = $1 AND epoch = $2 AND state = 'PLACED' RETURNING id";

    // The hold, and whether a late cost of the lease is already on the ledger.
    private static final String OF_LEASES = """
            SELECT i.task AS of_task, e.cost AS known, h.*
              FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[]) AS i(task, epoch, account, late)
              LEFT JOIN LATERAL (
                SELECT * FROM budget_hold h
                 WHERE h.task = i.task AND i.epoch BETWEEN h.first_epoch AND h.epoch ORDER BY h.epoch DESC LIMIT 1) h ON true
              LEFT JOIN budget_entry e ON e.account = i.account AND e.cost = i.late
            """;

    /** A hold for a lease. Without an estimate the amount is 0; reported costs still belong to the claim. */
    public record LeaseHold(String session, String task, long epoch, BigDecimal amount) {}

    /** A lease that may be about to end, with its present or former holder and its epoch. */
    public record Lease(String session, String task, long epoch) {}

    /** The locked accounts and holds of leases, valid for one {@link #end} in the transaction that read them. */
    public static final class Standing {
        private final Purses purses;
        private final Map<String, Hold> holds;
        private final Set<String> known;

        private Standing(Purses purses, Map<String, Hold> holds, Set<String> known) {
            this.purses = purses;
            this.holds = holds;
            this.known = known;
        }
    }

    /**
     * What became of a claim's hold.
     *
     * @param booked the total booked for the claim
     * @param recorded whether the reported cost is on the ledger by now, from this call or an earlier one
     */
    public record Ended(String task, long epoch, BigDecimal booked, boolean recorded) {}

    /** A hold to write; a claim's has {@code task} and {@code epoch}, a free-standing one {@code expiresAt}. */
    record Placing(
            String id,
            String account,
            BigDecimal amount,
            String task,
            Long epoch,
            String reference,
            Instant expiresAt,
            String by) {}

    private final AccountTable accounts;
    private final LedgerTable ledger;
    private final EventIds ids;
    private final BudgetConfig config;

    public ClaimHolds(AccountTable accounts, LedgerTable ledger, EventIds ids, BudgetConfig config) {
        this.accounts = accounts;
        this.ledger = ledger;
        this.ids = ids;
        this.config = config;
    }

    /** Locks the accounts that these sessions pay from. */
    public Lock<Locks.Accounts, Purses> lock(Work work, Collection<String> sessions) {
        return sessions.isEmpty() ? Lock.none(nothing()) : accounts.lock(work, Purses.accountsOf(sessions));
    }

    /** What these sessions can pay just now, read without a lock: only to tell somebody. */
    public static Uni<Purses> glance(SqlClient client, Collection<String> sessions) {
        return AccountTable.glance(client, Purses.accountsOf(sessions));
    }

    private static Uni<Purses> nothing() {
        return Uni.createFrom().item(Purses.of(List.of(), Instant.EPOCH));
    }

    /**
     * SQL, a condition in another function's statement: no breaker at any level stops the session or waits for a probe.
     * It gives what {@link Purses#afford} would say about an amount of nothing, without a lock.
     *
     * @param session SQL, the session's id
     */
    public static String mayHoldNothing(String session) {
        return AccountTable.ALL_CLOSED.formatted(session);
    }

    /**
     * SQL, for use in another function's statement too: places a hold of nothing for each row of {@code from}. It
     * changes no balance, so no account must be locked.
     *
     * @param id SQL, the hold's id ({@link #newId}); the following parameters are columns of {@code from}
     */
    public static String holdNothing(String id, String from, String session, String task, String epoch) {
        return "INSERT INTO budget_hold (id, account, amount, task, first_epoch, epoch, by)"
                + " SELECT %s, '%s' || %s, 0, %s, %s, %s, %s FROM %s"
                        .formatted(id, Purses.accountOf(""), session, task, epoch, epoch, session, from);
    }

    /**
     * Places holds that fit ({@link Purses#afford}), after the sessions were locked in this transaction. It is sent
     * alongside: nobody waits for it, and if it fails, so does the transaction.
     *
     * @param purses what the sessions could pay when they were locked
     * @return the id of the hold by task
     */
    public Map<String, String> place(Work work, Purses purses, List<LeaseHold> holds) {
        Map<String, String> byTask = new HashMap<>();
        List<Placing> placing = new ArrayList<>(holds.size());
        for (LeaseHold hold : holds) {
            String id = newId();
            byTask.put(hold.task(), id);
            placing.add(new Placing(
                    id,
                    Purses.accountOf(hold.session()),
                    Money.orZero(hold.amount()),
                    hold.task(),
                    hold.epoch(),
                    null,
                    null,
                    hold.session()));
        }
        if (holds.stream()
                .allMatch(hold -> Money.orZero(hold.amount()).signum() == 0 && !purses.probing(hold.session()))) {
            writeEmpty(work, placing);
        } else {
            write(work, placing);
        }
        return byTask;
    }

    private static void writeEmpty(Work work, List<Placing> holds) {
        if (!holds.isEmpty()) {
            work.alongside(work.connection()
                    .preparedQuery(PLACE_EMPTY)
                    .execute(Tuple.of(
                            Rows.column(holds, Placing::id, String[]::new),
                            Rows.column(holds, Placing::by, String[]::new),
                            Rows.column(holds, Placing::task, String[]::new),
                            Rows.column(holds, Placing::epoch, Long[]::new))));
        }
    }

    /** An id for a hold. */
    public String newId() {
        return ids.next().toString();
    }

    /** Sent without waiting: nobody needs the answer, and the next statement travels with it. */
    void write(Work work, List<Placing> holds) {
        if (holds.isEmpty()) {
            return;
        }
        work.alongside(work.connection().preparedQuery(PLACE).execute(Tuple.from(new Object[] {
            Rows.column(holds, Placing::id, String[]::new),
            Rows.column(holds, Placing::account, String[]::new),
            Rows.column(holds, hold -> Rows.text(hold.amount()), String[]::new),
            Rows.column(holds, Placing::task, String[]::new),
            Rows.column(holds, Placing::epoch, Long[]::new),
            Rows.column(holds, Placing::reference, String[]::new),
            Rows.column(holds, hold -> Rows.at(hold.expiresAt()), OffsetDateTime[]::new),
            Rows.column(holds, Placing::by, String[]::new)
        })));
    }

    /**
     * Carries a hold on under the new epoch, because the holder has claimed its task again.
     *
     * @param purses the holder's locked accounts
     * @return the hold's id, {@code null} if the claim has none
     */
    public Uni<String> carry(Work work, Purses purses, String task, long oldEpoch, long newEpoch) {
        return work.connection()
                .preparedQuery(CARRY)
                .execute(Tuple.of(task, oldEpoch, newEpoch))
                .map(rows -> rows.size() == 0 ? null : rows.iterator().next().getString(0));
    }

    /**
     * Locks the accounts of these leases' sessions, like {@link #lock}, and reads the leases' holds; everything is sent
     * at once. No task occurs twice.
     */
    public Lock<Locks.Accounts, Standing> lockLeases(Work work, Collection<Lease> leases) {
        if (leases.isEmpty()) {
            return Lock.none(nothing().map(purses -> new Standing(purses, Map.of(), Set.of())));
        }
        Uni<RowSet<Row>> read = work.connection()
                .preparedQuery(OF_LEASES)
                .execute(Tuple.of(
                        Rows.column(leases, Lease::task, String[]::new),
                        Rows.column(leases, Lease::epoch, Long[]::new),
                        Rows.column(leases, lease -> Purses.accountOf(lease.session()), String[]::new),
                        Rows.column(leases, Closing::lateId, String[]::new)));
        return Lock.of(work.inOrder(
                        accounts.lockToBook(
                                work,
                                Purses.accountsOf(
                                        leases.stream().map(Lease::session).toList())),
                        Lock.none(read))
                .with((purses, rows) -> {
                    Map<String, Hold> holds = new HashMap<>();
                    Set<String> known = new HashSet<>();
                    for (Row row : rows) {
                        if (row.getString("id") != null) {
                            holds.put(row.getString("of_task"), hold(row));
                        }
                        known.add(row.getString("known"));
                    }
                    return new Standing(purses, holds, known);
                }));
    }

    /**
     * Books how claims ended, emits warnings and tripped breakers, and answers in the order of the ends. No task occurs
     * twice. Ends that were booked before get the same answer and book nothing.
     */
    public Uni<List<Ended>> end(Work work, List<LeaseEnd> ends) {
        return lockLeases(work, ends.stream().map(LeaseEnd::lease).toList())
                .take()
                .map(standing -> end(work, standing, ends));
    }

    /**
     * The same for some of the leases behind {@code standing}. It is sent alongside: nobody waits for it, and if it
     * fails, so does the transaction.
     */
    public List<Ended> end(Work work, Standing standing, List<LeaseEnd> ends) {
        if (ends.isEmpty()) {
            return List.of();
        }
        Journal journal = new Journal(standing.purses);
        List<Ended> ended = new ArrayList<>(ends.size());
        for (LeaseEnd end : ends) {
            Hold hold = standing.holds.get(end.task());
            Closing.Ended closed = Closing.apply(journal, end, hold, standing.known, config.probeAfter());
            ended.add(new Ended(end.task(), end.epoch(), Decimals.plain(closed.booked()), closed.recorded()));
        }
        ledger.write(work, journal);
        return ended;
    }

    /** A hold as it stands; {@code null} if it does not exist. */
    Uni<Hold> find(SqlClient client, String id) {
        return client.preparedQuery("SELECT * FROM budget_hold WHERE id = $1")
                .execute(Tuple.of(id))
                .map(rows -> rows.size() == 0 ? null : hold(rows.iterator().next()));
    }

    static Hold hold(Row row) {
        return new Hold(
                row.getString("id"),
                row.getString("account"),
                row.getBigDecimal("amount"),
                row.getBigDecimal("drawn"),
                row.getBigDecimal("total"),
                row.getBoolean("estimated"),
                row.getBigDecimal("reserved"),
                State.valueOf(row.getString("state")),
                row.getString("task"),
                row.getLong("first_epoch"),
                row.getLong("epoch"),
                row.getString("reference"),
                Rows.instant(row, "expires_at"),
                Rows.instant(row, "placed_at"),
                Rows.instant(row, "ended_at"));
    }
}
