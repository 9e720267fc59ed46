package io.infrafabric.coordinator.bulk;

import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.TaskPageTable;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.List;
import java.util.stream.IntStream;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Orders for many tasks: what matches, what is still to be done, and what was refused. */
public final class BulkTable {
    // Apart from its only use: a statement is easier to read outside a method.
    @SuppressWarnings("InlineFormatString")
    private static final String MATCHED = """
            WITH matching AS MATERIALIZED (SELECT t.id, t.seq FROM coordinator_task t WHERE true%s LIMIT $1)
            SELECT (SELECT count(*)::int FROM matching) AS matched,
                   ARRAY(SELECT m.id FROM matching m ORDER BY m.seq LIMIT $2) AS examples
            """;

    @SuppressWarnings("InlineFormatString")
    private static final String START = """
            WITH matching AS MATERIALIZED (SELECT t.id, t.seq FROM coordinator_task t WHERE true%s LIMIT $1),
            batches AS (
              INSERT INTO coordinator_bulk_batch (bulk, n, tasks)
              SELECT $2, b.n, array_agg(b.id ORDER BY b.seq)
                FROM (SELECT m.id, m.seq, (row_number() OVER (ORDER BY m.seq) - 1) / $3::int AS n FROM matching m) b GROUP BY b.n
              RETURNING n)
            INSERT INTO coordinator_bulk (id, what, priority, assignee, reason, started_by, swarm, task_state, labels, requires,
                   submitted_by, older_than, state, ended_at, matched, batches)
            SELECT $2, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, CASE matched WHEN 0 THEN 'DONE' ELSE 'RUNNING' END,
                   CASE matched WHEN 0 THEN now() END, matched, batches
              FROM (SELECT (SELECT count(*)::int FROM matching), (SELECT count(*)::int FROM batches)) c(matched, batches)
            RETURNING *
            """;

    // More tasks than $3 are refused: nothing is written, and there is no answer.
    private static final String CASCADE = """
            WITH RECURSIVE reached(id) AS (
              SELECT $2::text UNION SELECT d.task FROM reached r JOIN coordinator_dependency d ON d.depends_on = r.id),
            found AS MATERIALIZED (SELECT id, row_number() OVER () AS at FROM reached LIMIT $4),
            matching AS MATERIALIZED (
              SELECT f.id, f.at FROM found f JOIN coordinator_task t ON t.id = f.id
               WHERE t.state = 'WAITING' AND f.id <> ALL($5::text[]) AND (SELECT count(*) FROM found) <= $3),
            batches AS (
              INSERT INTO coordinator_bulk_batch (bulk, n, tasks)
              SELECT $1, b.n, array_agg(b.id ORDER BY b.at)
                FROM (SELECT m.id, m.at, (row_number() OVER (ORDER BY m.at) - 1) / $6::int AS n FROM matching m) b GROUP BY b.n
              RETURNING n)
            INSERT INTO coordinator_bulk (id, what, reason, started_by, swarm, task_state, labels, requires, waits_for, state,
                   ended_at, matched, batches)
            SELECT $1, 'CANCEL', $7, $8, $9, 'WAITING', '{}', '{}', $2, CASE matched WHEN 0 THEN 'DONE' ELSE 'RUNNING' END,
                   CASE matched WHEN 0 THEN now() END, matched, batches
              FROM (SELECT (SELECT count(*)::int FROM matching), (SELECT count(*)::int FROM batches)) c(matched, batches)
             WHERE (SELECT count(*) FROM found) <= $3
            RETURNING *
            """;

    private static final String TAKE = "DELETE FROM coordinator_bulk_batch WHERE bulk = $1 AND n = $2 RETURNING tasks";

    private static final String ADD = "INSERT INTO coordinator_bulk_batch (bulk, n, tasks) VALUES ($1, $2, $3)";

    private static final String ADVANCE = """
            UPDATE coordinator_bulk
               SET next = next + 1, batches = batches + $3, done = done + $4, passed_over = passed_over + $5,
                   refused = refused + $6, state = CASE WHEN next + 1 = batches + $3 THEN 'DONE' ELSE state END,
                   ended_at = CASE WHEN next + 1 = batches + $3 THEN now() END
             WHERE id = $1 AND next = $2 AND state = 'RUNNING'
            RETURNING *
            """;

    private static final String REFUSE = "INSERT INTO coordinator_bulk_refusal (bulk, n, task, code, why)"
            + " SELECT $1, r.* FROM unnest($2::int[], $3::text[], $4::text[], $5::text[]) r";

