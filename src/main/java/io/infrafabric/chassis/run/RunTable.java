package io.infrafabric.chassis.run;

import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.chassis.run.ModuleRun.Checked;
import io.infrafabric.chassis.run.ModuleRun.State;
import io.infrafabric.chassis.run.Ran.End;
import io.infrafabric.chassis.run.Sandbox.Bounds;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Instant;
import java.util.UUID;

/** Runs. */
public final class RunTable {
    private static final String COLUMNS = "id, module, sha256, by, swarm, clock, millis, fuel, memory_mb, output_bytes,"
            + " task, epoch, result_sha256, state, tries, lease_until, finished_at, exit_code, broken, why, stdout, stderr,"
            + " took_millis, took_fuel";

    private static final String UNFINISHED = "SELECT count(*) AS of_all, count(*) FILTER (WHERE by = $1) AS own"
            + " FROM chassis_run WHERE state <> 'FINISHED' AND task IS NULL";

    private static final String ADD =
            "INSERT INTO chassis_run (id, module, sha256, by, swarm, input, clock, millis, fuel,"
                    + " memory_mb, output_bytes, state) VALUES ($1, $2, $3, $4, $5, $6, coalesce($7, now()), $8, $9, $10, $11,"
                    + " 'QUEUED') RETURNING " + COLUMNS;

    private static final String ADD_CHECK =
            "INSERT INTO chassis_run (id, module, sha256, by, swarm, input, millis, fuel,"
                    + " memory_mb, output_bytes, task, epoch, result_sha256, state) VALUES ($1, '', $2, $3, $4, '', $5, $6, $7, $8,"
                    + " $9, $10, $11, 'QUEUED')"
                    + " ON CONFLICT (task, epoch, result_sha256) WHERE task IS NOT NULL DO NOTHING";

    private static final String BEGIN = "UPDATE chassis_run SET state = 'RUNNING', tries = tries + 1, lease_until = $2"
            + " WHERE id = $1 RETURNING " + COLUMNS;

    private static final String AGAIN = "UPDATE chassis_run SET state = 'QUEUED', lease_until = NULL WHERE id = $1";

    private static final String FINISH = "UPDATE chassis_run SET state = 'FINISHED', finished_at = now(), input = '',"
            + " lease_until = NULL, exit_code = $2, broken = $3, why = $4, stdout = $5, stderr = $6, took_millis = $7,"
            + " took_fuel = $8 WHERE id = $1";

    private static final String NEEDS =
            "SELECT EXISTS (SELECT FROM chassis_run WHERE state <> 'FINISHED' AND sha256 = $1)";

    private static final String TRAP = "TRAP";

    private RunTable() {}

    /** The proof that nobody else asks for a run until the transaction has ended. Only the lock makes it. */
    static final class Turn {
        private Turn() {}
    }

    /**
     * How many runs have not finished.
     *
     * @param own those of one caller
     */
    record Unfinished(long all, long own) {}

    /** Runs are asked for one at a time, so that nobody counts while another one adds. */
    static Lock<Locks.Turns, Turn> inTurn(Work work) {
        return Lock.inTurn(work, "chassis_run", Turn::new);
    }

    static Uni<Unfinished> unfinished(Work work, String by) {
        return work.connection()
                .preparedQuery(UNFINISHED)
                .execute(Tuple.of(by))
                .map(rows -> rows.iterator().next())
                .map(row -> new Unfinished(row.getLong("of_all"), row.getLong("own")));
    }

    /** Adds a run that somebody asked for; its clock is now where there is none. */
    static Uni<ModuleRun> add(Work work, Turn turn, ModuleRun run, byte[] input) {
        Tuple row = Tuple.tuple()
                .addUUID(run.id())
                .addString(run.module())
                .addString(run.sha256())
                .addString(run.by())
                .addString(run.swarm())
                .addBuffer(buffer(input))
                .addOffsetDateTime(Rows.at(run.clock()));
        return work.connection()
                .preparedQuery(ADD)
                .execute(bounds(row, run.bounds()))
                .map(rows -> run(rows.iterator().next()));
    }

    /** Adds a check, unless it is there. */
    static Uni<Void> addCheck(Work work, ModuleRun run) {
        Tuple row = Tuple.tuple()
                .addUUID(run.id())
                .addString(run.sha256())
                .addString(run.by())
                .addString(run.swarm());
        return work.connection()
                .preparedQuery(ADD_CHECK)
                .execute(bounds(row, run.bounds())
                        .addString(run.check().task())
                        .addLong(run.check().epoch())
                        .addString(run.check().resultSha256()))
                .replaceWithVoid();
    }

