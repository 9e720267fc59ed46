package io.infrafabric.coordinator.claim;

import io.infrafabric.bus.Rows;
import io.infrafabric.coordinator.task.TaskRow;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.List;

/** What is queued and fits a session: what it might claim, read without a lock. */
public final class ReadyTable {
    /** So many tasks that stand in lanes are compared with what the session can do. */
    private static final int MOST_COMPARED = 500;

    private static final String FITTING = """
            SELECT id FROM (
              (SELECT 0 AS own, q.id, q.priority, q.seq FROM coordinator_task q WHERE $own $order LIMIT $3)
              UNION ALL (SELECT 1, q.id, q.priority, q.seq FROM coordinator_task q WHERE $plain $order LIMIT $3)
              UNION ALL (SELECT 1, q.id, q.priority, q.seq FROM coordinator_task q WHERE $ripe $order LIMIT $3)
              UNION ALL (SELECT 1, q.id, q.priority, q.seq FROM (
                  SELECT * FROM coordinator_task q WHERE $laned $order LIMIT $4) q
                WHERE coalesce(q.requires, '{}') <@ (SELECT s.domains || s.tools FROM coordinator_session s WHERE s.id = $1)
                $order LIMIT $3)) fitting
             ORDER BY own, priority, seq LIMIT $3
            """.replace("$own", TaskRow.claimableAlone("q", "$1", "$2"))
            .replace("$plain", TaskRow.plainInSwarm("q", "$2"))
            .replace("$ripe", TaskRow.ripeInSwarm("q", "$2"))
            .replace("$laned", TaskRow.lanedInSwarm("q", "$2"))
            .replace("$order", TaskRow.CLAIMING_ORDER);

    private ReadyTable() {}

    /** The first tasks that are queued and that the session could do, its own before those of its swarm. */
    public static Uni<List<String>> fitting(SqlClient client, String session, String swarm, int most) {
        return client.preparedQuery(FITTING)
                .execute(Tuple.of(session, swarm, most, MOST_COMPARED))
                .map(rows -> Rows.all(rows, row -> row.getString("id")));
    }
}
