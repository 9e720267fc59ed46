package io.infrafabric.coordinator.task;

import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;

/** Writes what a task says of itself. The lane in which it stands follows by itself. */
public final class DescriptionTable {
    private static final String DESCRIBE = "UPDATE coordinator_task SET title = coalesce($2, title),"
            + " domains = coalesce($3, domains), labels = coalesce($4, labels) WHERE id = $1";

    private DescriptionTable() {}

    /** Writes the given parts of a task that is locked, and that changes its version in the same transaction. */
    public static Uni<Void> describe(Work work, String task, Description description) {
        return work.connection()
                .preparedQuery(DESCRIBE)
                .execute(Tuple.tuple()
                        .addString(task)
                        .addString(description.title())
                        .addArrayOfString(
                                description.domains() == null
                                        ? null
                                        : description.domains().toArray(String[]::new))
                        .addArrayOfString(
                                description.labels() == null
                                        ? null
                                        : TaskRow.labels(description.labels()).toArray(String[]::new)))
                .replaceWithVoid();
    }
}
