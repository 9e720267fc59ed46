package io.infrafabric.coordinator.task;

import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.task.Submission.Placed;
import io.infrafabric.coordinator.task.Submission.Submit;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Adds tasks in one statement, and reads and locks the rows that decide whether they may be added. */
@ApplicationScoped
public class NewTaskTable {
    private static final String INSERT = TaskRow.adding("""
            WITH fresh AS (
              INSERT INTO coordinator_task AS t ($names, submitted_by, state, open_deps, not_before, dormant)
              SELECT $unpacked, i.by, i.state, i.open, greatest(i.start, now()), i.state = 'QUEUED' AND coalesce(i.start > now(), false)
                FROM unnest($arrays, $+1::text[], $+2::text[], $+3::int[], $+4::timestamptz[])
                  AS i($names, by, state, open, start)
               WHERE i.swarm = ANY(ARRAY(SELECT w.id FROM coordinator_swarm w WHERE w.id = ANY($2)))
                 AND coordinator_room($+5, $+6, $+7, $+8, $+9, $+10)
              ON CONFLICT (id) DO NOTHING
              RETURNING *),
            history AS (
              INSERT INTO coordinator_history (task, version, what, by, state, epoch, attempts)
              SELECT id, version, 'submitted', submitted_by, state, epoch, attempts FROM fresh)
            SELECT id, seq, created_at FROM fresh
            """);

    private static final String DEPENDENCIES =
            "INSERT INTO coordinator_dependency (task, depends_on)" + " SELECT * FROM unnest($1::text[], $2::text[])";

    private final QuotaTable usage;
    private final DormantTable dormant;

    NewTaskTable(QuotaTable usage, DormantTable dormant) {
        this.usage = usage;
        this.dormant = dormant;
    }

    /**
     * Adds tasks whose swarm exists and whose id does not; gives them by id, in the given order. Adds none if there may
     * be too little room for all tasks of {@code unchecked}.
     */
    public Uni<Map<String, Task>> add(Work work, List<Placed> placed, List<String> by, List<Submit> unchecked) {
        Tuple all = usage.withOwners(row(placed, by), unchecked);
        return work.connection().preparedQuery(INSERT).execute(all).map(rows -> {
            Map<String, Row> added = new HashMap<>();
            rows.forEach(row -> added.put(row.getString("id"), row));
            Map<String, Task> tasks = new LinkedHashMap<>();
            for (int i = 0; i < placed.size(); i++) {
                Row row = added.get(placed.get(i).task().id());
                if (row != null) {
                    Task task = placed.get(i).added(by.get(i), row.getLong("seq"), Rows.instant(row, "created_at"));
                    tasks.put(task.id(), task);
                }
            }
            dormant.submitted(work, tasks.values());
            return tasks;
        });
    }

    /** Those of these swarms that exist. */
    public static Uni<Set<String>> swarms(SqlClient client, Set<String> ids) {
        return client.preparedQuery("SELECT id FROM coordinator_swarm WHERE id = ANY($1)")
                .execute(Tuple.of(ids.toArray(String[]::new)))
                .map(rows -> new HashSet<>(Rows.all(rows, row -> row.getString(0))));
    }

    /** Locks dependencies in share mode: waits for one that is being completed, and then counts it as done. */
    public static Lock<Locks.Tasks, Map<String, Task>> dependencies(SqlConnection connection, Set<String> ids) {
        return Lock.of(existing(connection, ids, "ORDER BY t.id FOR SHARE"));
    }

    /** Those of these tasks that exist, by id, without a lock. */
    public static Uni<Map<String, Task>> existing(SqlConnection connection, Set<String> ids) {
        return existing(connection, ids, "");
    }

    private static Uni<Map<String, Task>> existing(SqlConnection connection, Set<String> ids, String lock) {
        if (ids.isEmpty()) {
            return Uni.createFrom().item(Map.of());
        }
        return connection
                .preparedQuery("SELECT" + TaskRow.COLUMNS + "FROM coordinator_task t WHERE t.id = ANY($1) " + lock)
                .execute(Tuple.of(ids.toArray(String[]::new)))
                .map(rows -> {
                    Map<String, Task> tasks = new HashMap<>();
                    rows.forEach(row -> tasks.put(row.getString("id"), TaskRow.task(row)));
                    return tasks;
                });
    }

    /** Writes which task depends on which: pairs of the dependent task and its dependency. */
    public static void link(Work work, List<String[]> edges) {
        work.alongside(work.connection()
                .preparedQuery(DEPENDENCIES)
                .execute(Tuple.of(
                        Rows.column(edges, edge -> edge[0], String[]::new),
                        Rows.column(edges, edge -> edge[1], String[]::new))));
    }

    private static Tuple row(List<Placed> placed, List<String> by) {
        return TaskRow.arrays(placed.stream().map(Placed::task).toList())
                .addArrayOfString(by.toArray(String[]::new))
                .addArrayOfString(Rows.column(placed, p -> p.state().name(), String[]::new))
                .addArrayOfInteger(Rows.column(placed, Placed::openDependencies, Integer[]::new))
                .addArrayOfOffsetDateTime(
                        Rows.column(placed, p -> Rows.at(p.task().notBefore()), OffsetDateTime[]::new));
    }
}
