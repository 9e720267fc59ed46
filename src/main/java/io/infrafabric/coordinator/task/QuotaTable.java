package io.infrafabric.coordinator.task;

import io.infrafabric.bus.Work;
import io.infrafabric.command.Quota;
import io.infrafabric.command.Rates;
import io.infrafabric.command.Role;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.task.Submission.Submit;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The number of tasks that wait in a swarm and of a session, and that are submitted in a minute, against the quotas. A
 * swarm is not counted for each submit: the database keeps the last count, and the task at which it was made. That
 * count plus all later submits is an upper bound, and nothing is counted while the bound is within the limit (the
 * function {@code coordinator_room}, in the statement that adds tasks). A session's own tasks are counted up to its
 * limit, because they are few. Simultaneous submits of others are not seen, so a batch may exceed a limit.
 */
@ApplicationScoped
public class QuotaTable {
    private static final Duration AGAIN = Duration.ofSeconds(10);

    /**
     * How many refusals in a second ask the database: a caller that goes on regardless must not make it count in vain.
     */
    private static final int REFUSALS = 10;

    private static final String OF_SWARMS = """
            SELECT k.*, coalesce(k.known, coordinator_waiting(k.swarm, NULL, $3 + 1)) AS waiting
              FROM (SELECT q.swarm, s.last_value AS seq,
                           CASE WHEN u.waiting + s.last_value - u.seq + $2 <= $3 THEN u.waiting + s.last_value - u.seq END AS known
                      FROM unnest($1::text[]) AS q(swarm) CROSS JOIN coordinator_task_seq_seq s
                      LEFT JOIN coordinator_usage u ON u.swarm = q.swarm) k
            """;

    private static final String OF_SESSIONS = """
            SELECT q.session, coordinator_waiting(q.swarm, q.session, $3 + 1) AS waiting
              FROM unnest($1::text[], $2::text[]) AS q(session, swarm)
            """;

    private static final String COUNTED = """
            INSERT INTO coordinator_usage (swarm, waiting, seq)
            SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS i(swarm, waiting, seq) ORDER BY swarm
            ON CONFLICT (swarm) DO UPDATE SET waiting = excluded.waiting, seq = excluded.seq
            """;

    private final CoordinatorConfig config;
    private final Rates rates = new Rates(Duration.ofMinutes(1));
    private final Rates refusals = new Rates(Duration.ofSeconds(1));

    QuotaTable(CoordinatorConfig config) {
        this.config = config;
    }

    /**
     * The owners of the tasks of some commands: swarms, and sessions with their swarms. The fabric's own tasks have no
     * owner.
     */
    private record Owners(Set<String> swarms, List<String> sessions, List<String> sessionSwarms) {
        static Owners of(Collection<Submit> commands) {
            Owners owners = new Owners(new LinkedHashSet<>(), new ArrayList<>(), new ArrayList<>());
            for (Submit submit : commands) {
                if (submit.role() != null) {
                    submit.tasks().forEach(task -> owners.swarms().add(task.swarm()));
                    String swarm = submit.tasks().getFirst().swarm();
                    if (submit.role() == Role.SESSION && !owners.sessions().contains(submit.by())) {
                        owners.sessions().add(submit.by());
                        owners.sessionSwarms().add(swarm);
                    }
                }
            }
            return owners;
        }
    }

    /** Refuses commands beyond this minute's quota, and callers that were refused too often just now. */
    public void mustBeInTime(Submit submit) {
        for (Quota quota : waiting(submit)) {
            if (refusals.used(quota) >= REFUSALS) {
                throw new Quota.Exceeded(quota, quota.limit(), AGAIN).problem();
            }
        }
        Quota.Exceeded exceeded = rates.take(
                quotas(
                        submit,
                        "submits a minute",
                        "s2.coordinator.max-submits-per-minute",
                        config.maxSubmitsPerMinute(),
                        config.maxSubmitsPerMinuteOfSession()),
                submit.tasks().size());
        if (exceeded != null) {
            throw exceeded.problem();
        }
    }

