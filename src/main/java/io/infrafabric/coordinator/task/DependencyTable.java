package io.infrafabric.coordinator.task;

import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** The dependencies of tasks, direct and indirect, and their replacement. */
public final class DependencyTable {
    // A lock without a row: two changes that together close a cycle must see each other.
    private static final String ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('coordinator.dependency', 0))";

    private static final String DEPENDANTS = """
            WITH RECURSIVE reached(id) AS (
              SELECT $1::text UNION SELECT d.task FROM reached r JOIN coordinator_dependency d ON d.depends_on = r.id)
            SELECT id FROM reached LIMIT $2
            """;

    private static final String REACHES = """
            WITH RECURSIVE reached(id) AS (
              SELECT unnest($1::text[]) UNION SELECT d.depends_on FROM reached r JOIN coordinator_dependency d ON d.task = r.id)
            SELECT 1 FROM reached WHERE id = $2
            """;

    private static final String COUNT = """
            UPDATE coordinator_task SET open_deps = o.n
              FROM (SELECT $2 + count(*)::int AS n FROM coordinator_basis WHERE task = $1 AND disputed) o WHERE id = $1
            """;

    private static final String UNMET = """
            SELECT d.depends_on, d.task FROM unnest($1::text[]) AS n(id) CROSS JOIN LATERAL (
              SELECT depends_on, task FROM coordinator_dependency WHERE depends_on = n.id AND NOT met ORDER BY task LIMIT $2) d
            """;

    // Only what this statement counts decreases: whoever comes again finds the dependency met, or replaced. The planner
    // does not
    // see how many they are: for 500 it would read all dependencies that there are.
    private static final String MEET = """
            WITH met AS (
              UPDATE coordinator_dependency d SET met = true FROM unnest((SELECT $1::text[]), (SELECT $2::text[])) AS i(depends_on, task)
               WHERE d.task = i.task AND d.depends_on = i.depends_on AND NOT d.met
              RETURNING d.task),
            fewer AS (SELECT task, count(*)::int AS n FROM met GROUP BY task)
            UPDATE coordinator_task t SET open_deps = t.open_deps - f.n FROM fewer f WHERE t.id = f.task RETURNING t.id, t.open_deps
            """;

    private DependencyTable() {}

    /** The proof that no other transaction changes dependencies of existing tasks. Only the lock makes it. */
    public static final class Alone {
        private Alone() {}
    }

    /** Waits until no other transaction changes dependencies of existing tasks. */
    public static Lock<Locks.Turns, Alone> alone(Work work) {
        return Lock.of(work.connection().query(ALONE).execute().map(taken -> new Alone()));
    }

    /**
     * The task and all that waits for it, directly or not; one more than {@code most} means that there are too many.
     */
    public static Uni<List<String>> dependants(Work work, String task, int most) {
        return work.connection()
                .preparedQuery(DEPENDANTS)
                .execute(Tuple.of(task, most + 1))
                .map(rows -> Rows.all(rows, row -> row.getString(0)));
    }

    /** Those that wait for these tasks and are not counted yet, by task; at most so many of each. */
    static Uni<Map<String, List<String>>> unmet(SqlConnection connection, Collection<String> tasks, int most) {
        return connection
                .preparedQuery(UNMET)
                .execute(Tuple.of(tasks.toArray(String[]::new), most))
                .map(rows -> StreamSupport.stream(rows.spliterator(), false)
                        .collect(Collectors.groupingBy(
                                row -> row.getString(0),
                                Collectors.mapping(row -> row.getString(1), Collectors.toList()))));
    }

    /**
     * Counts dependencies on tasks that are done as met, each once however often this is called. The dependants are
     * locked. Gives those for which one was counted, with the number of dependencies that are still open.
     */
    static Uni<Map<String, Integer>> meet(Work work, FanOut fanOut) {
        List<String> on = new ArrayList<>();
        List<String> tasks = new ArrayList<>();
        fanOut.now()
                .forEach((dependency, dependants) -> dependants.forEach(dependant -> {
                    on.add(dependency);
                    tasks.add(dependant);
                }));
        return work.connection()
                .preparedQuery(MEET)
                .execute(Tuple.of(on.toArray(String[]::new), tasks.toArray(String[]::new)))
                .map(rows -> {
                    Map<String, Integer> open = new HashMap<>();
                    rows.forEach(row -> open.put(row.getString(0), row.getInteger(1)));
                    return open;
                });
    }

    /** Whether these tasks depend on the task, directly or not. */
    public static Uni<Boolean> reaches(Work work, Collection<String> from, String task) {
        return work.connection()
                .preparedQuery(REACHES)
                .execute(Tuple.of(from.toArray(String[]::new), task))
                .map(rows -> rows.size() > 0);
    }

    /**
     * Makes the task depend on exactly these, of which {@code open} are not done. Disputed claims that it rests on
     * count as before. The task is locked.
     */
    public static Uni<Void> replace(Work work, Alone alone, String task, Collection<String> dependencies, int open) {
        SqlConnection connection = work.connection();
        return connection
                .preparedQuery("DELETE FROM coordinator_dependency WHERE task = $1")
                .execute(Tuple.of(task))
                .chain(() -> connection
                        .preparedQuery(
                                "INSERT INTO coordinator_dependency (task, depends_on) SELECT $1, unnest($2::text[])")
                        .execute(Tuple.of(task, dependencies.toArray(String[]::new))))
                .chain(() -> connection.preparedQuery(COUNT).execute(Tuple.of(task, open)))
                .replaceWithVoid();
    }

    /** What a task waits for or rests on, and what of it blocks the task. */
    record RestsOn(List<String> dependsOn, List<String> basis, List<String> blockedBy) {}

    /** Its dependencies, then the claims that it rests on. */
    static Uni<RestsOn> restsOn(SqlClient client, String id) {
        return client.preparedQuery(
                        "SELECT d.depends_on AS id, false AS claim, t.state <> 'DONE' AS blocks"
                                + " FROM coordinator_dependency d JOIN coordinator_task t ON t.id = d.depends_on WHERE d.task = $1"
                                + " UNION ALL SELECT claim, true, disputed FROM coordinator_basis WHERE task = $1 ORDER BY 2, 1")
                .execute(Tuple.of(id))
                .map(rows -> {
                    RestsOn restsOn = new RestsOn(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
                    for (Row row : rows) {
                        String on = row.getString("id");
                        boolean claim = row.getBoolean("claim");
                        (claim ? restsOn.basis() : restsOn.dependsOn()).add(on);
                        if (row.getBoolean("blocks")) {
                            restsOn.blockedBy().add(claim ? "claim:" + on : on);
                        }
                    }
                    return restsOn;
                });
    }
}
