package io.infrafabric.coordinator.session;

import io.infrafabric.budget.AccountTable;
import io.infrafabric.budget.AccountTable.SwarmMoney;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.task.TaskPageTable;
import io.infrafabric.escalation.OpenCases;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The table of swarms, and overviews of them. */
@ApplicationScoped
public class SwarmTable {

    /**
     * A swarm.
     *
     * @param quorum votes that a decision of this swarm needs, {@code null} for the installation's number
     */
    public record Swarm(
            String id, boolean paused, String pausedReason, Integer quorum, long version, Instant createdAt) {}

    /**
     * A swarm at a glance.
     *
     * @param tasks how many, by state; each is counted up to {@link #MOST_COUNTED}
     * @param sessions how many, by state; each is counted up to {@link #MOST_COUNTED}
     * @param money what it has spent and holds today, and its limit, in US dollars
     * @param openCases questions that wait for a human's decision
     * @param oldestQueued the submit time of the task that has been claimable for longest; {@code null} if none of the
     * {@link #MOST_COUNTED} oldest queued ones is
     * @param atLeast which of these numbers were not counted to the end because they are so large, for example
     * {@code tasks.DONE}: the real number may be larger
     */
    public record Overview(
            Swarm swarm,
            Map<String, Long> tasks,
            Map<String, Long> sessions,
            SwarmMoney money,
            long openCases,
            Instant oldestQueued,
            List<String> atLeast) {}

    /**
     * An overview counts up to here, because clients ask for it every second, and the number of finished tasks only
     * grows.
     */
    static final int MOST_COUNTED = 10_000;

    private final AccountTable accounts;
    private final OpenCases cases;
    private final TaskPageTable tasks;
    private final SessionPageTable sessions;

    SwarmTable(AccountTable accounts, OpenCases cases, TaskPageTable tasks, SessionPageTable sessions) {
        this.accounts = accounts;
        this.cases = cases;
        this.tasks = tasks;
        this.sessions = sessions;
    }

    /** SQL, a condition: nobody has paused the swarm. */
    public static String running(String swarm) {
        return "NOT " + swarm + ".paused";
    }

    /** Makes the missing ones of these swarms. */
    public static Uni<Void> make(Work work, Collection<String> ids) {
        Object swarms = ids.stream().distinct().sorted().toArray(String[]::new);
        return work.connection()
                .preparedQuery("INSERT INTO coordinator_swarm (id) SELECT * FROM unnest($1::text[])"
                        + " ON CONFLICT (id) DO NOTHING")
                .execute(Tuple.of(swarms))
                .replaceWithVoid();
    }

    /** Makes the swarm, or changes what is not {@code null}. */
    public static Uni<Swarm> put(Work work, String id, Integer quorum) {
        return work.connection()
                .preparedQuery("INSERT INTO coordinator_swarm AS s (id, quorum) VALUES ($1, $2)"
                        + " ON CONFLICT (id) DO UPDATE SET quorum = coalesce(excluded.quorum, s.quorum),"
                        + " version = s.version + 1 RETURNING *")
                .execute(Tuple.of(id, quorum))
                .map(SwarmTable::first);
    }

    /** Pauses or resumes the swarm; {@code null} if it does not exist. */
    public static Uni<Swarm> change(Work work, String id, boolean paused, String reason) {
        return work.connection()
                .preparedQuery("UPDATE coordinator_swarm SET paused = $2, paused_reason = $3, version = version + 1"
                        + " WHERE id = $1 RETURNING *")
                .execute(Tuple.of(id, paused, reason))
                .map(SwarmTable::first);
    }

    /** The swarm at a glance; {@code null} if it does not exist. */
    public Uni<Overview> overview(SqlClient client, String id) {
        return client.preparedQuery("SELECT * FROM coordinator_swarm WHERE id = $1")
                .execute(Tuple.of(id))
                .map(SwarmTable::first)
                .onItem()
                .ifNotNull()
                .transformToUni(swarm -> Rows.together(
                                tasks.counts(client, id, MOST_COUNTED + 1),
                                sessions.counts(client, id, MOST_COUNTED + 1),
                                accounts.swarmMoney(client, id),
                                cases.count(client, id, MOST_COUNTED + 1),
                                oldest(client, id))
                        .with((counted, present, money, open, oldest) -> {
                            List<String> atLeast = new ArrayList<>();
                            Map<String, Long> byState = bounded("tasks.", counted, atLeast);
                            Map<String, Long> byPresence = bounded("sessions.", present, atLeast);
                            long openCases = bounded("openCases", open, atLeast);
                            return new Overview(
                                    swarm, byState, byPresence, money, openCases, oldest.at(), List.copyOf(atLeast));
                        }));
    }

    private static Map<String, Long> bounded(String prefix, Map<String, Long> counted, List<String> atLeast) {
        Map<String, Long> bounded = new TreeMap<>();
        counted.forEach((state, count) -> bounded.put(state, bounded(prefix + state, count, atLeast)));
        return bounded;
    }

    private static long bounded(String what, long count, List<String> atLeast) {
        if (count > MOST_COUNTED) {
            atLeast.add(what);
        }
        return Math.min(count, MOST_COUNTED);
    }

    private record Oldest(Instant at) {}

    private static Uni<Oldest> oldest(SqlClient client, String id) {
        return client.preparedQuery("SELECT created_at AS at FROM (SELECT t.created_at, t.not_before"
                        + " FROM coordinator_task t WHERE " + TaskPageTable.LISTED_SWARM
                        + " = $1 AND t.state = 'QUEUED' ORDER BY t.seq LIMIT $2) oldest"
                        + " WHERE not_before <= now() LIMIT 1")
                .execute(Tuple.of(id, MOST_COUNTED))
                .map(rows -> new Oldest(
                        rows.size() == 0 ? null : Rows.instant(rows.iterator().next(), "at")));
    }

    /** One page, newest first. */
    public Uni<List<Swarm>> page(SqlClient client, String only, Instant before, String beforeId, int limit) {
        String condition = only == null ? " AND $3::text IS NULL" : " AND id = $3";
        return client.preparedQuery("SELECT * FROM coordinator_swarm WHERE (created_at, id) < ($1, $2)" + condition
                        + " ORDER BY created_at DESC, id DESC LIMIT $4")
                .execute(Tuple.of(Rows.at(before), beforeId, only, limit))
                .map(rows -> Rows.all(rows, SwarmTable::swarm));
    }

    private static Swarm first(RowSet<Row> rows) {
        return rows.size() == 0 ? null : swarm(rows.iterator().next());
    }

    private static Swarm swarm(Row row) {
        return new Swarm(
                row.getString("id"),
                row.getBoolean("paused"),
                row.getString("paused_reason"),
                row.getInteger("quorum"),
                row.getLong("version"),
                Rows.instant(row, "created_at"));
    }
}
