package io.infrafabric.budget;

import io.infrafabric.budget.Entry.Kind;
import io.infrafabric.bus.Due;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.event.BudgetEvent;
import io.infrafabric.event.BudgetEvent.BreakerReason;
import io.infrafabric.event.Trace;
import io.infrafabric.input.Decimals;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** The ledger: writes a {@link Journal}, and reads rows. */
@ApplicationScoped
public class LedgerTable {
    static final String SAVE_ACCOUNTS = """
            UPDATE budget_account a
               SET daily_limit = i.daily_limit::numeric, warn_at = i.warn_at::numeric, day = i.day,
                   spent = i.spent::numeric, held = i.held::numeric, total_spent = i.total_spent::numeric,
                   total_held = i.total_held::numeric, allowance = i.allowance::numeric, warned = i.warned,
                   tripped = i.tripped, probe_at = i.probe_at, probe_hold = i.probe_hold, outcomes = i.outcomes,
                   next_expiry = i.next_expiry, version = i.version
              FROM unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::text[], $6::text[], $7::text[], $8::text[],
                          $9::text[], $10::boolean[], $11::boolean[], $12::timestamptz[], $13::text[], $14::text[],
                          $15::timestamptz[], $16::bigint[])
                AS i(id, daily_limit, warn_at, day, spent, held, total_spent, total_held, allowance, warned, tripped,
                     probe_at, probe_hold, outcomes, next_expiry, version), LATERAL (
                   SELECT v.ctid FROM budget_account v WHERE %s) n
             WHERE a.ctid = n.ctid
            """.formatted(Newest.of("v", "i.id"));

    // Does not write the epoch: a claim by the same holder may be moving it on.
    private static final String SAVE_HOLDS = """
            UPDATE budget_hold h
               SET amount = i.amount::numeric, drawn = i.drawn::numeric, total = i.total::numeric,
                   reserved = i.reserved::numeric, state = i.state, ended_at = i.ended_at, estimated = i.estimated
              FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
                          $8::boolean[])
                AS i(id, amount, drawn, total, reserved, state, ended_at, estimated)
             WHERE h.id = i.id
            """;

    private static final String APPEND = """
            INSERT INTO budget_entry (account, day, kind, spent, held, amount, hold, task, epoch, cost, model, tokens_in,
                                      tokens_out, what, by, happened_at)
            SELECT account, day, kind, spent::numeric, held::numeric, amount::numeric, hold, task, epoch, cost, model,
                   tokens_in, tokens_out, what, by, happened_at
              FROM unnest($1::text[], $2::date[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                          $9::bigint[], $10::text[], $11::text[], $12::bigint[], $13::bigint[], $14::text[],
                          $15::text[], $16::timestamptz[])
                AS i(account, day, kind, spent, held, amount, hold, task, epoch, cost, model, tokens_in, tokens_out, what,
                     by, happened_at)
            """;

    private static final String SET_APART = """
            INSERT INTO budget_apart (account, day, kind, amount, cost, by)
            SELECT account, day, kind, amount::numeric, cost, by
              FROM unnest($1::text[], $2::date[], $3::text[], $4::text[], $5::text[], $6::text[])
                AS i(account, day, kind, amount, cost, by)
            """;

    // Takes the newest rows of each account below, so that the whole ledger is never sorted.
    private static final String PAGE = """
            SELECT e.* FROM budget_account a, LATERAL (
                SELECT * FROM budget_entry e
                 WHERE e.account = a.id AND (e.at, e.seq) < ($2, $3) AND e.at >= $4 AND e.at < $5
                 ORDER BY e.at DESC, e.seq DESC LIMIT $6) e
             WHERE a.path @> ARRAY[$1::text] ORDER BY e.at DESC, e.seq DESC LIMIT $6
            """;

    private static final String SPENT =
            "SELECT coalesce(sum(spent), 0) AS amount FROM budget_entry WHERE account = $1 AND day = $2";

