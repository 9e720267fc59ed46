package io.infrafabric.deadlock;

import io.infrafabric.bus.NewestFirst;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The history of ended deadlocks. */
@ApplicationScoped
class DeadlockTable {

    /** What triggered the search. */
    enum FoundBy {
        /** A session reported a wait. */
        EDGE,
        /** A task changed hands, or something ended. */
        EVENT,
        /** The check of the whole graph: the change itself was missed. */
        SWEEP
    }

    /** An ended deadlock. */
    record Deadlock(
            String id,
            String swarm,
            Instant at,
            String victim,
            List<String> cycle,
            List<String> members,
            List<String> endedWaits,
            List<String> released,
            String why,
            FoundBy foundBy) {}

    private static final String KEEP = "INSERT INTO deadlock_history"
            + " (id, swarm, victim, cycle, members, ended, released, why, found_by)"
            + " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    /** Keeps an ended deadlock. */
    void keep(Work work, UUID id, Deadlock deadlock) {
        work.alongside(work.connection().preparedQuery(KEEP).execute(Tuple.from(new Object[] {
            id,
            deadlock.swarm(),
            deadlock.victim(),
            deadlock.cycle().toArray(String[]::new),
            deadlock.members().toArray(String[]::new),
            deadlock.endedWaits().toArray(String[]::new),
            deadlock.released().toArray(String[]::new),
            deadlock.why(),
            deadlock.foundBy().name()
        })));
    }

    /** When each of the sessions was last preempted; omits sessions that never were. */
    Uni<Map<String, Instant>> preempted(SqlClient client, Set<String> sessions) {
        return client.preparedQuery(
                        "SELECT victim, max(at) AS at FROM deadlock_history WHERE victim = ANY($1) GROUP BY victim")
                .execute(Tuple.of(sessions.toArray(String[]::new)))
                .map(rows -> {
                    Map<String, Instant> at = new HashMap<>();
                    rows.forEach(row -> at.put(row.getString("victim"), Rows.instant(row, "at")));
                    return at;
                });
    }

    /** One page, newest first, of those before {@code before} (and with a smaller id at the same instant). */
    Uni<List<Deadlock>> page(SqlClient client, String swarm, Instant before, UUID beforeId, int limit) {
        NewestFirst page = NewestFirst.by("at", "id").only("swarm", swarm).before(Rows.at(before), beforeId);
        Tuple values = Tuple.tuple();
        String sql = "SELECT * FROM deadlock_history WHERE " + page.condition(values) + page.order();
        return client.preparedQuery(sql + " LIMIT $" + values.addInteger(limit).size())
                .execute(values)
                .map(rows -> Rows.all(rows, DeadlockTable::deadlock));
    }

    private static Deadlock deadlock(Row row) {
        return new Deadlock(
                row.getUUID("id").toString(),
                row.getString("swarm"),
                Rows.instant(row, "at"),
                row.getString("victim"),
                List.of(row.getArrayOfStrings("cycle")),
                List.of(row.getArrayOfStrings("members")),
                List.of(row.getArrayOfStrings("ended")),
                List.of(row.getArrayOfStrings("released")),
                row.getString("why"),
                FoundBy.valueOf(row.getString("found_by")));
    }
}
