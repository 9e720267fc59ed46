package io.infrafabric.coordinator;

import io.infrafabric.bus.Rows;
import io.infrafabric.coordinator.Submission.Placed;
import io.infrafabric.coordinator.Submission.Submit;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The one statement that adds tasks: those whose swarm is there, whose id is not, and for which there is room. */
@ApplicationScoped
public class NewTaskTable {
    private static final String INSERT = TaskRow.adding("""
            WITH fresh AS (
              INSERT INTO coordinator_task AS t ($names, submitted_by, state, open_deps)
              SELECT $unpacked, i.by, i.state, i.open
                FROM unnest($arrays, $+1::text[], $+2::text[], $+3::int[]) AS i($names, by, state, open)
               WHERE i.swarm = ANY(ARRAY(SELECT w.id FROM coordinator_swarm w WHERE w.id = ANY($2)))
                 AND coordinator_room($+4, $+5, $+6, $+7, $+8, $+9)
              ON CONFLICT (id) DO NOTHING
              RETURNING *),
            history AS (
              INSERT INTO coordinator_history (task, version, what, by, state, epoch, attempts)
              SELECT id, version, 'submitted', submitted_by, state, epoch, attempts FROM fresh)
            SELECT id, seq, created_at FROM fresh
            """);

    private final QuotaTable usage;

    public NewTaskTable(QuotaTable usage) {
        this.usage = usage;
    }

    /**
     * Adds those whose swarm is there and whose id is not; the answer has them by id, in the order given. None, if there may
     * not be room for the tasks of all of {@code unchecked}.
     */
    Uni<Map<String, Task>> add(SqlConnection connection, List<Placed> placed, List<String> by, List<Submit> unchecked) {
        Tuple all = usage.withOwners(row(placed, by), unchecked);
        return connection.preparedQuery(INSERT).execute(all).map(rows -> {
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
            return tasks;
        });
    }

    private static Tuple row(List<Placed> placed, List<String> by) {
        return TaskRow.arrays(placed.stream().map(Placed::task).toList())
                .addArrayOfString(by.toArray(String[]::new))
                .addArrayOfString(Rows.column(placed, p -> p.state().name(), String[]::new))
                .addArrayOfInteger(Rows.column(placed, Placed::openDependencies, Integer[]::new));
    }
}