    private static final String APART =
            "SELECT coalesce(sum(amount), 0) AS amount FROM budget_apart WHERE account = $1 AND day = $2";

    private static final String ANY_APART =
            "SELECT 1 FROM budget_apart WHERE account = $1 GROUP BY day HAVING sum(amount) <> 0 LIMIT 1";

    // A task has few entries, wherever they were booked.
    private static final String PAGE_OF_TASK = """
            SELECT * FROM (SELECT * FROM budget_entry WHERE task = $7 OFFSET 0) e
             WHERE (e.at, e.seq) < ($2, $3) AND e.at >= $4 AND e.at < $5
               AND (SELECT a.path @> ARRAY[$1::text] FROM budget_account a WHERE a.id = e.account)
             ORDER BY e.at DESC, e.seq DESC LIMIT $6
            """;

    /** A row of the ledger. {@code amount} is the reported amount; {@code spent} and {@code held} are its changes. */
    @Schema(name = "LedgerLine")
    public record Line(
            long seq,
            String account,
            LocalDate day,
            Kind kind,
            BigDecimal amount,
            BigDecimal spent,
            BigDecimal held,
            String hold,
            String taskId,
            Long epoch,
            String cost,
            String model,
            Long tokensIn,
            Long tokensOut,
            String what,
            String by,
            Instant happenedAt,
            Instant at) {}

    private final Due due;

    public LedgerTable(Due due) {
        this.due = due;
    }

    /**
     * Writes the whole journal, and emits its notable events. The accounts are locked. Sent without waiting: nobody
     * needs the answers, and the next statement travels with it.
     */
    void write(Work work, Journal journal) {
        send(work, SAVE_ACCOUNTS, journal.accounts(), LedgerTable::accounts);
        send(work, SAVE_HOLDS, journal.holds(), LedgerTable::holds);
        send(work, APPEND, journal.entries(), entries -> entries(journal.day(), entries));
        send(
                work,
                SET_APART,
                journal.entries().stream()
                        .filter(entry -> entry.apart().signum() != 0)
                        .toList(),
                entries -> apart(journal.day(), entries));
        for (Apart.Asked asked : journal.questions()) {
            work.emit(asked.question(journal.now().toString(), journal.now()), Trace.NONE);
        }
        Map<String, Instant> later = new HashMap<>();
        for (Notable notable : journal.notables()) {
            if (notable instanceof Notable.Opened(Account after, BreakerReason reason)) {
                switch (reason) {
                    case BUDGET -> later.put("day:" + after.id(), midnight(journal.day()));
                    case FAILURES ->
                        later.put("probe:" + after.id(), after.failing().probeAt());
                }
            }
            work.emit(event(notable, journal.day(), journal.now()), Trace.NONE);
        }
        work.alongside(due.at(work.connection(), "budget", later));
    }

    private static <T> void send(Work work, String sql, Collection<T> rows, Function<Collection<T>, Tuple> columns) {
        if (!rows.isEmpty()) {
            work.alongside(work.connection().preparedQuery(sql).execute(columns.apply(rows)));
        }
    }

    private static BudgetEvent event(Notable notable, LocalDate day, Instant now) {
        return switch (notable) {
            case Notable.Warned(Account after, BigDecimal limit) ->
                new BudgetEvent.BudgetWarned(after.id(), after.swarm(), day, plainSpent(after), Decimals.plain(limit));
            case Notable.Opened(Account after, BreakerReason reason) ->
                new BudgetEvent.BreakerOpened(
                        after.id(),
                        after.swarm(),
                        reason,
                        plainSpent(after),
                        Decimals.plain(after.limit()),
                        after.version());
            case Notable.Probing(Account after) ->
                new BudgetEvent.ProbeAllowed(after.id(), after.swarm(), after.version());
            case Notable.Closed(Account after, BudgetEvent.ClosedBecause why, String by) ->
                new BudgetEvent.BreakerClosed(after.id(), after.swarm(), why, by, now, after.version());
        };
    }