    private static final String STOP = """
            WITH dropped AS (DELETE FROM coordinator_bulk_batch WHERE bulk = $1)
            UPDATE coordinator_bulk SET state = 'STOPPED', ended_at = now(), stopped_by = $2, stop_reason = $3
             WHERE id = $1 AND state = 'RUNNING'
            RETURNING *
            """;

    private BulkTable() {}

    /**
     * How many tasks match, and the oldest of them.
     *
     * @param matched more than are counted if it is more than was asked for
     */
    @Schema(name = "BulkMatch")
    public record Matched(int matched, List<String> examples) {}

    /** Counts up to {@code most} tasks that match, and gives the oldest of them. */
    public static Uni<Matched> matched(SqlClient client, BulkFilter filter, int most, int examples) {
        Tuple values = Tuple.of(most, examples);
        return client.preparedQuery(MATCHED.formatted(where(filter, values)))
                .execute(values)
                .map(rows -> rows.iterator().next())
                .map(row -> new Matched(row.getInteger("matched"), List.of(row.getArrayOfStrings("examples"))));
    }

    /**
     * Writes down an order, and up to {@code most} tasks that match now.
     *
     * @param batch how many tasks have their turn together
     */
    static Uni<Bulk> start(Work work, String id, BulkOrder order, int batch, int most) {
        BulkFilter filter = order.filter();
        Tuple values = Tuple.tuple()
                .addInteger(most)
                .addString(id)
                .addInteger(batch)
                .addString(order.what().name())
                .addValue(order.priority() == null ? null : order.priority().level())
                .addString(order.assignee())
                .addString(order.reason())
                .addString(order.by())
                .addString(filter.swarm())
                .addString(filter.state() == null ? null : filter.state().name())
                .addArrayOfString(filter.label().toArray(String[]::new))
                .addArrayOfString(filter.requires().toArray(String[]::new))
                .addString(filter.submittedBy())
                .addOffsetDateTime(Rows.at(filter.olderThan()));
        return work.connection()
                .preparedQuery(START.formatted(where(filter, values)))
                .execute(values)
                .map(rows -> bulk(rows.iterator().next()));
    }

    /**
     * Which tasks a cascade is for.
     *
     * @param task what they wait for, directly or not
     * @param besides those that are cancelled without the order
     * @param most how many there may be, with all of these
     * @param cut whether more are left out, and not refused
     */
    record Cascaded(String task, String swarm, List<String> besides, int most, boolean cut) {}

    /** Writes down an order to cancel what waits for a task; {@code null} if more do than may be cancelled. */
    static Uni<Bulk> start(Work work, String id, Cascaded of, String reason, String by, int batch) {
        Tuple values = Tuple.tuple()
                .addString(id)
                .addString(of.task())
                .addInteger(of.most())
                .addInteger(of.cut() ? of.most() : of.most() + 1)
                .addArrayOfString(of.besides().toArray(String[]::new))
                .addInteger(batch)
                .addString(reason)
                .addString(by)
                .addString(of.swarm());
        return work.connection()
                .preparedQuery(CASCADE)
                .execute(values)
                .map(rows -> rows.size() == 0 ? null : bulk(rows.iterator().next()));
    }

    /** Only what limits stands in it, so that the planner sees which index fits. */
    private static String where(BulkFilter filter, Tuple values) {
        StringBuilder where = new StringBuilder();
        and(where, values, TaskPageTable.LISTED_SWARM + " = $", filter.swarm());
        and(
                where,
                values,
                "t.state = $",
                filter.state() == null ? null : filter.state().name());
        and(where, values, "t.labels @> $", words(filter.label()));
        and(where, values, "t.requires @> $", words(filter.requires()));
        and(where, values, "t.submitted_by = $", filter.submittedBy());
        and(where, values, "t.created_at < $", Rows.at(filter.olderThan()));
        return where.toString();
    }

    private static void and(StringBuilder where, Tuple values, String condition, Object value) {
        if (value != null) {
            values.addValue(value);
            where.append(" AND ").append(condition).append(values.size());
        }
    }

    private static String[] words(List<String> words) {
        return words.isEmpty() ? null : words.toArray(String[]::new);
    }

    /** The order, {@code null} if there is none. Nobody else carries it out or stops it before the transaction ends. */
    static Lock<Locks.Turns, Bulk> lock(Work work, String id) {
        return Lock.of(find(work.connection(), id, " FOR NO KEY UPDATE"));
    }

    private static Uni<Bulk> find(SqlClient client, String id, String how) {
        return client.preparedQuery("SELECT * FROM coordinator_bulk WHERE id = $1" + how)
                .execute(Tuple.of(id))
                .map(rows -> rows.size() == 0 ? null : bulk(rows.iterator().next()));
    }

