package io.infrafabric.door;

import io.quarkus.arc.DefaultBean;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Optional;

/** The sessions as they stand in the database, for tests of the door alone. */
@ApplicationScoped
@DefaultBean
class EnrolledSessions implements Sessions {

    @Inject
    Pool pool;

    @Override
    public Uni<Optional<String>> swarmOf(String session) {
        return pool.preparedQuery("SELECT swarm FROM coordinator_session WHERE id = $1 AND state <> 'LEFT'")
                .execute(Tuple.of(session))
                .map(rows -> {
                    var row = rows.iterator();
                    return row.hasNext() ? Optional.of(row.next().getString("swarm")) : Optional.empty();
                });
    }
}
