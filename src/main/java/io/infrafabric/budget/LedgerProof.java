package io.infrafabric.budget;

import io.infrafabric.bus.Rows;
import io.infrafabric.input.Decimals;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Proves that balances equal the sums of the ledger's rows, and that nothing is held past its end. */
@ApplicationScoped
public class LedgerProof {
    // Other statements must find their few rows by an index, and quickly (see application.properties); this one reads
    // everything.
    private static final String WHOLE_LEDGER =
            "SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on;"
                    + " SET LOCAL statement_timeout = ";

    // One statement, so one snapshot: concurrent bookings are in both sums or in neither.
    private static final String DIFFERENCES = """
            WITH booked AS (
              SELECT account, day, sum(spent) AS spent, sum(held) AS held FROM budget_entry GROUP BY account, day),
            apart AS (SELECT account, day, sum(amount) AS amount FROM budget_apart GROUP BY account, day),
            own AS (
              SELECT a.id, coalesce(sum(b.spent) FILTER (WHERE b.day = a.day), 0) AS spent,
                     coalesce(sum(b.held), 0) AS held
                FROM budget_account a LEFT JOIN booked b ON b.account = a.id GROUP BY a.id),
            total AS (
              SELECT a.id, coalesce(sum(b.spent - CASE WHEN s.id = a.id THEN 0 ELSE coalesce(p.amount, 0) END)
                                    FILTER (WHERE b.day = a.day), 0) AS spent,
                     coalesce(sum(b.held), 0) AS held
                FROM budget_account a JOIN budget_account s ON s.path @> ARRAY[a.id]
                LEFT JOIN booked b ON b.account = s.id LEFT JOIN apart p ON p.account = b.account AND p.day = b.day
               WHERE a.daily_limit IS NOT NULL GROUP BY a.id),
            calls AS (SELECT account, sum(within) AS within, sum(within + extra) AS held
                        FROM budget_reservation GROUP BY account),
            standing AS (
              SELECT account, sum(greatest(0, amount - greatest(drawn, coalesce(total, 0))))
                                FILTER (WHERE state = 'PLACED') AS held, sum(reserved) AS reserved
                FROM budget_hold WHERE state = 'PLACED' OR reserved > 0 GROUP BY account)
            SELECT a.id, x.what, x.balance, x.ledger
              FROM budget_account a JOIN own ON own.id = a.id LEFT JOIN total ON total.id = a.id
              LEFT JOIN standing ON standing.account = a.id LEFT JOIN calls ON calls.account = a.id,
              LATERAL (VALUES ('spent', a.spent, own.spent), ('held', a.held, own.held),
                              ('holds', a.held, coalesce(standing.held, 0) + coalesce(calls.held, 0)),
                              ('reserved', coalesce(standing.reserved, 0), coalesce(calls.within, 0)),
                              ('totalSpent', a.total_spent, coalesce(total.spent, own.spent)),
                              ('totalHeld', a.total_held, coalesce(total.held, own.held)))
                AS x(what, balance, ledger)
             WHERE x.balance <> x.ledger ORDER BY a.id, x.what LIMIT $1
            """;

    private static final String OVERDUE_CALLS = "SELECT * FROM budget_reservation"
            + " WHERE ends_at < now() - $2 * interval '1 millisecond' ORDER BY placed_at, id LIMIT $1";

    /** A balance that is not the sum of its rows. */
    @Schema(name = "LedgerDifference")
    public record Difference(String account, String what, BigDecimal balance, BigDecimal ledger) {}

    /**
     * A hold that should have ended.
     *
     * @param endsAt when it should have ended; {@code null} if its claim has ended without it
     */
    @Schema(name = "OverdueHold")
    public record Overdue(String hold, String account, BigDecimal amount, String taskId, Long epoch, Instant endsAt) {}

    /** What the proof found. If it is not empty, something is broken. */
    public record Found(List<Difference> differences, List<Overdue> overdue) {}

    private final Pool pool;
    private final BudgetConfig config;
    private final String overdue;

    public LedgerProof(Pool pool, Leases leases, BudgetConfig config) {
        this.pool = pool;
        this.config = config;
        // A hold of a claim ends in the transaction of its lease, so an ended claim has none.
        this.overdue = """
            SELECT * FROM (
              SELECT h.*, CASE WHEN h.task IS NULL THEN h.expires_at ELSE %s END AS was_to_end
                FROM budget_hold h WHERE h.state = 'PLACED') h
             WHERE was_to_end < now() - $2 * interval '1 millisecond' ORDER BY placed_at, id LIMIT $1
            """.formatted(leases.end("h.task", "h.epoch"));
    }

    /**
     * Reads the whole ledger in one snapshot, and then all standing holds; fails if one of the two takes longer than
     * {@link BudgetConfig#checkTimeout()}.
     */
    public Uni<Found> check() {
        return pool.withTransaction(connection -> connection
                .query(WHOLE_LEDGER + config.checkTimeout().toMillis())
                .execute()
                .chain(() -> differences(connection))
                .chain(differences -> overdue(connection).map(overdue -> new Found(differences, overdue))));
    }

    private Uni<List<Difference>> differences(SqlConnection connection) {
        return connection
                .preparedQuery(DIFFERENCES)
                .execute(Tuple.of(config.maxDifferences()))
                .map(rows -> Rows.all(
                        rows,
                        row -> new Difference(
                                row.getString("id"),
                                row.getString("what"),
                                Decimals.plain(row.getBigDecimal("balance")),
                                Decimals.plain(row.getBigDecimal("ledger")))));
    }

    private Uni<List<Overdue>> overdue(SqlConnection connection) {
        Tuple bounds = Tuple.of(config.maxDifferences(), config.overdueAfter().toMillis());
        return connection
                .preparedQuery(overdue)
                .execute(bounds)
                .map(rows -> Rows.all(rows, LedgerProof::overdue))
                .chain(holds -> connection
                        .preparedQuery(OVERDUE_CALLS)
                        .execute(bounds)
                        .map(rows -> Stream.concat(holds.stream(), Rows.all(rows, LedgerProof::overdueCall).stream())
                                .limit(config.maxDifferences())
                                .toList()));
    }

    /** A call that reserved money, and that should have ended by now. */
    private static Overdue overdueCall(Row row) {
        return new Overdue(
                row.getString("id"),
                row.getString("account"),
                Decimals.plain(row.getBigDecimal("within").add(row.getBigDecimal("extra"))),
                null,
                null,
                Rows.instant(row, "ends_at"));
    }

    private static Overdue overdue(Row row) {
        Hold hold = ClaimHolds.hold(row);
        return new Overdue(
                hold.id(), hold.account(), Decimals.plain(hold.outstanding()), hold.task(), hold.epoch(), ends(row));
    }

    private static Instant ends(Row row) {
        Instant at = Rows.instant(row, "was_to_end");
        return at.isBefore(Instant.EPOCH) ? null : at;
    }
}
