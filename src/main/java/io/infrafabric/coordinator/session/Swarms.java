package io.infrafabric.coordinator.session;

import io.infrafabric.budget.AccountTable;
import io.infrafabric.budget.AccountTable.SwarmMoney;
import io.infrafabric.budget.Pauses;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.coordinator.task.TaskRow;
import io.infrafabric.escalation.OpenCases;
import io.infrafabric.event.CoordinatorEvent;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Swarms: made, paused, resumed, and looked at as a whole. */
@ApplicationScoped
public class Swarms {

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
     * @param tasks how many, by state
     * @param sessions how many, by state
     * @param money what it has spent and holds today, and its limit, in US dollars
     * @param openCases questions that wait for a human's decision
     * @param oldestQueued when the task was submitted that has been claimable for longest, {@code null} if none is
     */
    public record Overview(
            Swarm swarm,
            Map<String, Long> tasks,
            Map<String, Long> sessions,
            SwarmMoney money,
            long openCases,
            Instant oldestQueued) {}

    private final Commands commands;
    private final AccountTable accounts;
    private final Pauses pauses;
    private final OpenCases cases;

    public Swarms(Commands commands, AccountTable accounts, Pauses pauses, OpenCases cases) {
        this.accounts = accounts;
        this.pauses = pauses;
        this.commands = commands;
        this.cases = cases;
    }

    /** Makes the swarm, or changes what is not {@code null}. */
    public Uni<Reply<Swarm>> put(String id, Integer quorum, Keep<Swarm> keep) {
        return commands.alone(
                keep,
                work -> work.connection()
                        .preparedQuery("INSERT INTO coordinator_swarm AS s (id, quorum) VALUES ($1, $2)"
                                + " ON CONFLICT (id) DO UPDATE SET quorum = coalesce(excluded.quorum, s.quorum),"
                                + " version = s.version + 1 RETURNING *")
                        .execute(Tuple.of(id, quorum))
                        .map(Swarms::first));
    }

    /** Stops claims and holds until {@link #resume}; {@code null} if there is no such swarm. Pausing twice changes the reason. */
    public Uni<Reply<Swarm>> pause(String id, String reason, Keep<Swarm> keep) {
        return commands.alone(
                keep,
                work -> change(work, id, true, reason).invoke(swarm -> {
                    if (swarm != null) {
                        work.alongside(pauses.pause(work, id, reason));
                        work.emit(new CoordinatorEvent.SwarmPaused(id, reason, swarm.version()), Trace.NONE);
                    }
                }));
    }

    /** Lets claims and holds go on; {@code null} if there is no such swarm. */
    public Uni<Reply<Swarm>> resume(String id, Keep<Swarm> keep) {
        return commands.alone(
                keep,
                work -> change(work, id, false, null).invoke(swarm -> {
                    if (swarm != null) {
                        work.alongside(pauses.resume(work, id));
                        work.emit(new CoordinatorEvent.SwarmResumed(id, swarm.version()), Trace.NONE);
                        work.ring("tasks:" + id);
                    }
                }));
    }

    private static Uni<Swarm> change(Work work, String id, boolean paused, String reason) {
        return work.connection()
                .preparedQuery("UPDATE coordinator_swarm SET paused = $2, paused_reason = $3, version = version + 1"
                        + " WHERE id = $1 RETURNING *")
                .execute(Tuple.of(id, paused, reason))
                .map(Swarms::first);
    }

    /** The swarm at a glance, {@code null} if there is none. */
    public Uni<Overview> overview(SqlClient client, String id) {
        return client.preparedQuery("SELECT * FROM coordinator_swarm WHERE id = $1")
                .execute(Tuple.of(id))
                .map(Swarms::first)
                .onItem()
                .ifNotNull()
                .transformToUni(swarm -> Rows.together(
                                counts(client, "coordinator_task", id),
                                counts(client, "coordinator_session", id),
                                accounts.swarmMoney(client, id),
                                cases.count(client, id),
                                oldest(client, id))
                        .with((tasks, sessions, money, open, oldest) ->
                                new Overview(swarm, tasks, sessions, money, open, oldest.at())));
    }

    private record Oldest(Instant at) {}

    private static Uni<Oldest> oldest(SqlClient client, String id) {
        return client.preparedQuery("SELECT min(t.created_at) AS at FROM coordinator_task t WHERE t.swarm = $1 AND "
                        + TaskRow.claimable("t"))
                .execute(Tuple.of(id))
                .map(rows -> new Oldest(Rows.instant(rows.iterator().next(), "at")));
    }

    private static Uni<Map<String, Long>> counts(SqlClient client, String table, String swarm) {
        return client.preparedQuery("SELECT state, count(*) AS n FROM " + table + " WHERE swarm = $1 GROUP BY state")
                .execute(Tuple.of(swarm))
                .map(rows -> {
                    Map<String, Long> counts = new TreeMap<>();
                    rows.forEach(row -> counts.put(row.getString("state"), row.getLong("n")));
                    return counts;
                });
    }

    /** One page, newest first. */
    public Uni<List<Swarm>> page(SqlClient client, String only, Instant before, String beforeId, int limit) {
        return client.preparedQuery("SELECT * FROM coordinator_swarm WHERE (created_at, id) < ($1, $2)"
                        + " AND ($3::text IS NULL OR id = $3) ORDER BY created_at DESC, id DESC LIMIT $4")
                .execute(Tuple.of(Rows.at(before), beforeId, only, limit))
                .map(rows -> Rows.all(rows, Swarms::swarm));
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
