package io.infrafabric.budget;

import io.infrafabric.budget.Account.Failing;
import io.infrafabric.budget.Account.Figures;
import io.infrafabric.budget.Account.Reset;
import io.infrafabric.budget.Account.Step;
import io.infrafabric.budget.Account.Today;
import io.infrafabric.budget.Entry.Kind;
import io.infrafabric.budget.Streak.Failure;
import io.infrafabric.bus.Deadlines;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.input.Decimals;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes, locks and reads accounts. {@link LedgerTable} books on them; {@link AccountTree} changes the tree.
 */
@ApplicationScoped
@Priority(Deadlines.ACCOUNTS)
public class AccountTable implements Deadlines {
    // The accounts themselves, and those above with a limit; root to leaf, then by id (see Locks). They are locked
    // in the order of the inner rows, each where Newest finds it.
    static final String LOCK = """
            SELECT a.*, now() AS now FROM (
                SELECT DISTINCT u.depth, u.id
                  FROM unnest($1::text[]) AS i(id), budget_newest(i.id) s,
                       unnest(s.path) WITH ORDINALITY AS u(id, depth), budget_newest(u.id) l
                 WHERE l.daily_limit IS NOT NULL OR u.id = i.id
                 ORDER BY u.depth, u.id) w, LATERAL (
                SELECT * FROM budget_account v WHERE %s FOR NO KEY UPDATE OF v) a
            """.formatted(Newest.of("v", "w.id"));

    private static final String GLANCE = LOCK.replace("FOR NO KEY UPDATE OF v", "");

    // Amounts set apart on accounts change only under their locks, so this comes after LOCK, and sees all of them.
    private static final String APART = """
            SELECT account, day, sum(amount) AS amount FROM budget_apart
             WHERE account = ANY($1) AND day >= (now() AT TIME ZONE 'UTC')::date GROUP BY account, day
            """;

    // Accounts without a limit have no sums of their own, so this adds up all accounts below, except what is set apart
    // there.
    static final String READ = """
            SELECT a.*, statement_timestamp() AS now, below.spent - apart.below AS below_spent, below.held AS below_held,
                   apart.own AS apart
              FROM budget_account a, LATERAL (
                SELECT coalesce(sum(s.spent) FILTER (
                         WHERE s.day >= (statement_timestamp() AT TIME ZONE 'UTC')::date), 0) AS spent,
                       coalesce(sum(s.held), 0) AS held
                  FROM budget_account s WHERE %s s.path @> ARRAY[a.id]) below, LATERAL (
                SELECT coalesce(sum(p.amount) FILTER (WHERE p.account = a.id), 0) AS own,
                       coalesce(sum(p.amount) FILTER (WHERE p.account <> a.id), 0) AS below
                  FROM budget_apart p JOIN budget_account s ON s.id = p.account AND s.day = p.day
                 WHERE p.day >= (statement_timestamp() AT TIME ZONE 'UTC')::date AND s.path @> ARRAY[a.id]) apart
            """;

    static final String VIEW = READ.formatted("a.daily_limit IS NULL AND");

    /** SQL: the state of the breaker of account {@code a} now, as in {@link Account#breaker}. */
    static final String BREAKER = """
            CASE WHEN a.tripped AND a.day >= (now() AT TIME ZONE 'UTC')::date OR a.probe_at > now() THEN 'OPEN'
                 WHEN a.probe_at IS NOT NULL THEN 'PROBE' ELSE 'CLOSED' END""";

    /**
     * SQL: the account of this session exists, and its breaker and those of all accounts above with a limit are closed.
     */
    static final String ALL_CLOSED = "EXISTS (SELECT FROM budget_newest('" + Purses.accountOf("")
            + "' || %s) own WHERE NOT " + anyBreaker("own", "<> 'CLOSED'") + ")";

    /** SQL: the breaker of this account, or of one above it with a limit, is in this state. */
    private static String anyBreaker(String account, String like) {
        return "EXISTS (SELECT FROM unnest(%1$s.path) AS u(id), budget_newest(u.id) a WHERE".formatted(account)
                + " (a.daily_limit IS NOT NULL OR a.id = %1$s.id) AND ".formatted(account) + BREAKER + " " + like
                + ")";
    }

