package io.infrafabric.coordinator.claim;

import io.infrafabric.bus.Deadlines;
import io.infrafabric.bus.Due;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.claim.Claiming.Claim;
import io.infrafabric.coordinator.session.SessionTable;
import io.infrafabric.coordinator.session.SessionTable.Held;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.TaskRow;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Leases: the columns of a task that say who holds it, under which epoch and until when. */
@ApplicationScoped
@Priority(Deadlines.TASKS)
public class LeaseTable implements Deadlines {
    /** A lease that its holder names. */
    public record Lease(String task, long epoch) {}

    /** A lease as read without a lock. */
    public record Standing(String holder, Instant until, boolean over) {}

    // The guard: only the holder, and only under the epoch of its own grant.
    private static final String RENEW = """
            UPDATE coordinator_task t SET lease_until = now() + $3 * interval '1 millisecond'
              FROM unnest($1::text[], $2::bigint[]) AS i(id, epoch)
             WHERE t.id = i.id AND t.epoch = i.epoch AND t.state = 'CLAIMED' AND %s
            RETURNING%s""".formatted(TaskRow.heldBy("t", "$4"), TaskRow.COLUMNS);

    // In the order of their ids (see Locks).
    private static final String MOVE = """
            WITH held AS (
              SELECT id FROM coordinator_task WHERE state = 'CLAIMED' AND lease_until > $2::timestamptz
               ORDER BY id FOR NO KEY UPDATE)
            UPDATE coordinator_task t
               SET lease_until = t.lease_until + $1 * interval '1 millisecond',
                   keep_until = t.keep_until + $1 * interval '1 millisecond'
              FROM held WHERE t.id = held.id
            """;

    /** For how long after its grant a lease is kept at most. */
    private static final String LONGEST_KEPT = "interval '24 hours'";

    // Another grant has another epoch, and is not kept by this.
    private static final String KEEP = "UPDATE coordinator_task SET keep_epoch = epoch, keep_until = now() + "
            + LONGEST_KEPT + ", keep_millis = $3 WHERE id = $1 AND holder = $2 AND state = 'CLAIMED'";

    // Written only after a tenth of the lease, because sessions call often. Locked rows wait for the next call.
    private static final String RENEW_KEPT = """
            WITH kept AS (
              SELECT id, least(now() + keep_millis * interval '1 millisecond', keep_until) AS until
                FROM coordinator_task
               WHERE holder = ANY($1) AND holder IS NOT NULL AND keep_epoch IS NOT NULL AND keep_epoch = epoch
                 AND state = 'CLAIMED' AND lease_until > now()
                 AND lease_until < least(now() + keep_millis * interval '0.9 milliseconds', keep_until)
               ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
            UPDATE coordinator_task t SET lease_until = kept.until FROM kept WHERE t.id = kept.id
            """;

    private final Due due;

    LeaseTable(Due due) {
        this.due = due;
    }

    /** Renews leases of one session from now on; leases missing from the answer are lost. */
    public Uni<List<Task>> renew(Work work, String session, List<Lease> leases, Duration lease) {
        if (leases.isEmpty()) {
            return Uni.createFrom().item(List.of());
        }
        String[] ids = Rows.column(leases, Lease::task, String[]::new);
        // Locked in the order of ids first, because the update follows no order.
        Uni<RowSet<Row>> locked = work.connection()
                .preparedQuery("SELECT id FROM coordinator_task WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE")
                .execute(Tuple.of(ids));
        Uni<RowSet<Row>> renewed = work.connection()
                .preparedQuery(RENEW)
                .execute(Tuple.of(ids, Rows.column(leases, Lease::epoch, Long[]::new), lease.toMillis(), session));
        return work.inOrder(locked, renewed).asTuple().chain(both -> {
            List<Task> held = Rows.all(both.getItem2(), TaskRow::task);
            Map<String, Instant> ends = new HashMap<>();
            held.forEach(task -> ends.put(task.id(), task.leaseExpiresAt()));
            return expect(work, ends).replaceWith(held);
        });
    }

    /** Has every call of the holder renew the lease that this claim was just granted, if it asks for that. */
    public static void keep(Work work, Claim claim, String task) {
        if (claim.keep()) {
            work.alongside(work.connection()
                    .preparedQuery(KEEP)
                    .execute(Tuple.of(task, claim.session(), claim.lease().toMillis())));
        }
    }

    /**
     * Renews the kept leases of sessions that are heard. The look at the former end stays: it finds that the lease goes on.
     */
    public static Uni<Void> renewKept(Work work, Collection<String> sessions) {
        return work.connection()
                .preparedQuery(RENEW_KEPT)
                .execute(Tuple.of((Object) sessions.toArray(String[]::new)))
                .replaceWithVoid();
    }

    /** Schedules a look at leases for when they end, by task. */
    public Uni<Void> expect(Work work, Map<String, Instant> ends) {
        Map<String, Instant> rows = new HashMap<>();
        ends.forEach((task, end) -> rows.put("lease:" + task, end));
        return due.at(work.connection(), "coordinator", rows);
    }

    /** All leases of the session. */
    public static Uni<List<Held>> holding(Work work, String session) {
        return work.connection()
                .preparedQuery("SELECT coordinator_holding($1)")
                .execute(Tuple.of(session))
                .map(rows -> SessionTable.held(rows.iterator().next().getString(0)));
    }

    /** The holders of these tasks, without a lock: they may have changed by the time that locks are taken. */
    public static Uni<Set<String>> holders(Work work, Collection<String> tasks) {
        // Found by their ids alone: the index of held tasks keeps all that were held while an old snapshot is open.
        return work.connection()
                .preparedQuery("SELECT holder FROM coordinator_task WHERE id = ANY($1)")
                .execute(Tuple.of(tasks.toArray(String[]::new)))
                .map(rows -> Rows.all(rows, row -> row.getString(0)).stream()
                        .filter(Objects::nonNull)
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    /** When the claim of the task's epoch was granted; {@code null} if it has none. */
    public static Uni<Instant> granted(Work work, String task) {
        return work.connection()
                .preparedQuery("SELECT h.at FROM coordinator_history h JOIN coordinator_task t ON t.id = h.task"
                        + " AND t.epoch = h.epoch WHERE h.task = $1 AND h.what = 'claimed'")
                .execute(Tuple.of(task))
                .map(rows ->
                        rows.size() == 0 ? null : Rows.instant(rows.iterator().next(), "at"));
    }

    /** The lease of a task, without a lock; {@code null} if it has none. */
    public static Uni<Standing> standing(Work work, String task) {
        return work.connection()
                .preparedQuery("SELECT holder, lease_until, lease_until <= now() AS over FROM coordinator_task"
                        + " WHERE id = $1 AND state = 'CLAIMED'")
                .execute(Tuple.of(task))
                .map(rows -> rows.size() == 0 ? null : rows.iterator().next())
                .onItem()
                .ifNotNull()
                .transform(row -> new Standing(
                        row.getString("holder"), Rows.instant(row, "lease_until"), row.getBoolean("over")));
    }

    /** Leases continue where they were before the gap. */
    @Override
    public Uni<Void> extend(SqlConnection connection, Instant gapStart, Duration gap) {
        return connection
                .preparedQuery(MOVE)
                .execute(Tuple.of(gap.toMillis(), Rows.at(gapStart)))
                .replaceWithVoid();
    }
}
