package io.infrafabric.coordinator.task;

import io.infrafabric.bus.NewestFirst;
import io.infrafabric.bus.Rows;
import io.infrafabric.coordinator.task.Task.State;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Tasks as lists and overviews show them. One index has them by swarm and state, newest first. If a filter leaves one
 * of the two open, each of its values is looked up, so that rows that do not match are never read.
 */
@ApplicationScoped
public class TaskPageTable {
    /** SQL: the swarm of task {@code t}, written as only statements write it that may read what is over (V155). */
    public static final String LISTED_SWARM = "('' || t.swarm)";

    // Apart from its only use: a statement is easier to read outside a method.
    @SuppressWarnings("InlineFormatString")
    private static final String PAGE = """
            SELECT%sFROM %sunnest($1::text[]) s(state), LATERAL (
              SELECT * FROM coordinator_task t WHERE %s LIMIT $2) t ORDER BY t.seq DESC LIMIT $2
            """;

    // By their labels, which another index has. It alone is asked, whatever the planner thinks of how many there are.
    @SuppressWarnings("InlineFormatString")
    private static final String LABELLED_PAGE = """
            WITH labelled AS MATERIALIZED (
              SELECT t.id, t.seq, t.swarm, t.state, t.assignee FROM coordinator_task t WHERE t.labels @> $1::text[]),
            page AS (SELECT t.id FROM labelled t WHERE t.state = ANY($2) AND %s LIMIT $3)
            SELECT%sFROM page JOIN coordinator_task t ON t.id = page.id ORDER BY t.seq DESC
            """;

    // The oldest ones: for them PostgreSQL need not look into the table.
    private static final String COUNTS = """
            SELECT s.state, (SELECT count(*) FROM (
                     SELECT FROM coordinator_task t WHERE $swarm = $1 AND t.state = s.state ORDER BY t.seq LIMIT $3) counted) AS n
              FROM unnest($2::text[]) s(state)
            """.replace("$swarm", LISTED_SWARM);

    /**
     * Which tasks a page shows; {@code null} means any.
     *
     * @param labels words of a name, a colon and a value, all of which the tasks have; may be empty
     */
    public record Filter(String swarm, State state, String assignee, List<String> labels) {}

    /** One page, newest first: {@code limit} tasks older than the one with sequence number {@code before}. */
    public Uni<List<Task>> page(SqlClient client, Filter filter, long before, int limit) {
        String[] states =
                filter.state() == null ? states() : new String[] {filter.state().name()};
        if (!filter.labels().isEmpty()) {
            return labelled(client, filter, states, before, limit);
        }
        Tuple values = Tuple.of(states, limit);
        NewestFirst page = NewestFirst.by("t.seq").only("t.assignee", filter.assignee());
        String swarm = filter.assignee() == null ? LISTED_SWARM : "t.swarm";
        if (filter.swarm() == null) {
            page.like(swarm, "w.id");
        } else {
            page.only(swarm, filter.swarm());
        }
        page.like("t.state", "s.state").before(before);
        // The index is of those that have one, which PostgreSQL does not see in the condition on the whole row.
        String assigned = filter.assignee() == null ? "" : " AND t.assignee IS NOT NULL";
        String swarms = filter.swarm() == null ? "coordinator_swarm w, " : "";
        return client.preparedQuery(
                        PAGE.formatted(TaskRow.COLUMNS, swarms, page.condition(values) + assigned + page.order()))
                .execute(values)
                .map(rows -> Rows.all(rows, TaskRow::task));
    }

    private static Uni<List<Task>> labelled(SqlClient client, Filter filter, String[] states, long before, int limit) {
        Tuple values = Tuple.of(filter.labels().toArray(String[]::new), states, limit);
        NewestFirst page = NewestFirst.by("t.seq")
                .only("t.swarm", filter.swarm())
                .only("t.assignee", filter.assignee())
                .before(before);
        return client.preparedQuery(LABELLED_PAGE.formatted(page.condition(values) + page.order(), TaskRow.COLUMNS))
                .execute(values)
                .map(rows -> Rows.all(rows, TaskRow::task));
    }

    /** The number of the swarm's tasks by state, each counted up to {@code most}; omits empty states. */
    public Uni<Map<String, Long>> counts(SqlClient client, String swarm, int most) {
        return client.preparedQuery(COUNTS)
                .execute(Tuple.of(swarm, states(), most))
                .map(TaskPageTable::counted);
    }

    private static String[] states() {
        return Arrays.stream(State.values()).map(State::name).toArray(String[]::new);
    }

    /** Counts by state, without zeros. */
    public static Map<String, Long> counted(RowSet<Row> rows) {
        Map<String, Long> counts = new TreeMap<>();
        for (Row row : rows) {
            if (row.getLong("n") > 0) {
                counts.put(row.getString("state"), row.getLong("n"));
            }
        }
        return counts;
    }
}