    /**
     * An account as read at this time of the database, with the sums of all below, and with the part of its own that is
     * set apart.
     */
    record View(Account account, BigDecimal apart, Instant now, Instant createdAt) {}

    private final Pool pool;
    private final LedgerTable ledger;
    private final BudgetConfig config;

    public AccountTable(Pool pool, LedgerTable ledger, BudgetConfig config) {
        this.pool = pool;
        this.ledger = ledger;
        this.config = config;
    }

    /**
     * Locks accounts and all above them with a limit, until the end of the transaction. The answer omits accounts that
     * do not exist. The tree is shared first ({@link TreeTable}); both statements are sent at once.
     */
    Lock<Locks.Accounts, Purses> lock(Work work, Collection<String> accounts) {
        return Lock.of(
                work.inOrder(TreeTable.share(work), lockRows(work, accounts)).with((shared, purses) -> purses));
    }

    private static Lock<Locks.Accounts, Purses> lockRows(Work work, Collection<String> accounts) {
        return Lock.of(purses(work.connection(), LOCK, accounts));
    }

    /** The same without a lock: only to tell somebody, not to hold anything. */
    static Uni<Purses> glance(SqlClient client, Collection<String> accounts) {
        return purses(client, GLANCE, accounts);
    }

    private static Uni<Purses> purses(SqlClient client, String sql, Collection<String> accounts) {
        return client.preparedQuery(sql)
                .execute(Tuple.of(accounts.toArray(String[]::new)))
                .map(rows -> {
                    List<Account> read = Rows.all(rows, AccountTable::account);
                    Instant now = read.isEmpty()
                            ? Instant.EPOCH
                            : Rows.instant(rows.iterator().next(), "now");
                    return Purses.of(read, now);
                });
    }

    /**
     * The same for booking costs: with the amounts set apart on these accounts, and the bound up to which reports are
     * believed.
     */
    Lock<Locks.Accounts, Purses> lockToBook(Work work, Collection<String> accounts) {
        return Lock.of(work.inOrder(
                        lock(work, accounts),
                        Lock.none(work.connection()
                                .preparedQuery(APART)
                                .execute(Tuple.of(accounts.toArray(String[]::new)))))
                .with((locked, rows) -> {
                    Map<String, BigDecimal> apart = new HashMap<>();
                    for (Row row : rows) {
                        if (row.getLocalDate("day").equals(locked.day())) {
                            apart.put(row.getString("account"), row.getBigDecimal("amount"));
                        }
                    }
                    return locked.reporting(new Apart.Bound(config.maxReport()), apart);
                }));
    }

    /** Those of the sessions that a breaker, on their account or above, stops from holding anything. */
    public Uni<Set<String>> stopped(SqlClient client, Collection<String> sessions) {
        return client.preparedQuery(
                        "SELECT s.id FROM budget_account s WHERE s.id = ANY($1) AND " + anyBreaker("s", "= 'OPEN'"))
                .execute(Tuple.of(Rows.column(sessions, Purses::accountOf, String[]::new)))
                .map(rows -> new HashSet<>(Rows.all(rows, row -> Purses.sessionOf(row.getString(0)))));
    }

    /** For each of these accounts, those of {@code mine} that it is above or below, if any. */
    public Uni<Map<String, Set<String>>> near(SqlClient client, Collection<String> mine, Collection<String> accounts) {
        if (accounts.isEmpty()) {
            return Uni.createFrom().item(Map.of());
        }
        return client.preparedQuery("SELECT a.id, m.id AS mine FROM budget_account a JOIN budget_account m"
                        + " ON m.id = ANY($2) AND (a.id = ANY(m.path) OR m.id = ANY(a.path)) WHERE a.id = ANY($1)")
                .execute(Tuple.of(accounts.toArray(String[]::new), mine.toArray(String[]::new)))
                .map(rows -> {
                    Map<String, Set<String>> near = new HashMap<>();
                    rows.forEach(row -> near.computeIfAbsent(row.getString("id"), none -> new HashSet<>())
                            .add(row.getString("mine")));
                    return near;
                });
    }

