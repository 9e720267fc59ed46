package io.infrafabric.coordinator;

import io.infrafabric.coordinator.Match.Outcomes;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/** Outcomes of sessions by domain, from which {@link Match} works out {@code recentSuccess}. */
@ApplicationScoped
public class OutcomeStore {
    // The same sum as Match.Outcomes.and: what is older is brought to the newer one's time. In the order of the key, so
    // that two transactions cannot wait for each other.
    private static final String ADD = """
            INSERT INTO coordinator_outcome AS o (session, domain, successes, total, at)
            SELECT * FROM unnest($1::text[], $2::text[], $3::float8[], $4::float8[], $5::timestamptz[])
                       AS i (session, domain, successes, total, at) ORDER BY session, domain
            ON CONFLICT (session, domain) DO UPDATE
               SET successes = o.successes * power(0.5, greatest(0, extract(epoch FROM excluded.at - o.at)) / $6)
                             + excluded.successes * power(0.5, greatest(0, extract(epoch FROM o.at - excluded.at)) / $6),
                   total = o.total * power(0.5, greatest(0, extract(epoch FROM excluded.at - o.at)) / $6)
                         + excluded.total * power(0.5, greatest(0, extract(epoch FROM o.at - excluded.at)) / $6),
                   at = greatest(o.at, excluded.at)
            """;

    /** How a session's work on a task of these domains ended. */
    record Outcome(String session, List<String> domains, boolean success, Instant at) {}

    private record Key(String session, String domain) {}

    private final CoordinatorConfig config;

    public OutcomeStore(CoordinatorConfig config) {
        this.config = config;
    }

    /** Adds outcomes; the order in which they are added does not matter. */
    Uni<Void> add(SqlConnection connection, List<Outcome> outcomes) {
        Map<Key, Outcomes> sums = new HashMap<>();
        for (Outcome outcome : outcomes) {
            for (String domain : new HashSet<>(outcome.domains())) {
                Key key = new Key(outcome.session(), domain);
                Outcomes before = sums.getOrDefault(key, Outcomes.NONE);
                sums.put(key, before.and(outcome.success(), outcome.at(), config.outcomeHalfLife()));
            }
        }
        if (sums.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        List<Map.Entry<Key, Outcomes>> rows = List.copyOf(sums.entrySet());
        return connection
                .preparedQuery(ADD)
                .execute(Tuple.from(new Object[] {
                    TaskRow.column(rows, row -> row.getKey().session(), String[]::new),
                    TaskRow.column(rows, row -> row.getKey().domain(), String[]::new),
                    TaskRow.column(rows, row -> row.getValue().successes(), Double[]::new),
                    TaskRow.column(rows, row -> row.getValue().total(), Double[]::new),
                    TaskRow.column(rows, row -> TaskRow.at(row.getValue().at()), OffsetDateTime[]::new),
                    (double) config.outcomeHalfLife().toSeconds()
                }))
                .replaceWithVoid();
    }
}
