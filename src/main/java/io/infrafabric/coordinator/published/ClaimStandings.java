package io.infrafabric.coordinator.published;

import io.infrafabric.chassis.credential.ClaimEpochs;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;

/** How claims stand, for things that end with them. It opens no transaction. */
@ApplicationScoped
public class ClaimStandings implements ClaimEpochs {
    private static final String FIND = "SELECT t.swarm, t.state, t.holder, t.epoch, s.state = 'LIVE' AS live"
            + " FROM coordinator_task t LEFT JOIN coordinator_session s ON s.id = t.holder WHERE t.id = $1";

    @Override
    public Uni<Standing> of(SqlClient client, String task) {
        return client.preparedQuery(FIND)
                .execute(Tuple.of(task))
                .map(rows -> rows.size() == 0 ? null : standing(rows.iterator().next()));
    }

    private static Standing standing(Row row) {
        return new Standing(
                row.getString("swarm"),
                row.getString("state"),
                row.getString("holder"),
                Boolean.TRUE.equals(row.getBoolean("live")),
                row.getLong("epoch"));
    }
}