    /** Whether the breakers of these accounts are closed, by account; accounts that do not exist are omitted. */
    public Uni<Map<String, Boolean>> closed(SqlClient client, Collection<String> accounts) {
        if (accounts.isEmpty()) {
            return Uni.createFrom().item(Map.of());
        }
        return client.preparedQuery(
                        "SELECT a.id, " + BREAKER + " = 'CLOSED' AS closed FROM budget_account a WHERE a.id = ANY($1)")
                .execute(Tuple.of(accounts.toArray(String[]::new)))
                .map(rows -> {
                    Map<String, Boolean> closed = new HashMap<>();
                    rows.forEach(row -> closed.put(row.getString("id"), row.getBoolean("closed")));
                    return closed;
                });
    }

    /** The account as it stands, with all below it; {@code null} if it does not exist. */
    Uni<View> view(SqlClient client, String id) {
        return client.preparedQuery(VIEW + " WHERE a.id = $1")
                .execute(Tuple.of(id))
                .map(rows -> rows.size() == 0 ? null : view(rows.iterator().next()));
    }

    /** What an account could still hold today, in US dollars; {@code null} if it has no limit or does not exist. */
    public Uni<BigDecimal> remaining(SqlClient client, String id) {
        return view(client, id).map(view -> view == null ? null : view.account().remaining());
    }

    /**
     * What a swarm's account and all below it have spent today and hold; {@code limit} is {@code null} for no limit.
     */
    public record SwarmMoney(BigDecimal spentToday, BigDecimal heldToday, BigDecimal limit) {}

    /** The money of a swarm; nothing spent and nothing held if it has no account yet. */
    public Uni<SwarmMoney> swarmMoney(SqlClient client, String swarm) {
        return view(client, "swarm:" + swarm).map(view -> {
            if (view == null) {
                return new SwarmMoney(BigDecimal.ZERO, BigDecimal.ZERO, null);
            }
            Figures total = view.account().total();
            return new SwarmMoney(
                    Decimals.plain(total.spent()),
                    Decimals.plain(total.held()),
                    Decimals.plain(view.account().limit()));
        });
    }

    /** The same for several, by id. */
    Uni<Map<String, View>> views(SqlClient client, Collection<String> ids) {
        return client.preparedQuery(VIEW + " WHERE a.id = ANY($1)")
                .execute(Tuple.of(ids.toArray(String[]::new)))
                .map(rows -> {
                    Map<String, View> views = new HashMap<>();
                    rows.forEach(row -> views.put(row.getString("id"), view(row)));
                    return views;
                });
    }

    /** The swarm of an account; empty if it is above all swarms, {@code null} if it does not exist. */
    Uni<String> swarmOf(String id) {
        return pool.preparedQuery("SELECT * FROM budget_account WHERE id = $1")
                .execute(Tuple.of(id))
                .map(rows -> {
                    if (rows.size() == 0) {
                        return null;
                    }
                    String swarm = account(rows.iterator().next()).swarm();
                    return swarm == null ? "" : swarm;
                });
    }

    /** Resets a breaker; {@code null} if the account does not exist. */
    Uni<Reset> reset(Work work, String id, String reason, BigDecimal allowance, String by) {
        return lock(work, List.of(id)).take().chain(locked -> {
            Account account = locked.account(id);
            if (account == null) {
                return Uni.createFrom().nullItem();
            }
            Journal journal = new Journal(locked);
            Reset reset = account.on(locked.day()).account().reset(allowance, by, locked.now());
            if (!(reset instanceof Reset.Done(Step step))) {
                return Uni.createFrom().item(reset);
            }
            journal.change(id, ignored -> step);
            journal.book(new Entry(
                    Kind.RESET, id, BigDecimal.ZERO, BigDecimal.ZERO, null, allowance, Entry.Details.what(reason), by));
            ledger.write(work, journal);
            return Uni.createFrom().item(reset);
        });
    }

