package io.infrafabric.coordinator.claim;

import io.infrafabric.bus.Due;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.claim.HandedIn.Outcome;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.TaskRow;
import io.infrafabric.coordinator.task.TaskTable;
import io.infrafabric.event.CoordinatorEvent.CheckRequested;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Results that were handed in for tasks with a checker, and the verdicts. Writers have its task under lock. */
@ApplicationScoped
public class CheckTable {
    private static final String KNOWN = """
            SELECT c.* FROM coordinator_check c JOIN unnest($1::text[], $2::bigint[]) AS i(task, epoch)
              ON c.task = i.task AND c.epoch = i.epoch
            """;

    // Of what was handed in under the epoch of the task, all else has a verdict that stands.
    private static final String CURRENT = """
            SELECT c.* FROM coordinator_task t JOIN coordinator_check c ON c.task = t.id AND c.epoch = t.epoch
             WHERE t.id = $1 AND t.state = 'CHECKING' AND (c.outcome IS NULL OR c.outcome = 'BROKEN')
            """;

    private static final String BEGIN = """
            INSERT INTO coordinator_check (task, epoch, hash, result, cost)
            SELECT task, epoch, hash, result, cost::numeric
              FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[]) AS i(task, epoch, hash, result, cost)
            """;

    private static final String JUDGE = """
            UPDATE coordinator_check SET outcome = $4, refusals = $5, said = $6, verdict = $7, judged_at = now(),
                   result = CASE WHEN $4 = 'BROKEN' THEN result END
             WHERE task = $1 AND epoch = $2 AND hash = $3
            """;

    private static final String AGAIN = """
            UPDATE coordinator_check SET outcome = NULL, said = NULL, verdict = NULL, judged_at = NULL, asked = asked + 1,
                   asked_at = now()
             WHERE task = $1 AND epoch = $2 AND hash = $3
            """;

    private static final String ANSWERED =
            "SELECT id FROM coordinator_task WHERE id = ANY($1) AND state <> 'CHECKING' ORDER BY id";

    private static final String PINNED = "SELECT EXISTS (SELECT FROM coordinator_task t WHERE t.check_by IS NOT NULL"
            + " AND t.check_by::jsonb ->> 'sha256' = $2 AND t.check_by::jsonb ->> 'module' = $1 AND t.state "
            + TaskRow.OPEN + ")";

    private final Due due;
    private final CoordinatorConfig config;

    CheckTable(Due due, CoordinatorConfig config) {
        this.due = due;
        this.config = config;
    }

    /** What was handed in under the epochs of these results. */
    public static Uni<Map<HandedIn.Key, HandedIn>> handedIn(Work work, Collection<HandedIn.Key> results) {
        if (results.isEmpty()) {
            return Uni.createFrom().item(Map.of());
        }
        return work.connection()
                .preparedQuery(KNOWN)
                .execute(Tuple.of(
                        Rows.column(results, HandedIn.Key::task, String[]::new),
                        Rows.column(results, HandedIn.Key::epoch, Long[]::new)))
                .map(rows -> Rows.all(rows, CheckTable::handedIn).stream()
                        .collect(Collectors.toMap(HandedIn::key, result -> result)));
    }

    /** What is handed in for a task that is {@code CHECKING}, and has no verdict that stands; {@code null} for nothing. */
    public static Uni<HandedIn> current(SqlClient client, String task) {
        return client.preparedQuery(CURRENT)
                .execute(Tuple.of(task))
                .map(rows -> rows.size() == 0 ? null : handedIn(rows.iterator().next()));
    }

    /** How many results of this epoch were refused. */
    public static Uni<Integer> refused(Work work, String task, long epoch) {
        return work.connection()
                .preparedQuery("SELECT count(*)::int FROM coordinator_check"
                        + " WHERE task = $1 AND epoch = $2 AND outcome = 'REFUSED'")
                .execute(Tuple.of(task, epoch))
                .map(rows -> rows.iterator().next().getInteger(0));
    }