    private static Tuple bounds(Tuple row, Bounds bounds) {
        return row.addLong(bounds.millis())
                .addLong(bounds.fuel())
                .addInteger(bounds.memoryMb())
                .addInteger(bounds.outputBytes());
    }

    /** Locks the run; {@code null} if there is none. */
    static Lock<Locks.Decisions, ModuleRun> lock(Work work, UUID id) {
        return Lock.of(work.connection()
                .preparedQuery("SELECT " + COLUMNS + " FROM chassis_run WHERE id = $1 FOR UPDATE")
                .execute(Tuple.of(id))
                .map(RunTable::first));
    }

    /** The run; {@code null} if there is none. */
    static Uni<ModuleRun> find(SqlClient client, UUID id) {
        return client.preparedQuery("SELECT " + COLUMNS + " FROM chassis_run WHERE id = $1")
                .execute(Tuple.of(id))
                .map(RunTable::first);
    }

    static Uni<byte[]> input(SqlClient client, UUID id) {
        return client.preparedQuery("SELECT input FROM chassis_run WHERE id = $1")
                .execute(Tuple.of(id))
                .map(rows -> rows.iterator().next().getBuffer(0).getBytes());
    }

    /** Begins a run that is under lock. */
    static Uni<ModuleRun> begin(Work work, UUID id, Instant leaseUntil) {
        return work.connection()
                .preparedQuery(BEGIN)
                .execute(Tuple.of(id, Rows.at(leaseUntil)))
                .map(RunTable::first);
    }

    /** Has a run that is under lock begun again. */
    static Uni<Void> again(Work work, UUID id) {
        return work.connection().preparedQuery(AGAIN).execute(Tuple.of(id)).replaceWithVoid();
    }

    /** Keeps what a run that is under lock came to. */
    static Uni<Void> finish(Work work, UUID id, Ran ran) {
        Tuple row = Tuple.tuple().addUUID(id);
        switch (ran.end()) {
            case End.Exited(long code) -> row.addLong(code).addString(null).addString(null);
            case End.Limited(Ran.Limit limit) ->
                row.addLong(null).addString(limit.name()).addString(null);
            case End.Trapped(String why) -> row.addLong(null).addString(TRAP).addString(why);
        }
        return work.connection()
                .preparedQuery(FINISH)
                .execute(row.addBuffer(buffer(ran.stdout()))
                        .addBuffer(buffer(ran.stderr()))
                        .addLong(ran.millis())
                        .addLong(ran.fuel()))
                .replaceWithVoid();
    }

    static Uni<Void> remove(Work work, UUID id) {
        return work.connection()
                .preparedQuery("DELETE FROM chassis_run WHERE id = $1")
                .execute(Tuple.of(id))
                .replaceWithVoid();
    }

    /** Whether a run that has not finished is of this version. */
    public static Uni<Boolean> needs(Work work, String sha256) {
        return work.connection()
                .preparedQuery(NEEDS)
                .execute(Tuple.of(sha256))
                .map(rows -> rows.iterator().next().getBoolean(0));
    }

    private static Buffer buffer(byte[] bytes) {
        return Buffer.buffer(bytes);
    }

    private static ModuleRun first(RowSet<Row> rows) {
        return rows.size() == 0 ? null : run(rows.iterator().next());
    }

    private static ModuleRun run(Row row) {
        String task = row.getString("task");
        State state = State.valueOf(row.getString("state"));
        return new ModuleRun(
                row.getUUID("id"),
                row.getString("module"),
                row.getString("sha256"),
                row.getString("by"),
                row.getString("swarm"),
                task == null ? null : new Checked(task, row.getLong("epoch"), row.getString("result_sha256")),
                Rows.instant(row, "clock"),
                new Bounds(
                        row.getLong("millis"),
                        row.getLong("fuel"),
                        row.getInteger("memory_mb"),
                        row.getInteger("output_bytes")),
                state,
                row.getInteger("tries"),
                Rows.instant(row, "lease_until"),
                Rows.instant(row, "finished_at"),
                state == State.FINISHED ? ran(row) : null);
    }

    private static Ran ran(Row row) {
        String broken = row.getString("broken");
        End end = broken == null
                ? new End.Exited(row.getLong("exit_code"))
                : broken.equals(TRAP)
                        ? new End.Trapped(row.getString("why"))
                        : new End.Limited(Ran.Limit.valueOf(broken));
        return new Ran(
                end,
                row.getBuffer("stdout").getBytes(),
                row.getBuffer("stderr").getBytes(),
                row.getLong("took_millis"),
                row.getLong("took_fuel"));
    }
}
