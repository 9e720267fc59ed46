package io.infrafabric.budget;

import io.infrafabric.budget.Reservations.End;
import io.infrafabric.budget.Reservations.Wish;
import io.infrafabric.budget.Reserving.Reservation;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.math.BigDecimal;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reservations of calls under way, and what reserving and ending them needs to know. */
final class ReservationTable {
    private static final String STANDING =
            "SELECT * FROM budget_hold WHERE task = ANY($1) AND state = 'PLACED' AND task IS NOT NULL";

    private static final String ADD = """
            INSERT INTO budget_reservation (id, account, hold, within, extra, ends_at)
            SELECT id, account, hold, within::numeric, extra::numeric, ends_at
              FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
                AS i(id, account, hold, within, extra, ends_at)
            """;

    private static final String TAKE = "DELETE FROM budget_reservation WHERE id = ANY($1) RETURNING *";

    // The hold that the call reserved within, or the one of its claim if it reserved nothing. Other parts of the
    // statement
    // that deletes reservations could not see them, so this comes before that.
    private static final String HOLDS = """
            SELECT i.id AS of_call, h.*
              FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS i(id, account, task, epoch)
              LEFT JOIN budget_reservation r ON r.id = i.id,
              LATERAL (
                SELECT * FROM budget_hold h WHERE h.id = r.hold
                UNION ALL
                (SELECT * FROM budget_hold h
                  WHERE r.hold IS NULL AND h.task = i.task AND h.account = i.account
                    AND (i.epoch IS NULL OR i.epoch BETWEEN h.first_epoch AND h.epoch)
                  ORDER BY h.epoch DESC LIMIT 1)
                LIMIT 1) h
            """;

    private static final String KNOWN = "SELECT e.cost FROM unnest($1::text[], $2::text[]) AS i(account, cost)"
            + " JOIN budget_entry e ON e.account = i.account AND e.cost = i.cost";

    private static final String PAYS = """
            SELECT EXISTS (SELECT FROM budget_account s, unnest(s.path) AS u(id), budget_account a
                            WHERE s.id = $1 AND a.id = u.id AND a.daily_limit IS NOT NULL) AS pays,
                   (SELECT h.epoch FROM budget_hold h
                     WHERE h.task = $2 AND h.account = $1 AND h.state = 'PLACED' AND h.task IS NOT NULL) AS epoch
            """;

    private ReservationTable() {}

    /** Whether any account on the session's way up has a limit, and the epoch of its standing claim of the task. */
    static Uni<Reservations.Standing> standing(SqlClient client, String session, String task) {
        return client.preparedQuery(PAYS)
                .execute(Tuple.of(Purses.accountOf(session), task))
                .map(rows -> {
                    Row row = rows.iterator().next();
                    return new Reservations.Standing(row.getBoolean("pays"), row.getLong("epoch"));
                });
    }

    /** The standing holds of the claims of these tasks, by task. */
    static Uni<Map<String, Hold>> standing(Work work, Collection<Wish> wishes) {
        String[] tasks =
                wishes.stream().map(Wish::task).filter(task -> task != null).toArray(String[]::new);
        if (tasks.length == 0) {
            return Uni.createFrom().item(Map.of());
        }
        return work.connection()
                .preparedQuery(STANDING)
                .execute(Tuple.of((Object) tasks))
                .map(rows -> {
                    Map<String, Hold> holds = new HashMap<>();
                    rows.forEach(row -> holds.put(row.getString("task"), ClaimHolds.hold(row)));
                    return holds;
                });
    }

    /** Adds reservations. Sent without waiting. */
    static void add(Work work, List<Reservation> made) {
        if (made.isEmpty()) {
            return;
        }
        work.alongside(work.connection()
                .preparedQuery(ADD)
                .execute(Tuple.of(
                        Rows.column(made, Reservation::id, String[]::new),
                        Rows.column(made, Reservation::account, String[]::new),
                        Rows.column(made, Reservation::hold, String[]::new),
                        Rows.column(made, one -> Rows.text(one.within()), String[]::new),
                        Rows.column(made, one -> Rows.text(one.extra()), String[]::new),
                        Rows.column(made, one -> Rows.at(one.endsAt()), OffsetDateTime[]::new))));
    }

    /** The holds that the costs of these calls draw on, by call. */
    static Uni<Map<String, Hold>> holds(Work work, List<End> ends) {
        return work.connection()
                .preparedQuery(HOLDS)
                .execute(Tuple.of(
                        ids(ends),
                        accounts(ends),
                        Rows.column(ends, End::task, String[]::new),
                        Rows.column(ends, End::epoch, Long[]::new)))
                .map(rows -> {
                    Map<String, Hold> holds = new HashMap<>();
                    rows.forEach(row -> holds.put(row.getString("of_call"), ClaimHolds.hold(row)));
                    return holds;
                });
    }

    /** Takes the reservations of these calls out of the table: only the first who does so gets them. */
    static Uni<Map<String, Reservation>> take(Work work, List<End> ends) {
        return work.connection()
                .preparedQuery(TAKE)
                .execute(Tuple.of((Object) ids(ends)))
                .map(rows -> {
                    Map<String, Reservation> open = new HashMap<>();
                    rows.forEach(row -> open.put(row.getString("id"), reservation(row)));
                    return open;
                });
    }

    /** The ids of those costs of these calls that are on the ledger, as a mutable set. */
    static Uni<Set<String>> known(Work work, List<End> ends) {
        return work.connection()
                .preparedQuery(KNOWN)
                .execute(Tuple.of(accounts(ends), Rows.column(ends, end -> Reserving.costId(end.id()), String[]::new)))
                .map(rows -> {
                    Set<String> known = new HashSet<>();
                    rows.forEach(row -> known.add(row.getString("cost")));
                    return known;
                });
    }

    private static String[] ids(List<End> ends) {
        return Rows.column(ends, End::id, String[]::new);
    }

    private static String[] accounts(List<End> ends) {
        return Rows.column(ends, end -> Purses.accountOf(end.session()), String[]::new);
    }

    private static Reservation reservation(Row row) {
        BigDecimal within = row.getBigDecimal("within");
        return new Reservation(
                row.getString("id"),
                row.getString("account"),
                row.getString("hold"),
                within,
                row.getBigDecimal("extra"),
                Rows.instant(row, "ends_at"));
    }
}