    /** Those of these tasks that are not {@code CHECKING} any more. */
    public static Uni<List<String>> answered(SqlClient client, Collection<String> tasks) {
        return client.preparedQuery(ANSWERED)
                .execute(Tuple.of((Object) tasks.toArray(String[]::new)))
                .map(rows -> Rows.all(rows, row -> row.getString(0)));
    }

    /** Whether a task that is not over is pinned to this version of the module. */
    public static Uni<Boolean> pinned(Work work, String module, String sha256) {
        return work.connection()
                .preparedQuery(PINNED)
                .execute(Tuple.of(module, sha256))
                .map(rows -> rows.iterator().next().getBoolean(0));
    }

    /** Keeps results that were handed in just now, and asks their checkers. */
    public Uni<Void> begin(Work work, TaskTable.Locked locked, Map<HandedIn.Key, Ending.Complete> results) {
        List<Map.Entry<HandedIn.Key, Ending.Complete>> all = List.copyOf(results.entrySet());
        work.alongside(work.connection()
                .preparedQuery(BEGIN)
                .execute(Tuple.of(
                        Rows.column(all, one -> one.getKey().task(), String[]::new),
                        Rows.column(all, one -> one.getKey().epoch(), Long[]::new),
                        Rows.column(all, one -> one.getKey().hash(), String[]::new),
                        Rows.column(all, one -> one.getValue().result(), String[]::new),
                        Rows.column(all, one -> Rows.text(one.getValue().cost()), String[]::new))));
        return ask(work, locked, results.keySet());
    }

    /** Asks the checker once more about a result that it had no verdict on. */
    public Uni<Void> again(Work work, TaskTable.Locked locked, HandedIn.Key result) {
        work.alongside(
                work.connection().preparedQuery(AGAIN).execute(Tuple.of(result.task(), result.epoch(), result.hash())));
        return ask(work, locked, List.of(result));
    }

    private Uni<Void> ask(Work work, TaskTable.Locked locked, Collection<HandedIn.Key> results) {
        Map<String, Instant> ends = new HashMap<>();
        for (HandedIn.Key result : results) {
            Task task = locked.tasks().get(result.task());
            work.emit(
                    new CheckRequested(
                            task.id(),
                            task.swarm(),
                            task.holder(),
                            result.epoch(),
                            task.specification().check().sha256(),
                            result.hash(),
                            task.progress().attempts() + 1),
                    new Trace(null, task.traceToken()));
            ends.put(TaskTable.CHECK + task.id(), locked.now().plus(config.checkPatience()));
        }
        return due.at(work.connection(), "coordinator", ends);
    }

    /** Looks again at this time whether there is a verdict. */
    public Uni<Void> expect(Work work, String task, Instant at) {
        return due.at(work.connection(), "coordinator", Map.of(TaskTable.CHECK + task, at));
    }

    /** Until when an answer about this result is waited for. */
    public Instant patience(HandedIn result) {
        return result.askedAt().plus(config.checkPatience());
    }

    /** Keeps what became of a result; the result itself only while a human is asked about it. */
    public static void judge(
            Work work, HandedIn.Key result, Outcome outcome, int refusals, String said, String verdict) {
        work.alongside(work.connection()
                .preparedQuery(JUDGE)
                .execute(Tuple.of(result.task(), result.epoch(), result.hash())
                        .addString(outcome.name())
                        .addInteger(refusals)
                        .addString(said)
                        .addString(verdict)));
    }

    private static HandedIn handedIn(Row row) {
        String outcome = row.getString("outcome");
        return new HandedIn(
                row.getString("task"),
                row.getLong("epoch"),
                row.getString("hash"),
                row.getString("result"),
                TaskRow.money(row, "cost"),
                Rows.instant(row, "clock"),
                row.getInteger("asked"),
                Rows.instant(row, "asked_at"),
                outcome == null ? null : Outcome.valueOf(outcome),
                row.getInteger("refusals"),
                row.getString("said"),
                row.getString("verdict"));
    }
}
