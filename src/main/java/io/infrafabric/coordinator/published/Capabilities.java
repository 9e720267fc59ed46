package io.infrafabric.coordinator.published;

import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.session.Match.Outcomes;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.session.SessionTable;
import io.infrafabric.coordinator.task.TaskRow;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What sessions can do, have done, and must do: what other functions need to choose among them. It holds its SQL itself
 * and opens no transaction.
 */
@ApplicationScoped
public class Capabilities {
    // Leases of a session are counted in the statement after the one that locks it.
    private static final String ABILITIES = """
            SELECT s.*, now() AS now, %s::int AS leases FROM coordinator_session s WHERE
            """.formatted(TaskRow.leases("s.id"));

    /** A session, its number of leases, and the outcomes of its work by domain. */
    public record Abilities(Session session, int leases, Map<String, Outcomes> outcomes) {}

    /** All of a swarm's sessions, and the database's time. */
    public record Crew(List<Abilities> all, Instant now) {}

    /** What a task needs. */
    public record TaskNeeds(String swarm, String holder, List<String> domains, List<String> tools) {}

    private final CoordinatorConfig config;

    public Capabilities(CoordinatorConfig config) {
        this.config = config;
    }

    /** Age at which an outcome counts half. */
    public Duration halfLife() {
        return config.outcomeHalfLife();
    }

    /** The sessions of a swarm that have not left. */
    public Uni<Crew> crew(SqlClient client, String swarm) {
        Uni<RowSet<Row>> sessions = client.preparedQuery(
                        ABILITIES + "s.swarm = $1 AND " + SessionTable.stillEnrolled("s") + " ORDER BY s.id")
                .execute(Tuple.of(swarm));
        Uni<RowSet<Row>> outcomes = client.preparedQuery("SELECT o.* FROM coordinator_session s"
                        + " JOIN coordinator_outcome o ON o.session = s.id WHERE s.swarm = $1 AND "
                        + SessionTable.stillEnrolled("s"))
                .execute(Tuple.of(swarm));
        return Rows.together(sessions, outcomes).with((rows, done) -> {
            Map<String, Map<String, Outcomes>> known = outcomes(done);
            return new Crew(
                    Rows.all(rows, row -> abilities(row, known.getOrDefault(row.getString("id"), Map.of()))),
                    rows.size() == 0
                            ? Instant.EPOCH
                            : Rows.instant(rows.iterator().next(), "now"));
        });
    }

    /** Locks sessions, and gives them by id, without their outcomes. */
    public Lock<Locks.Sessions, Map<String, Abilities>> lock(Work work, Collection<String> ids) {
        if (ids.isEmpty()) {
            return Lock.of(Uni.createFrom().item(Map.of()));
        }
        SqlConnection connection = work.connection();
        Tuple these = Tuple.of(ids.toArray(String[]::new));
        Uni<RowSet<Row>> locked = connection
                .preparedQuery("SELECT id FROM coordinator_session WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE")
                .execute(these);
        Uni<RowSet<Row>> read =
                connection.preparedQuery(ABILITIES + "s.id = ANY($1)").execute(these);
        return Lock.of(work.inOrder(locked, read).with((none, rows) -> {
            Map<String, Abilities> byId = new HashMap<>();
            rows.forEach(row -> byId.put(row.getString("id"), abilities(row, Map.of())));
            return byId;
        }));
    }

    /** Whether the session is live in this swarm, and still in this enrolment (0 for any). */
    public Uni<Boolean> isLive(SqlClient client, String session, String swarm, long enrolment) {
        return client.preparedQuery("SELECT 1 FROM coordinator_session WHERE id = $1 AND swarm = $2 AND state = 'LIVE'"
                        + " AND $3::bigint IN (0, enrolment)")
                .execute(Tuple.of(session, swarm, enrolment))
                .map(rows -> rows.size() > 0);
    }

    /** The swarms of those of the sessions that are enrolled and have not left, by id. */
    public Uni<Map<String, String>> swarms(SqlClient client, Collection<String> sessions) {
        return client.preparedQuery("SELECT s.id, s.swarm FROM coordinator_session s WHERE s.id = ANY($1) AND "
                        + SessionTable.stillEnrolled("s"))
                .execute(Tuple.of(sessions.toArray(String[]::new)))
                .map(rows -> {
                    Map<String, String> swarms = new HashMap<>();
                    rows.forEach(row -> swarms.put(row.getString("id"), row.getString("swarm")));
                    return swarms;
                });
    }

    /** The needs of the task; {@code null} if it does not exist. */
    public Uni<TaskNeeds> needs(SqlClient client, String task) {
        return client.preparedQuery("SELECT swarm, holder, domains, tools FROM coordinator_task WHERE id = $1")
                .execute(Tuple.of(task))
                .map(rows -> rows.size() == 0 ? null : needs(rows.iterator().next()));
    }

    private static TaskNeeds needs(Row row) {
        return new TaskNeeds(
                row.getString("swarm"),
                row.getString("holder"),
                List.of(row.getArrayOfStrings("domains")),
                List.of(row.getArrayOfStrings("tools")));
    }

    private static Abilities abilities(Row row, Map<String, Outcomes> outcomes) {
        return new Abilities(SessionTable.session(row), row.getInteger("leases"), outcomes);
    }

    private static Map<String, Map<String, Outcomes>> outcomes(RowSet<Row> rows) {
        Map<String, Map<String, Outcomes>> outcomes = new HashMap<>();
        rows.forEach(row -> outcomes.computeIfAbsent(row.getString("session"), ignored -> new HashMap<>())
                .put(
                        row.getString("domain"),
                        new Outcomes(row.getDouble("successes"), row.getDouble("total"), Rows.instant(row, "at"))));
        return outcomes;
    }
}
