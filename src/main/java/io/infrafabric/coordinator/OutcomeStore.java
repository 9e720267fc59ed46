package io.infrafabric.coordinator;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;

/** Outcomes of sessions by domain, from which {@link Match} works out {@code recentSuccess}. */
@ApplicationScoped
public class OutcomeStore {
    // The same sum as Match.Outcomes.and: what is older is brought to the newer one's time.
    private static final String ADD = """
            INSERT INTO coordinator_outcome AS o (session, domain, successes, total, at)
            SELECT $1, d, $3, 1, $4 FROM unnest($2::text[]) AS d ORDER BY d
            ON CONFLICT (session, domain) DO UPDATE
               SET successes = o.successes * power(0.5, greatest(0, extract(epoch FROM excluded.at - o.at)) / $5)
                             + excluded.successes * power(0.5, greatest(0, extract(epoch FROM o.at - excluded.at)) / $5),
                   total = o.total * power(0.5, greatest(0, extract(epoch FROM excluded.at - o.at)) / $5)
                         + power(0.5, greatest(0, extract(epoch FROM o.at - excluded.at)) / $5),
                   at = greatest(o.at, excluded.at)
            """;

    private final CoordinatorConfig config;

    public OutcomeStore(CoordinatorConfig config) {
        this.config = config;
    }

    /** Adds one outcome; the order in which outcomes are added does not matter. */
    Uni<Void> add(SqlConnection connection, String session, List<String> domains, boolean success, Instant at) {
        return domains.isEmpty()
                ? Uni.createFrom().voidItem()
                : connection
                        .preparedQuery(ADD)
                        .execute(Tuple.of(
                                session,
                                domains.stream().distinct().toArray(String[]::new),
                                success ? 1.0 : 0.0,
                                TaskStore.at(at),
                                (double) config.outcomeHalfLife().toSeconds()))
                        .replaceWithVoid();
    }
}