    /** Notes that a command was refused. */
    public void refused(Quota.Exceeded exceeded) {
        refusals.count(exceeded.quota());
    }

    /** The quotas that a command's waiting tasks count against: its session's, and those of its swarms. */
    public List<Quota> waiting(Submit submit) {
        return quotas(
                submit,
                "tasks waiting",
                "s2.coordinator.max-waiting-tasks",
                config.maxWaitingTasks(),
                config.maxWaitingTasksOfSession());
    }

    private static List<Quota> quotas(Submit submit, String name, String setting, long perSwarm, long perSession) {
        List<Quota> quotas = new ArrayList<>(2);
        if (submit.role() == Role.SESSION) {
            quotas.add(new Quota(name, setting + "-of-session", "session:" + submit.by(), perSession));
        }
        Owners.of(List.of(submit))
                .swarms()
                .forEach(swarm -> quotas.add(new Quota(name, setting, "swarm:" + swarm, perSwarm)));
        return quotas;
    }

    /**
     * Adds what the function {@code coordinator_room} needs to know about these commands, each of which adds one task.
     */
    Tuple withOwners(Tuple row, List<Submit> commands) {
        Owners owners = Owners.of(commands);
        return row.addArrayOfString(owners.swarms().toArray(String[]::new))
                .addArrayOfString(owners.sessions().toArray(String[]::new))
                .addArrayOfString(owners.sessionSwarms().toArray(String[]::new))
                .addLong((long) commands.size())
                .addLong((long) config.maxWaitingTasks())
                .addLong((long) config.maxWaitingTasksOfSession());
    }

    /** The use of all quotas that these commands count against; records what had to be counted. */
    public Uni<Quota.Room> room(Work work, List<Submit> commands) {
        Owners owners = Owners.of(commands);
        if (owners.swarms().isEmpty()) {
            return Uni.createFrom().item(new Quota.Room(Map.of(), AGAIN));
        }
        long more = commands.stream().mapToLong(submit -> submit.tasks().size()).sum();
        SqlConnection connection = work.connection();
        Uni<RowSet<Row>> swarms = connection
                .preparedQuery(OF_SWARMS)
                .execute(Tuple.of(owners.swarms().toArray(String[]::new), more, (long) config.maxWaitingTasks()));
        Uni<RowSet<Row>> sessions = connection
                .preparedQuery(OF_SESSIONS)
                .execute(Tuple.of(
                        owners.sessions().toArray(String[]::new),
                        owners.sessionSwarms().toArray(String[]::new),
                        (long) config.maxWaitingTasksOfSession()));
        return work.inOrder(swarms, sessions).with((ofSwarms, ofSessions) -> {
            counted(work, ofSwarms);
            Map<String, Long> used = new HashMap<>();
            ofSwarms.forEach(row -> used.put("swarm:" + row.getString("swarm"), row.getLong("waiting")));
            ofSessions.forEach(row -> used.put("session:" + row.getString("session"), row.getLong("waiting")));
            Map<Quota, Long> all = new HashMap<>();
            commands.forEach(submit -> waiting(submit).forEach(quota -> all.put(quota, used.get(quota.owner()))));
            return new Quota.Room(all, AGAIN);
        });
    }

    private static void counted(Work work, RowSet<Row> swarms) {
        List<Row> fresh = new ArrayList<>();
        swarms.forEach(row -> {
            if (row.getLong("known") == null) {
                fresh.add(row);
            }
        });
        if (!fresh.isEmpty()) {
            // Last of all, so that nobody waits for the row longer than for the commit.
            work.last(ending -> ending.connection()
                    .preparedQuery(COUNTED)
                    .execute(Tuple.tuple()
                            .addArrayOfString(fresh.stream()
                                    .map(row -> row.getString("swarm"))
                                    .toArray(String[]::new))
                            .addArrayOfLong(fresh.stream()
                                    .map(row -> row.getLong("waiting"))
                                    .toArray(Long[]::new))
                            .addArrayOfLong(fresh.stream()
                                    .map(row -> row.getLong("seq"))
                                    .toArray(Long[]::new))));
        }
    }
}
