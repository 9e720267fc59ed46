package io.infrafabric.coordinator.claim;

import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/** Leases: the columns of a task that say who holds it, under which epoch and until when. */
public final class LeaseTable {
    private LeaseTable() {}

    /** Who holds these tasks. Nothing is locked: another may by the time that locks are taken. */
    public static Uni<Set<String>> holders(Work work, Collection<String> tasks) {
        return work.connection()
                .preparedQuery("SELECT holder FROM coordinator_task WHERE id = ANY($1) AND holder IS NOT NULL")
                .execute(Tuple.of(tasks.toArray(String[]::new)))
                .map(rows -> {
                    Set<String> holders = new TreeSet<>();
                    rows.forEach(row -> holders.add(row.getString(0)));
                    return holders;
                });
    }
}
