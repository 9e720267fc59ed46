package io.infrafabric.coordinator.schedule;

import io.infrafabric.bus.Due;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.schedule.Schedule.Last;
import io.infrafabric.coordinator.schedule.Schedule.Overlap;
import io.infrafabric.coordinator.schedule.Schedule.Wish;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Schedules, and the due row that each has while it is not paused. */
@ApplicationScoped
public class ScheduleTable {
    /** Kind of due row: the schedule fires then. */
    public static final String DUE = Due.CALENDAR + "schedule:";

    private static final String COLUMNS =
            "name, swarm, cron, zone, task, overlap, missed, paused, next_at, newest, last_at,"
                    + " last_task, last_why, last_left_out, made_by, version, created_at, changed_at";

    private static final String LOCK =
            "SELECT " + COLUMNS + " FROM coordinator_schedule WHERE name = ANY($1) ORDER BY name FOR NO KEY UPDATE";

    private static final String ADD =
            "INSERT INTO coordinator_schedule (name, swarm, cron, zone, task, overlap, missed,"
                    + " paused, next_at, made_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
                    + " ON CONFLICT (name) DO NOTHING RETURNING " + COLUMNS;

    private static final String CHANGE = "UPDATE coordinator_schedule SET swarm = $2, cron = $3, zone = $4, task = $5,"
            + " overlap = $6, missed = $7, paused = $8, next_at = $9, made_by = $10, version = version + 1,"
            + " changed_at = now() WHERE name = $1 RETURNING " + COLUMNS;

    private static final String FIRED = "UPDATE coordinator_schedule SET next_at = $2, newest = coalesce($3, newest),"
            + " last_at = $4, last_task = $5, last_why = $6, last_left_out = $7, version = version + 1"
            + " WHERE name = $1";

    private final Due due;

    ScheduleTable(Due due) {
        this.due = due;
    }

    /** Locks those of these schedules that exist. Whoever locks schedules does so before all else. */
    public static Lock<Locks.Turns, List<Schedule>> lock(Work work, Collection<String> names) {
        return Lock.of(work.connection()
                .preparedQuery(LOCK)
                .execute(Tuple.of((Object) new TreeSet<>(names).toArray(String[]::new)))
                .map(rows -> Rows.all(rows, ScheduleTable::schedule)));
    }

    /** Adds it; {@code null} if another transaction has added one of that name. */
    Uni<Schedule> add(Work work, Wish wish, Instant next, String by) {
        return put(work, ADD, wish, next, by);
    }

    /** Changes one that is under lock. */
    Uni<Schedule> change(Work work, Wish wish, Instant next, String by) {
        return put(work, CHANGE, wish, next, by);
    }

    private Uni<Schedule> put(Work work, String statement, Wish wish, Instant next, String by) {
        Tuple row = Tuple.tuple()
                .addString(wish.name())
                .addString(wish.swarm())
                .addString(wish.cron())
                .addString(wish.zone())
                .addString(wish.task())
                .addString(wish.overlap().name())
                .addString(wish.missed().name())
                .addBoolean(wish.paused())
                .addOffsetDateTime(Rows.at(next))
                .addString(by);
        return work.connection()
                .preparedQuery(statement)
                .execute(row)
                .map(ScheduleTable::first)
                .invoke(put -> {
                    if (put != null) {
                        fireAt(work, wish.name(), next);
                    }
                });
    }

    /** Writes what a firing of one that is under lock came to, and when it fires next. */
    void fired(Work work, String name, Last last, String newest, Instant next) {
        work.alongside(work.connection()
                .preparedQuery(FIRED)
                .execute(Tuple.tuple()
                        .addString(name)
                        .addOffsetDateTime(Rows.at(next))
                        .addString(newest)
                        .addOffsetDateTime(Rows.at(last.at()))
                        .addString(last.task())
                        .addString(last.why())
                        .addInteger(last.leftOut())));
        fireAt(work, name, next);
    }

    /** Has it come due then, or not at all. */
    void fireAt(Work work, String name, Instant next) {
        work.alongside(
                next == null
                        ? due.forget(work.connection(), "coordinator", List.of(DUE + name))
                        : due.at(work.connection(), "coordinator", Map.of(DUE + name, next)));
    }

    /** Removes it; whether it was there. */
    Uni<Boolean> remove(Work work, String name, String swarm) {
        return work.connection()
                .preparedQuery("DELETE FROM coordinator_schedule WHERE name = $1 AND swarm = $2")
                .execute(Tuple.of(name, swarm))
                .map(rows -> rows.rowCount() == 1)
                .invoke(removed -> {
                    if (removed) {
                        fireAt(work, name, null);
                    }
                });
    }

    /** The schedule, {@code null} if there is none. */
    public Uni<Schedule> find(SqlClient client, String name) {
        return client.preparedQuery("SELECT " + COLUMNS + " FROM coordinator_schedule WHERE name = $1")
                .execute(Tuple.of(name))
                .map(ScheduleTable::first);
    }

    /** One page, newest first; of all swarms where {@code swarm} is {@code null}. */
    public Uni<List<Schedule>> page(SqlClient client, String swarm, Instant before, String beforeName, int limit) {
        String condition = swarm == null ? " AND $3::text IS NULL" : " AND swarm = $3";
        return client.preparedQuery("SELECT " + COLUMNS
                        + " FROM coordinator_schedule WHERE (created_at, name) < ($1, $2)" + condition
                        + " ORDER BY created_at DESC, name DESC LIMIT $4")
                .execute(Tuple.of(Rows.at(before), beforeName, swarm, limit))
                .map(rows -> Rows.all(rows, ScheduleTable::schedule));
    }

    private static Schedule first(RowSet<Row> rows) {
        return rows.size() == 0 ? null : schedule(rows.iterator().next());
    }

    private static Schedule schedule(Row row) {
        Instant next = Rows.instant(row, "next_at");
        return new Schedule(
                row.getString("name"),
                row.getString("swarm"),
                row.getString("cron"),
                row.getString("zone"),
                row.getString("task"),
                Overlap.valueOf(row.getString("overlap")),
                Schedule.Missed.valueOf(row.getString("missed")),
                row.getBoolean("paused"),
                next == null ? List.of() : List.of(next),
                last(row),
                row.getString("newest"),
                row.getString("made_by"),
                row.getLong("version"),
                Rows.instant(row, "created_at"),
                Rows.instant(row, "changed_at"));
    }

    private static Last last(Row row) {
        Instant at = Rows.instant(row, "last_at");
        String task = row.getString("last_task");
        return at == null
                ? null
                : new Last(at, task, task == null, row.getString("last_why"), row.getInteger("last_left_out"));
    }
}
