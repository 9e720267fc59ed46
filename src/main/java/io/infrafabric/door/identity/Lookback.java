package io.infrafabric.door.identity;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.function.Consumer;

/**
 * Reads what changed in a table since the last look. A change becomes visible at its commit, later than its timestamp.
 * So each look reaches back to a minute before the last one: it misses no change and sees some twice. A look that fails
 * or takes too long changes nothing: the next one starts from the same time.
 */
final class Lookback {
    private static final int BACK_SECONDS = 60;

    private static final String READ = "SELECT clock.at AS read_at, t.%1$s AS changed_at, %2$s"
            + " FROM (SELECT now() AS at) clock LEFT JOIN %3$s t ON t.%1$s > coalesce($1::timestamptz - make_interval(secs => "
            + BACK_SECONDS + "), clock.at - make_interval(secs => $2), '-infinity')";

    private final Pool pool;
    private final String read;
    private final Duration reach;
    private final Duration patience;
    private final Consumer<Row> changed;
    private volatile OffsetDateTime readAt;

    /**
     * Reads nothing yet.
     *
     * @param table SQL: its name, and the column with the time of a row's last change
     * @param columns SQL: what to read of each row, from columns of {@code t}
     * @param reach how far back the first look goes; {@code null} for everything
     * @param patience how long a look may take
     * @param changed gets each row, some of them more than once
     */
    Lookback(Pool pool, Table table, String columns, Duration reach, Duration patience, Consumer<Row> changed) {
        this.pool = pool;
        this.read = READ.formatted(table.changed(), columns, table.name());
        this.reach = reach;
        this.patience = patience;
        this.changed = changed;
    }

    /** A table whose rows say when they last changed. */
    record Table(String name, String changed) {}

    /** Whether a look has succeeded since the start. */
    boolean hasLooked() {
        return readAt != null;
    }

    /** Looks again. */
    Uni<Void> look() {
        return pool.preparedQuery(read)
                .execute(Tuple.of(readAt, reach == null ? null : (double) reach.toSeconds()))
                .ifNoItem()
                .after(patience)
                .fail()
                .invoke(this::take)
                .replaceWithVoid();
    }

    private void take(RowSet<Row> rows) {
        OffsetDateTime at = null;
        for (Row row : rows) {
            at = row.getOffsetDateTime("read_at");
            if (row.getOffsetDateTime("changed_at") != null) {
                changed.accept(row);
            }
        }
        readAt = at;
    }
}
