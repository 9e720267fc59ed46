package io.infrafabric.coordinator.claim;

import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.claim.Claiming.Decision;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.List;

/** Writes granted leases to their tasks, with the history. */
public final class GrantTable {
    // The guard: of all claimants, the one whose statement finds the task QUEUED gets it. Nobody else's row is
    // affected.
    private static final String GRANT = """
            WITH granted AS (
              UPDATE coordinator_task t
                 SET state = 'CLAIMED', dormant = false, holder = i.session, lease_until = now() + i.millis * interval '1 millisecond',
                     epoch = t.epoch + 1, version = t.version + 1, changed_at = now(),
                     attempts = t.attempts + i.counts::int, reclaims = CASE WHEN i.again THEN t.reclaims + 1 ELSE 0 END
                FROM unnest($1::text[], $2::text[], $3::bigint[], $4::boolean[], $5::boolean[])
                  AS i(id, session, millis, again, counts)
               WHERE t.id = i.id
                 AND CASE WHEN i.again THEN t.state = 'CLAIMED' AND t.holder = i.session
                          ELSE t.state = 'QUEUED' AND (t.assignee IS NULL OR t.assignee = i.session) END
              RETURNING t.id, t.epoch, t.version, t.holder, t.attempts, i.again),
            history AS (
              INSERT INTO coordinator_history (task, version, what, by, session, state, epoch, ended, attempts)
              SELECT id, version, 'claimed', holder, holder, 'CLAIMED', epoch, CASE WHEN again THEN epoch - 1 END, attempts
                FROM granted)
            """;

    /** For tasks under lock, of which each is granted: nobody waits for the answer, and one too few is an error. */
    private static final String GRANT_ALL = GRANT + "SELECT 1 / (count(*) = $6)::int FROM granted";

    private GrantTable() {}

    /** Grants locked tasks, along with the transaction's other writes. */
    public static void grantAll(Work work, List<Decision.Grant> grants) {
        work.alongside(
                work.connection().preparedQuery(GRANT_ALL).execute(row(grants).addInteger(grants.size())));
        for (Decision.Grant grant : grants) {
            LeaseTable.keep(work, grant.claim(), grant.task().id());
        }
    }

    private static Tuple row(List<Decision.Grant> grants) {
        return Tuple.of(
                Rows.column(grants, g -> g.task().id(), String[]::new),
                Rows.column(grants, g -> g.claim().session(), String[]::new),
                Rows.column(grants, g -> g.claim().lease().toMillis(), Long[]::new),
                Rows.column(grants, Decision.Grant::again, Boolean[]::new),
                Rows.column(grants, Decision.Grant::counts, Boolean[]::new));
    }
}
