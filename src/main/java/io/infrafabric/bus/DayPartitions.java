package io.infrafabric.bus;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;

/**
 * Partitions by day, made in advance and dropped when they are old. A day is a UTC day, by the database's clock. The schema
 * names the days that there are ({@code x_day}), and has functions that make and drop one ({@code x_make_day}, {@code
 * x_drop_day}).
 */
public final class DayPartitions {
    /** Making and dropping partitions locks the whole table: better later than queued behind a long transaction. */
    private static final String DO_NOT_WAIT = "SET LOCAL lock_timeout = '2s'";

    private final Pool pool;
    private final String make;
    private final String old;
    private final String drop;

    /** @param name what the names in the schema begin with */
    public DayPartitions(Pool pool, String name) {
        this.pool = pool;
        this.make = "SELECT " + name + "_make_day((now() AT TIME ZONE 'UTC')::date + ahead)"
                + " FROM generate_series(-1, $1::int) AS ahead";
        this.old =
                "SELECT day FROM " + name + "_day WHERE day < (now() AT TIME ZONE 'UTC')::date - $1::int ORDER BY day";
        this.drop = "SELECT " + name + "_drop_day($1)";
    }

    /** Makes those from yesterday (for a process whose clock is behind) up to so many days ahead. */
    public Future<Void> make(int ahead) {
        return atOnce(make, Tuple.of(ahead)).mapEmpty();
    }

    /** Those that are older than so many days, the oldest first. */
    public Future<List<LocalDate>> olderThan(int days) {
        return pool.preparedQuery(old).execute(Tuple.of(days)).map(rows -> {
            List<LocalDate> found = new ArrayList<>();
            rows.forEach(row -> found.add(row.getLocalDate(0)));
            return found;
        });
    }

    /** Drops one; gives what the function answers. */
    public Future<Row> drop(LocalDate day) {
        return atOnce(drop, Tuple.of(day)).map(rows -> rows.iterator().next());
    }

    private Future<RowSet<Row>> atOnce(String sql, Tuple values) {
        return pool.withTransaction(connection -> connection
                .query(DO_NOT_WAIT)
                .execute()
                .compose(set -> connection.preparedQuery(sql).execute(values)));
    }
}