    /** Counts failed attempts of these accounts' sessions; skips accounts that do not exist. */
    Uni<Void> failed(Work work, Map<String, List<Failure>> byAccount) {
        if (byAccount.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        return change(work, byAccount.keySet(), (journal, id) -> {
            for (Failure failure : byAccount.get(id)) {
                journal.change(
                        id, account -> account.failed(failure, config.failures(), config.probeAfter(), journal.now()));
            }
        });
    }

    /** Begins a new day: closes breakers that are open because the old day's money was spent. */
    Uni<Void> newDay(Work work, String id) {
        return change(work, Set.of(id), (journal, account) -> journal.change(account, Step::of));
    }

    /** The wait after failures is over. */
    Uni<Void> probe(Work work, String id) {
        return change(work, Set.of(id), (journal, account) -> journal.change(account, it -> it.probing(journal.now())));
    }

    private interface Change {
        void apply(Journal journal, String account);
    }

    private Uni<Void> change(Work work, Set<String> ids, Change change) {
        return lock(work, ids)
                .take()
                .invoke(locked -> {
                    Journal journal = new Journal(locked);
                    ids.stream()
                            .filter(id -> locked.account(id) != null)
                            .sorted()
                            .forEach(id -> change.apply(journal, id));
                    ledger.write(work, journal);
                })
                .replaceWithVoid();
    }

    private static final String MOVE_ACCOUNTS = """
            WITH waiting AS (
              SELECT id FROM budget_account WHERE next_expiry > $2::timestamptz OR probe_at > $2::timestamptz
               ORDER BY cardinality(path), id FOR NO KEY UPDATE)
            UPDATE budget_account a
               SET next_expiry = a.next_expiry + CASE WHEN a.next_expiry > $2::timestamptz
                                                      THEN $1 * interval '1 millisecond' ELSE interval '0' END,
                   probe_at = a.probe_at + CASE WHEN a.probe_at > $2::timestamptz
                                                THEN $1 * interval '1 millisecond' ELSE interval '0' END
              FROM waiting WHERE a.id = waiting.id
            """;

    // Holds change only under their account's lock, which this transaction has by now.
    private static final String MOVE_HOLDS = "UPDATE budget_hold SET expires_at = expires_at"
            + " + $1 * interval '1 millisecond' WHERE state = 'PLACED' AND expires_at > $2::timestamptz";

    private static final String MOVE_CALLS =
            "UPDATE budget_reservation SET ends_at = ends_at + $1 * interval '1 millisecond' WHERE ends_at > $2::timestamptz";

    /** Free-standing holds and probes go on where they were before the gap. */
    @Override
    public Uni<Void> extend(SqlConnection connection, Instant gapStart, Duration gap) {
        Tuple moved = Tuple.of(gap.toMillis(), Rows.at(gapStart));
        return connection
                .query(TreeTable.SHARE)
                .execute()
                .chain(() -> connection.preparedQuery(MOVE_ACCOUNTS).execute(moved))
                .chain(() -> connection.preparedQuery(MOVE_HOLDS).execute(moved))
                .chain(() -> connection.preparedQuery(MOVE_CALLS).execute(moved))
                .replaceWithVoid();
    }

    static Account account(Row row) {
        return account(row, new Figures(row.getBigDecimal("total_spent"), row.getBigDecimal("total_held")));
    }

    /** The account with these sums. */
    static Account account(Row row, Figures total) {
        return new Account(
                row.getString("id"),
                List.of(row.getArrayOfStrings("path")),
                row.getBigDecimal("daily_limit"),
                row.getBigDecimal("warn_at"),
                new Today(
                        row.getLocalDate("day"),
                        row.getBigDecimal("allowance"),
                        row.getBoolean("warned"),
                        row.getBoolean("tripped")),
                new Figures(row.getBigDecimal("spent"), row.getBigDecimal("held")),
                total,
                new Failing(
                        Rows.instant(row, "probe_at"),
                        row.getString("probe_hold"),
                        Streak.parse(row.getString("outcomes"))),
                Rows.instant(row, "next_expiry"),
                row.getLong("version"));
    }

    static View view(Row row) {
        Instant now = Rows.instant(row, "now");
        Account account = account(row);
        Account today = Purses.of(List.of(account), now).today(account);
        Account whole = account.dailyLimit() == null
                ? today.summed(new Figures(row.getBigDecimal("below_spent"), row.getBigDecimal("below_held")))
                : today;
        return new View(whole, row.getBigDecimal("apart"), now, Rows.instant(row, "created_at"));
    }
}
