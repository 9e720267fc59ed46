package io.infrafabric.budget;

import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The swarms that an operator has paused: meanwhile their accounts grant no holds, but existing holds may be settled.
 * The coordinator, which pauses them, records it here in the same transaction.
 */
@ApplicationScoped
public class Pauses {
    private static final String PAUSE = "INSERT INTO budget_pause (account, reason) VALUES ($1, $2)"
            + " ON CONFLICT (account) DO UPDATE SET reason = excluded.reason";

    private static final String OF = "SELECT s.id, p.account, p.reason FROM budget_account s"
            + " JOIN budget_pause p ON p.account = ANY(s.path) WHERE s.id = ANY($1)";

    /** A paused swarm, and why. */
    public record Pause(String account, String reason) {}

    /** Stops holds in this swarm from the commit on. */
    public Uni<Void> pause(Work work, String swarm, String reason) {
        return work.connection()
                .preparedQuery(PAUSE)
                .execute(Tuple.of(Purses.accountOfSwarm(swarm), reason))
                .replaceWithVoid();
    }

    /** Makes holds possible again. */
    public Uni<Void> resume(Work work, String swarm) {
        return work.connection()
                .preparedQuery("DELETE FROM budget_pause WHERE account = $1")
                .execute(Tuple.of(Purses.accountOfSwarm(swarm)))
                .replaceWithVoid();
    }

    /** Those of these accounts that belong to a paused swarm, by id. */
    public Uni<Map<String, Pause>> of(Work work, Collection<String> accounts) {
        return work.connection()
                .preparedQuery(OF)
                .execute(Tuple.of(accounts.toArray(String[]::new)))
                .map(rows -> Rows.all(rows, row -> row).stream()
                        .collect(Collectors.toMap(
                                row -> row.getString("id"),
                                row -> new Pause(row.getString("account"), row.getString("reason")),
                                (one, other) -> one)));
    }
}
