package io.infrafabric.coordinator.session;

import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.session.Match.Outcomes;
import io.infrafabric.event.CoordinatorEvent.TaskCompleted;
import io.infrafabric.event.CoordinatorEvent.TaskFailed;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.Event;
import io.infrafabric.event.RescueEvent.HelpRated;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * Outcomes of sessions by domain, from which {@link Match} computes {@code recentSuccess}. They are added in the
 * transaction that ends the claim: an outcome counts if and only if its change is committed.
 *
 * <p>Several tasks of one session may end in transactions that share no lock, so two of them may meet at one row here.
 * Nobody waits in a circle: all outcomes of a transaction are one statement, in the order of the key, sent when the
 * transaction has all other locks that it needs ({@link Work#last}).
 */
@ApplicationScoped
public class OutcomeTable implements Work.Last {
    // The same sum as Match.Outcomes.and: the older value is brought to the time of the newer.
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
    private record Outcome(String session, List<String> domains, boolean success, Instant at) {}

    private record Key(String session, String domain) {}

    private final CoordinatorConfig config;

    public OutcomeTable(CoordinatorConfig config) {
        this.config = config;
    }

    /** Adds this transaction's successes and failures; their order does not matter. */
    @Override
    public Uni<?> write(Work work) {
        Map<Key, Outcomes> sums = new HashMap<>();
        for (Envelope told : work.emitted()) {
            Outcome outcome = outcome(told);
            if (outcome == null) {
                continue;
            }
            for (String domain : new HashSet<>(outcome.domains())) {
                Key key = new Key(outcome.session(), domain);
                Outcomes before = sums.getOrDefault(key, Outcomes.NONE);
                sums.put(key, before.and(outcome.success(), outcome.at(), config.outcomeHalfLife()));
            }
        }
        if (sums.isEmpty()) {
            return null;
        }
        List<Map.Entry<Key, Outcomes>> rows = List.copyOf(sums.entrySet());
        return work.connection().preparedQuery(ADD).execute(Tuple.from(new Object[] {
            Rows.column(rows, row -> row.getKey().session(), String[]::new),
            Rows.column(rows, row -> row.getKey().domain(), String[]::new),
            Rows.column(rows, row -> row.getValue().successes(), Double[]::new),
            Rows.column(rows, row -> row.getValue().total(), Double[]::new),
            Rows.column(rows, row -> Rows.at(row.getValue().at()), OffsetDateTime[]::new),
            (double) config.outcomeHalfLife().toSeconds()
        }));
    }

    private static Outcome outcome(Envelope told) {
        Event event = told.event();
        if (event instanceof TaskCompleted done) {
            return new Outcome(done.session(), done.domains(), true, told.time());
        } else if (event instanceof TaskFailed failed) {
            return new Outcome(failed.session(), failed.domains(), false, told.time());
        } else if (event instanceof HelpRated rated) {
            return new Outcome(rated.session(), rated.domains(), rated.helped(), rated.at());
        }
        return null;
    }
}
