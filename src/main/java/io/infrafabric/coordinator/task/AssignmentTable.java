package io.infrafabric.coordinator.task;

import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The tasks of a session: those that it holds, and those that are assigned to it. It reads without a lock; the caller
 * locks the tasks next.
 */
public final class AssignmentTable {
    private static final String HELD =
            "SELECT t.holder, t.id FROM coordinator_task t WHERE " + TaskRow.heldBy("t", "ANY($1)");

    private static final String HELD_OR_FOR = """
            SELECT t.id FROM coordinator_task t WHERE %s
            UNION SELECT t.id FROM coordinator_task t WHERE %s
            """.formatted(TaskRow.heldBy("t", "ANY($1)"), pendingFor("ANY($1)"));

    // Found by their ids alone: the index of held tasks keeps all that were held while an old snapshot is open.
    private static final String DUE_HELD_OR_FOR = """
            SELECT due.id FROM (SELECT t.id, t.holder FROM coordinator_task t WHERE t.id = ANY($2) OFFSET 0) due
             WHERE due.holder IS NOT NULL
            UNION %s
            """.formatted(HELD_OR_FOR);

    private static final String REQUIRING = " AS i(session, names)"
            + " WHERE t.assignee = i.session AND t.requires && string_to_array(i.names, ',') AND t.state ";

    private static final String OPEN_REQUIRING = "SELECT t.id FROM coordinator_task t, unnest($1::text[], $2::text[])"
            + REQUIRING + Rows.in(Task.State.values(), state -> !state.isOver()) + " ORDER BY t.id";

    private static final String FORGET_REQUIRING =
            "UPDATE coordinator_task t SET assignee = NULL FROM unnest($1::text[], $2::text[])" + REQUIRING
                    + TaskRow.HOPELESS;

    private AssignmentTable() {}

    private static String pendingFor(String session) {
        return "t.assignee = " + session + " AND t.state " + TaskRow.PENDING;
    }

    /** The tasks that each of these sessions holds; who holds none is not in it. */
    public static Uni<Map<String, Set<String>>> held(SqlClient client, Collection<String> sessions) {
        return client.preparedQuery(HELD)
                .execute(Tuple.of((Object) sessions.toArray(String[]::new)))
                .map(rows -> {
                    Map<String, Set<String>> held = new HashMap<>();
                    rows.forEach(row -> held.computeIfAbsent(row.getString("holder"), any -> new TreeSet<>())
                            .add(row.getString("id")));
                    return held;
                });
    }

    /** The tasks that these sessions hold, and those that wait or are queued for one of them alone. */
    public static Uni<List<String>> heldOrFor(Work work, Collection<String> sessions) {
        return work.connection()
                .preparedQuery(HELD_OR_FOR)
                .execute(Tuple.of((Object) sessions.toArray(String[]::new)))
                .map(rows -> Rows.all(rows, row -> row.getString(0)));
    }

    /** The same, and those of {@code due} that somebody holds. */
    public static Uni<List<String>> heldOrFor(Work work, Collection<String> sessions, Collection<String> due) {
        return work.connection()
                .preparedQuery(DUE_HELD_OR_FOR)
                .execute(Tuple.of(sessions.toArray(String[]::new), due.toArray(String[]::new)))
                .map(rows -> Rows.all(rows, row -> row.getString(0)));
    }

    /** The tasks that wait or are queued for the session alone. */
    public static Uni<List<String>> pendingFor(Work work, String session) {
        return work.connection()
                .preparedQuery("SELECT t.id FROM coordinator_task t WHERE " + pendingFor("$1") + " ORDER BY t.id")
                .execute(Tuple.of(session))
                .map(rows -> Rows.all(rows, row -> row.getString(0)));
    }

    /**
     * Tasks that are not over, are assigned to one of these sessions, and require a name that it lost.
     *
     * @param lost names by session
     */
    public static Uni<List<String>> requiring(Work work, Map<String, List<String>> lost) {
        return work.connection()
                .preparedQuery(OPEN_REQUIRING)
                .execute(namesBySession(lost))
                .map(rows -> Rows.all(rows, row -> row.getString(0)));
    }

    /** Ends the assignments of such tasks where they are dead or cancelled. */
    public static Uni<Void> forgetHopeless(Work work, Map<String, List<String>> lost) {
        return work.connection()
                .preparedQuery(FORGET_REQUIRING)
                .execute(namesBySession(lost))
                .replaceWithVoid();
    }

    private static Tuple namesBySession(Map<String, List<String>> lost) {
        List<Map.Entry<String, List<String>>> all = List.copyOf(lost.entrySet());
        return Tuple.of(
                Rows.column(all, Map.Entry::getKey, String[]::new),
                Rows.column(all, each -> String.join(",", each.getValue()), String[]::new));
    }

    /** Ends the session's assignments of tasks that are dead or cancelled. */
    public static Uni<Void> forgetHopeless(Work work, String session) {
        return work.connection()
                .preparedQuery(
                        "UPDATE coordinator_task SET assignee = NULL WHERE assignee = $1 AND state " + TaskRow.HOPELESS)
                .execute(Tuple.of(session))
                .replaceWithVoid();
    }
}