    private static BigDecimal plainSpent(Account account) {
        return Decimals.plain((account.dailyLimit() == null ? account.own() : account.total()).spent());
    }

    /** When the day after this one begins. */
    static Instant midnight(LocalDate day) {
        return day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    private static Tuple accounts(Collection<Account> accounts) {
        return Tuple.tuple()
                .addArrayOfString(Rows.column(accounts, Account::id, String[]::new))
                .addArrayOfString(Rows.column(accounts, a -> Rows.text(a.dailyLimit()), String[]::new))
                .addArrayOfString(Rows.column(accounts, a -> Rows.text(a.warnAt()), String[]::new))
                .addArrayOfLocalDate(Rows.column(accounts, a -> a.today().day(), LocalDate[]::new))
                .addArrayOfString(Rows.column(accounts, a -> Rows.text(a.own().spent()), String[]::new))
                .addArrayOfString(Rows.column(accounts, a -> Rows.text(a.own().held()), String[]::new))
                .addArrayOfString(Rows.column(accounts, a -> Rows.text(a.total().spent()), String[]::new))
                .addArrayOfString(Rows.column(accounts, a -> Rows.text(a.total().held()), String[]::new))
                .addArrayOfString(Rows.column(accounts, a -> Rows.text(a.today().allowance()), String[]::new))
                .addArrayOfBoolean(Rows.column(accounts, a -> a.today().warned(), Boolean[]::new))
                .addArrayOfBoolean(Rows.column(accounts, a -> a.today().tripped(), Boolean[]::new))
                .addArrayOfOffsetDateTime(
                        Rows.column(accounts, a -> Rows.at(a.failing().probeAt()), OffsetDateTime[]::new))
                .addArrayOfString(Rows.column(accounts, a -> a.failing().probeHold(), String[]::new))
                .addArrayOfString(
                        Rows.column(accounts, a -> a.failing().streak().text(), String[]::new))
                .addArrayOfOffsetDateTime(Rows.column(accounts, a -> Rows.at(a.nextExpiry()), OffsetDateTime[]::new))
                .addArrayOfLong(Rows.column(accounts, Account::version, Long[]::new));
    }

    private static Tuple holds(Collection<Hold> holds) {
        return Tuple.of(
                        Rows.column(holds, Hold::id, String[]::new),
                        Rows.column(holds, h -> Rows.text(h.amount()), String[]::new),
                        Rows.column(holds, h -> Rows.text(h.drawn()), String[]::new),
                        Rows.column(holds, h -> Rows.text(h.total()), String[]::new),
                        Rows.column(holds, h -> Rows.text(h.reserved()), String[]::new),
                        Rows.column(holds, h -> h.state().name(), String[]::new))
                .addArrayOfOffsetDateTime(Rows.column(holds, h -> Rows.at(h.endedAt()), OffsetDateTime[]::new))
                .addArrayOfBoolean(Rows.column(holds, Hold::estimated, Boolean[]::new));
    }

    private static LocalDate[] days(LocalDate today, Collection<Entry> entries) {
        return Rows.column(entries, entry -> entry.day() == null ? today : entry.day(), LocalDate[]::new);
    }

    private static Tuple apart(LocalDate day, Collection<Entry> entries) {
        return Tuple.tuple()
                .addArrayOfString(Rows.column(entries, Entry::account, String[]::new))
                .addArrayOfLocalDate(days(day, entries))
                .addArrayOfString(Rows.column(entries, e -> e.kind().name(), String[]::new))
                .addArrayOfString(Rows.column(entries, e -> Rows.text(e.apart()), String[]::new))
                .addArrayOfString(Rows.column(entries, e -> e.details().cost(), String[]::new))
                .addArrayOfString(Rows.column(entries, Entry::by, String[]::new));
    }

    private static Tuple entries(LocalDate day, Collection<Entry> entries) {
        return Tuple.tuple()
                .addArrayOfString(Rows.column(entries, Entry::account, String[]::new))
                .addArrayOfLocalDate(days(day, entries))
                .addArrayOfString(Rows.column(entries, e -> e.kind().name(), String[]::new))
                .addArrayOfString(Rows.column(entries, e -> Rows.text(e.spent()), String[]::new))
                .addArrayOfString(Rows.column(entries, e -> Rows.text(e.held()), String[]::new))
                .addArrayOfString(Rows.column(entries, e -> Rows.text(e.told()), String[]::new))
                .addArrayOfString(Rows.column(
                        entries, e -> e.hold() == null ? null : e.hold().id(), String[]::new))
                .addArrayOfString(Rows.column(entries, Entry::task, String[]::new))
                .addArrayOfLong(Rows.column(entries, Entry::epoch, Long[]::new))
                .addArrayOfString(Rows.column(entries, e -> e.details().cost(), String[]::new))
                .addArrayOfString(Rows.column(entries, e -> e.details().model(), String[]::new))
                .addArrayOfLong(Rows.column(entries, e -> e.details().tokensIn(), Long[]::new))
                .addArrayOfLong(Rows.column(entries, e -> e.details().tokensOut(), Long[]::new))
                .addArrayOfString(Rows.column(entries, e -> e.details().what(), String[]::new))
                .addArrayOfString(Rows.column(entries, Entry::by, String[]::new))
                .addArrayOfOffsetDateTime(
                        Rows.column(entries, e -> Rows.at(e.details().happenedAt()), OffsetDateTime[]::new));
    }

    /** What the account itself has spent on that day. */
    static Uni<BigDecimal> spent(Work work, String account, LocalDate day) {
        return sum(work, SPENT, account, day);
    }

    /** What is set apart on the account on that day. */
    static Uni<BigDecimal> apart(Work work, String account, LocalDate day) {
        return sum(work, APART, account, day);
    }

    private static Uni<BigDecimal> sum(Work work, String sql, String account, LocalDate day) {
        return work.connection()
                .preparedQuery(sql)
                .execute(Tuple.of(account, day))
                .map(rows -> rows.iterator().next().getBigDecimal("amount"));
    }

    /** Whether anything is set apart on the account, on whatever day. */
    static Uni<Boolean> isAnythingApart(Work work, String account) {
        return work.connection()
                .preparedQuery(ANY_APART)
                .execute(Tuple.of(account))
                .map(rows -> rows.size() > 0);
    }

    /**
     * One page of the bookings of the account and all below it, newest first.
     *
     * @param from from this moment on; {@code null} for any
     * @param to before this moment; {@code null} for any
     * @param task only for this task; {@code null} for any
     */
    public Uni<List<Line>> page(
            SqlClient client,
            String account,
            Instant from,
            Instant to,
            String task,
            Instant before,
            long seq,
            int limit) {
        Tuple bounds = Tuple.of(
                account, Rows.at(before), seq, Rows.at(or(from, Instant.EPOCH)), Rows.at(or(to, Rows.FOREVER)), limit);
        return client.preparedQuery(task == null ? PAGE : PAGE_OF_TASK)
                .execute(task == null ? bounds : bounds.addString(task))
                .map(rows -> Rows.all(rows, LedgerTable::line));
    }

    private static Instant or(Instant given, Instant otherwise) {
        return given == null ? otherwise : given;
    }

    private static Line line(Row row) {
        return new Line(
                row.getLong("seq"),
                row.getString("account"),
                row.getLocalDate("day"),
                Kind.valueOf(row.getString("kind")),
                Decimals.plain(row.getBigDecimal("amount")),
                Decimals.plain(row.getBigDecimal("spent")),
                Decimals.plain(row.getBigDecimal("held")),
                row.getString("hold"),
                row.getString("task"),
                row.getLong("epoch"),
                row.getString("cost"),
                row.getString("model"),
                row.getLong("tokens_in"),
                row.getLong("tokens_out"),
                row.getString("what"),
                row.getString("by"),
                Rows.instant(row, "happened_at"),
                Rows.instant(row, "at"));
    }
}
