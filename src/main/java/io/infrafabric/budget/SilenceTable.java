package io.infrafabric.budget;

import io.infrafabric.bus.Due;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Since when the costs of agents should be seen: one row for each account whose agent has hooks. */
final class SilenceTable {
    /** An account that is due to be looked at. */
    static final String LOOK = "costs:";

    // Only single costs show that somebody measures: what a completion books may be an estimate.
    private static String seen(String since, String slack) {
        String from = since + " - make_interval(secs => " + slack + ")";
        return "(EXISTS (SELECT 1 FROM budget_entry e WHERE e.account = s.account AND e.at > " + from
                + " AND e.kind IN ('COST', 'DRAW')) OR EXISTS (SELECT 1 FROM budget_export x WHERE x.account = s.account"
                + " AND x.at > " + from + "))";
    }

    // A hook that comes right after a cost may belong to the same call of the model.
    private static final String HOOKED = "WITH begun AS (INSERT INTO budget_silence AS s (account, enrolment, since)"
            + " VALUES ($1, $2, now()) ON CONFLICT (account) DO UPDATE SET enrolment = excluded.enrolment, since = now(),"
            + " told = s.told AND s.enrolment = excluded.enrolment WHERE s.enrolment < excluded.enrolment"
            + " OR (s.enrolment = excluded.enrolment AND " + seen("s.since", "$4") + " AND NOT " + seen("now()", "$4")
            + ") RETURNING account, since) "
            + Due.at("begun", "'budget'", "'" + LOOK + "' || account", "since + make_interval(secs => $3)");

    private static final String IS_SILENT =
            "s.since <= now() - make_interval(secs => $3) AND NOT " + seen("s.since", "$4");

    private static final String SILENT = "SELECT s.account, s.since FROM unnest($1::text[], $2::bigint[])"
            + " AS i(account, enrolment) JOIN budget_silence s USING (account, enrolment) WHERE " + IS_SILENT;

    private static final String TELL = "UPDATE budget_silence s SET told = true, asked = true FROM budget_account a"
            + " WHERE s.account = $1 AND a.id = s.account AND s.told = $2 AND " + IS_SILENT
            + " RETURNING s.account, s.enrolment, s.since, a.path, now() AS now";

    // By the clock: a transaction that began before the question may come after it.
    private static final String SEEN =
            "WITH asked AS (SELECT account FROM budget_silence WHERE account = ANY($1) AND asked"
                    + " ORDER BY account FOR UPDATE) UPDATE budget_silence s SET asked = false FROM asked a"
                    + " WHERE s.account = a.account RETURNING s.account, clock_timestamp() AS now";

    private static final double MILLIS = 1000;

    /** An account whose costs are not known, for the first time. */
    record Silence(String account, long enrolment, Instant since, List<String> path, Instant now) {}

    private SilenceTable() {}

    /** A hook of the account's agent, by which it has called a model. Written only if the time begins to count. */
    static Uni<Void> hooked(SqlClient client, String account, long enrolment, Duration after, Duration slack) {
        return client.preparedQuery(HOOKED)
                .execute(Tuple.of(account, enrolment, seconds(after), seconds(slack)))
                .replaceWithVoid();
    }

    /** Since when the costs of these accounts are not known; omits those whose costs are. */
    static Uni<Map<String, Instant>> silent(
            SqlClient client,
            Collection<String> accounts,
            Collection<Long> enrolments,
            Duration after,
            Duration slack) {
        return client.preparedQuery(SILENT)
                .execute(Tuple.of(
                        accounts.toArray(String[]::new),
                        enrolments.toArray(Long[]::new),
                        seconds(after),
                        seconds(slack)))
                .map(rows -> {
                    Map<String, Instant> since = new HashMap<>();
                    rows.forEach(row -> since.put(row.getString("account"), Rows.instant(row, "since")));
                    return since;
                });
    }

    /** Notes that somebody is told that the costs of the account are not known; {@code null} if they are, or somebody was. */
    static Uni<Silence> tell(Work work, String account, Duration after, Duration slack) {
        return work.connection()
                .preparedQuery(TELL)
                .execute(Tuple.of(account, false, seconds(after), seconds(slack)))
                .map(rows -> {
                    if (rows.size() == 0) {
                        return null;
                    }
                    Row row = rows.iterator().next();
                    return new Silence(
                            row.getString("account"),
                            row.getLong("enrolment"),
                            Rows.instant(row, "since"),
                            List.of(row.getArrayOfStrings("path")),
                            Rows.instant(row, "now"));
                });
    }

    /** Notes that costs of these accounts are seen; those about which a human may still be asked, and the time. */
    static Uni<Map<String, Instant>> seen(Work work, Collection<String> accounts) {
        if (accounts.isEmpty()) {
            return Uni.createFrom().item(Map.of());
        }
        return work.connection()
                .preparedQuery(SEEN)
                .execute(Tuple.of(accounts.stream().distinct().toArray(String[]::new)))
                .map(rows -> {
                    Map<String, Instant> asked = new HashMap<>();
                    rows.forEach(row -> asked.put(row.getString("account"), Rows.instant(row, "now")));
                    return asked;
                });
    }

    private static double seconds(Duration time) {
        return time.toMillis() / MILLIS;
    }
}
