package io.infrafabric.escalation;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;

/**
 * What other functions ask about cases. In plain SQL, apart from {@link CaseStore}: their builds start without Hibernate.
 */
@ApplicationScoped
public class OpenCaseStore {
    private static final String COUNT =
            "SELECT count(*) AS open FROM escalation_case WHERE swarm = $1 AND state IN ('OPEN', 'ACKNOWLEDGED')";

    /** How many cases of the swarm wait for a human's decision, whether or not somebody has seen them. */
    public Uni<Long> count(SqlClient client, String swarm) {
        return client.preparedQuery(COUNT)
                .execute(Tuple.of(swarm))
                .map(rows -> rows.iterator().next().getLong("open"));
    }
}
