package io.infrafabric.coordinator.task;

import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.Collection;
import java.util.List;

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
                        .preparedQuery("INSERT INTO coordinator_dependency SELECT $1, unnest($2::text[])")
                        .execute(Tuple.of(task, dependencies.toArray(String[]::new))))
                .chain(() -> connection.preparedQuery(COUNT).execute(Tuple.of(task, open)))
                .replaceWithVoid();
    }
}
