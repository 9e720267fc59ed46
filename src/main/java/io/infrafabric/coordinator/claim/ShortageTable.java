package io.infrafabric.coordinator.claim;

import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.claim.Shortage.Found;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.WaitsFor;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What queued tasks require and nobody has. One index leads to each set of names; tasks are read only to be counted. */
public final class ShortageTable {
    /** Sets of names that one look goes through at most. */
    private static final int MOST_SETS = 1000;

    private static final String OPEN = "t.state = 'QUEUED' AND t.assignee IS NULL AND t.requires IS NOT NULL";
    private static final String NEED = "coordinator_lane(t.requires, '{}', '{}', NULL, NULL, NULL)";

    private static final String IS_THERE = "SELECT EXISTS (SELECT FROM coordinator_shortage) OR EXISTS ("
            + "SELECT FROM (SELECT t.swarm FROM coordinator_task t WHERE " + OPEN + " ORDER BY t.swarm, " + NEED
            + " LIMIT 1) any_task)";

    private static final String FIND = """
            WITH RECURSIVE need AS (
              (SELECT t.swarm, $need AS need, t.requires, t.id FROM coordinator_task t WHERE $open ORDER BY t.swarm, $need LIMIT 1)
              UNION ALL
              SELECT further.* FROM need, LATERAL (
                SELECT t.swarm, $need AS need, t.requires, t.id FROM coordinator_task t
                 WHERE $open AND (t.swarm, $need) > (need.swarm, need.need) ORDER BY t.swarm, $need LIMIT 1) further)
            SELECT lacking.swarm, lacking.missing, lacking.id, (SELECT count(*)::int FROM (
                     SELECT FROM coordinator_task t WHERE $open AND t.swarm = lacking.swarm AND $need = lacking.need
                      LIMIT $1) counted) AS tasks
              FROM (SELECT need.*, coordinator_missing(need.swarm, need.requires) AS missing FROM need OFFSET 0) lacking
             WHERE lacking.missing IS NOT NULL LIMIT $2
            """.replace("$need", NEED).replace("$open", OPEN);

    private static final String WRITE = """
            INSERT INTO coordinator_shortage AS s (subject, swarm, missing, since, tasks, task, asked)
            SELECT i.subject, i.swarm, string_to_array(i.missing, ','), i.since, i.tasks, i.task, i.asked
              FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::int[], $6::text[], $7::bool[])
                AS i(subject, swarm, missing, since, tasks, task, asked)
            ON CONFLICT (subject) DO UPDATE SET tasks = excluded.tasks, task = excluded.task, asked = excluded.asked
             WHERE (s.tasks, s.task, s.asked) IS DISTINCT FROM (excluded.tasks, excluded.task, excluded.asked)
            """;

    private static final String MISSING = """
            SELECT i.swarm, i.names, coordinator_missing(i.swarm, string_to_array(i.names, ',')) AS missing
              FROM unnest($1::text[], $2::text[]) AS i(swarm, names)
            """;

    private record Need(String swarm, String names) {
        static Need of(Task task) {
            return new Need(
                    task.swarm(),
                    String.join(",", task.specification().requirements().requires()));
        }
    }

    private ShortageTable() {}

    /** Whether there is anything to compare: almost nothing to find out where no task requires anything. */
    public static Uni<Boolean> isThere(SqlClient client) {
        return client.query(IS_THERE)
                .execute()
                .map(rows -> rows.iterator().next().getBoolean(0));
    }

    /** Whether this transaction is the only one that looks, until it ends. */
    public static Uni<Boolean> alone(Work work) {
        return work.connection()
                .query("SELECT pg_try_advisory_xact_lock(hashtext('coordinator_shortage'))")
                .execute()
                .map(rows -> rows.iterator().next().getBoolean(0));
    }

    /** The shortages that there are now. */
    public static Uni<List<Found>> find(SqlClient client) {
        return client.preparedQuery(FIND)
                .execute(Tuple.of(Shortage.MOST_COUNTED, MOST_SETS))
                .map(rows -> Rows.all(
                        rows,
                        row -> new Found(
                                row.getString("swarm"),
                                List.of(row.getArrayOfStrings("missing")),
                                row.getInteger("tasks"),
                                row.getString("id"))));
    }

    /** The shortages that the last look found. */
    public static Uni<List<Shortage>> known(SqlClient client) {
        return client.query("SELECT * FROM coordinator_shortage ORDER BY subject LIMIT " + Shortage.MOST)
                .execute()
                .map(rows -> Rows.all(rows, ShortageTable::shortage));
    }

    /** Keeps the shortages that this look found. */
    public static Uni<Void> write(Work work, Shortage.Look look) {
        List<Shortage> now = look.now();
        work.alongside(work.connection()
                .preparedQuery("DELETE FROM coordinator_shortage WHERE subject = ANY($1)")
                .execute(Tuple.of((Object) Rows.column(look.over(), Shortage::subject, String[]::new))));
        return work.connection()
                .preparedQuery(WRITE)
                .execute(Tuple.tuple()
                        .addArrayOfString(Rows.column(now, Shortage::subject, String[]::new))
                        .addArrayOfString(Rows.column(now, Shortage::swarm, String[]::new))
                        .addArrayOfString(Rows.column(now, Shortage::names, String[]::new))
                        .addArrayOfOffsetDateTime(
                                Rows.column(now, each -> Rows.at(each.since()), OffsetDateTime[]::new))
                        .addArrayOfInteger(Rows.column(now, Shortage::tasks, Integer[]::new))
                        .addArrayOfString(Rows.column(now, Shortage::task, String[]::new))
                        .addArrayOfBoolean(Rows.column(now, Shortage::asked, Boolean[]::new)))
                .replaceWithVoid();
    }

    /** The same tasks; those that nobody can do say so. */
    public static Uni<List<Task>> shown(SqlClient client, List<Task> tasks) {
        List<Need> needs = tasks.stream()
                .filter(ShortageTable::isForWhoeverCan)
                .map(Need::of)
                .distinct()
                .toList();
        if (needs.isEmpty()) {
            return Uni.createFrom().item(tasks);
        }
        return client.preparedQuery(MISSING)
                .execute(Tuple.of(
                        Rows.column(needs, Need::swarm, String[]::new), Rows.column(needs, Need::names, String[]::new)))
                .map(rows -> {
                    Map<Need, List<String>> missing = new HashMap<>();
                    for (Row row : rows) {
                        String[] names = row.getArrayOfStrings("missing");
                        if (names != null) {
                            missing.put(new Need(row.getString("swarm"), row.getString("names")), List.of(names));
                        }
                    }
                    return tasks.stream()
                            .map(task -> isForWhoeverCan(task) && missing.containsKey(Need.of(task))
                                    ? task.waitingFor(List.of(WaitsFor.nobodyCan(missing.get(Need.of(task)))))
                                    : task)
                            .toList();
                });
    }

    private static boolean isForWhoeverCan(Task task) {
        return task.state() == Task.State.QUEUED
                && task.assignee() == null
                && !task.specification().requirements().requires().isEmpty();
    }

    private static Shortage shortage(Row row) {
        return new Shortage(
                row.getString("swarm"),
                List.of(row.getArrayOfStrings("missing")),
                Rows.instant(row, "since"),
                row.getInteger("tasks"),
                row.getString("task"),
                row.getBoolean("asked"));
    }
}
