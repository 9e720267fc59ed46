package io.infrafabric.coordinator.session;

import io.infrafabric.bus.NewestFirst;
import io.infrafabric.bus.Rows;
import io.infrafabric.coordinator.session.Session.State;
import io.infrafabric.coordinator.session.SessionTable.Held;
import io.infrafabric.coordinator.session.SessionTable.Load;
import io.infrafabric.coordinator.task.TaskPageTable;
import io.infrafabric.coordinator.task.TaskRow;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Sessions as lists and overviews show them. */
@ApplicationScoped
public class SessionPageTable {
    /** The queue of a session is counted up to here. */
    static final int MOST_COUNTED = 10_000;

    private static final String LEASES = "SELECT t.id, t.holder, t.epoch, t.lease_until FROM coordinator_task t"
            + " WHERE " + TaskRow.heldBy("t", "ANY($1)") + " ORDER BY t.id";

    private static final String QUEUED = """
            SELECT s.id, (SELECT count(*)::int FROM (
                     SELECT FROM coordinator_task t WHERE t.state = 'QUEUED' AND t.assignee = s.id LIMIT $2) counted) AS n
              FROM unnest($1::text[]) s(id)
            """;

    // In this order only one index fits: see NewestFirst.
    private static final String COUNTS = """
            SELECT s.state, (SELECT count(*) FROM (
                     SELECT FROM coordinator_session c
                      WHERE (c.swarm, c.state) >= ($1, s.state) AND (c.swarm, c.state) <= ($1, s.state)
                      ORDER BY c.swarm, c.state LIMIT $3) counted) AS n
              FROM unnest($2::text[]) s(state)
            """;

    /** One page, newest first, of those enrolled before {@code before} (and with a smaller id at the same instant). */
    public Uni<List<Session>> page(
            SqlClient client, String swarm, State state, Instant before, String beforeId, int limit) {
        NewestFirst page = NewestFirst.by("created_at", "id")
                .only("swarm", swarm)
                .only("state", state == null ? null : state.name())
                .before(Rows.at(before), beforeId);
        Tuple values = Tuple.tuple();
        String sql = "SELECT * FROM coordinator_session WHERE " + page.condition(values) + page.order();
        return client.preparedQuery(sql + " LIMIT $" + values.addInteger(limit).size())
                .execute(values)
                .map(rows -> Rows.all(rows, SessionTable::session));
    }

    /**
     * The leases of each of these sessions, and the number of queued tasks for it alone, counted up to
     * {@link #MOST_COUNTED}.
     */
    public Uni<Map<String, Load>> loads(SqlClient client, Collection<String> ids) {
        String[] all = ids.toArray(String[]::new);
        return Rows.together(
                        client.preparedQuery(LEASES).execute(Tuple.of((Object) all)),
                        client.preparedQuery(QUEUED).execute(Tuple.of(all, MOST_COUNTED)))
                .with((held, waiting) -> {
                    Map<String, List<Held>> leases = new HashMap<>();
                    for (Row row : held) {
                        leases.computeIfAbsent(row.getString("holder"), ignored -> new ArrayList<>())
                                .add(new Held(
                                        row.getString("id"), row.getLong("epoch"), Rows.instant(row, "lease_until")));
                    }
                    Map<String, Load> loads = new HashMap<>();
                    for (Row row : waiting) {
                        String id = row.getString("id");
                        loads.put(id, new Load(leases.getOrDefault(id, List.of()), row.getInteger("n")));
                    }
                    return loads;
                });
    }

    /** The number of the swarm's sessions by state, each counted up to {@code most}; omits empty states. */
    public Uni<Map<String, Long>> counts(SqlClient client, String swarm, int most) {
        String[] states = Arrays.stream(State.values()).map(State::name).toArray(String[]::new);
        return client.preparedQuery(COUNTS)
                .execute(Tuple.of(swarm, states, most))
                .map(TaskPageTable::counted);
    }
}