    /** The order with what was refused, {@code null} if there is none. */
    public static Uni<Bulk> show(SqlClient client, String id) {
        return find(client, id, "")
                .onItem()
                .ifNotNull()
                .transformToUni(found -> client.preparedQuery(
                                "SELECT task, code, why FROM coordinator_bulk_refusal WHERE bulk = $1 ORDER BY n")
                        .execute(Tuple.of(id))
                        .map(rows -> found.with(Rows.all(
                                rows, row -> new Bulk.Refusal(row.getString(0), row.getString(1), row.getString(2))))));
    }

    /** Takes the tasks of a batch out of what is to be done. */
    static Uni<List<String>> take(Work work, String id, int n) {
        return work.connection()
                .preparedQuery(TAKE)
                .execute(Tuple.of(id, n))
                .map(rows -> List.of(rows.iterator().next().getArrayOfStrings(0)));
    }

    /**
     * What a batch came to.
     *
     * @param again tasks that get another turn
     */
    record Came(int done, int passedOver, List<Bulk.Refusal> refused, List<String> again) {}

    /**
     * Gives the next batch its turn, or ends the order after the last one.
     *
     * @param mostRefusals how many of an order's refusals are kept
     */
    static Uni<Bulk> advance(Work work, Bulk bulk, Came came, int mostRefusals) {
        int kept = Math.max(0, Math.min(came.refused().size(), mostRefusals - bulk.refusedCount()));
        if (kept > 0) {
            List<Bulk.Refusal> first = came.refused().subList(0, kept);
            work.alongside(work.connection()
                    .preparedQuery(REFUSE)
                    .execute(Tuple.of(
                            bulk.id(),
                            IntStream.range(bulk.refusedCount(), bulk.refusedCount() + kept)
                                    .boxed()
                                    .toArray(Integer[]::new),
                            Rows.column(first, Bulk.Refusal::task, String[]::new),
                            Rows.column(first, Bulk.Refusal::code, String[]::new),
                            Rows.column(first, Bulk.Refusal::why, String[]::new))));
        }
        if (!came.again().isEmpty()) {
            work.alongside(work.connection()
                    .preparedQuery(ADD)
                    .execute(Tuple.of(
                            bulk.id(), bulk.turn().batches(), came.again().toArray(String[]::new))));
        }
        return work.connection()
                .preparedQuery(ADVANCE)
                .execute(Tuple.tuple()
                        .addString(bulk.id())
                        .addInteger(bulk.turn().next())
                        .addInteger(came.again().isEmpty() ? 0 : 1)
                        .addInteger(came.done())
                        .addInteger(came.passedOver())
                        .addInteger(came.refused().size()))
                .map(rows -> bulk(rows.iterator().next()));
    }

    /** Stops an order that is under lock and runs. */
    static Uni<Bulk> stop(Work work, Bulk bulk, Bulk.Stopped by) {
        return work.connection()
                .preparedQuery(STOP)
                .execute(Tuple.of(bulk.id(), by.stoppedBy(), by.stopReason()))
                .map(rows -> bulk(rows.iterator().next()));
    }

    private static Bulk bulk(Row row) {
        Integer priority = row.getInteger("priority");
        String assignee = row.getString("assignee");
        String state = row.getString("task_state");
        String stoppedBy = row.getString("stopped_by");
        return new Bulk(
                row.getString("id"),
                new BulkFilter(
                        row.getString("swarm"),
                        state == null ? null : Task.State.valueOf(state),
                        List.of(row.getArrayOfStrings("labels")),
                        List.of(row.getArrayOfStrings("requires")),
                        row.getString("submitted_by"),
                        Rows.instant(row, "older_than"),
                        row.getString("waits_for")),
                BulkOrder.What.valueOf(row.getString("what")),
                priority == null && assignee == null
                        ? null
                        : new Bulk.With(priority == null ? null : Priority.of(priority), assignee),
                Bulk.State.valueOf(row.getString("state")),
                row.getInteger("matched"),
                row.getInteger("done"),
                row.getInteger("passed_over"),
                row.getInteger("refused"),
                null,
                row.getString("started_by"),
                row.getString("reason"),
                Rows.instant(row, "started_at"),
                Rows.instant(row, "ended_at"),
                stoppedBy == null ? null : new Bulk.Stopped(stoppedBy, row.getString("stop_reason")),
                new Bulk.Turn(row.getInteger("next"), row.getInteger("batches")));
    }
}
