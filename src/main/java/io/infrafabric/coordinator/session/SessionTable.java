package io.infrafabric.coordinator.session;

import io.infrafabric.bus.Deadlines;
import io.infrafabric.bus.Due;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.session.Session.State;
import io.infrafabric.coordinator.task.TaskRow;
import io.infrafabric.door.identity.Enrolments;
import io.infrafabric.event.CoordinatorEvent;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonArray;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** The table of sessions: their enrolment, and whether they are live. */
@ApplicationScoped
@Priority(Deadlines.SESSIONS)
public class SessionTable implements Enrolments, Deadlines {
    /** A session's lease; without an end while the result of its task is being checked. */
    @Schema(name = "HeldLease")
    public record Held(String task, long epoch, Instant expiresAt) {}

    /** A session's work: its leases, and the number of queued tasks for it alone. */
    public record Load(List<Held> leases, int queued) {
        static final Load NONE = new Load(List.of(), 0);
    }

    /** The proof that sessions are locked, with their standing and the database's time. Only their lock makes it. */
    public static final class Locked {
        private final Map<String, Session> sessions = new HashMap<>();
        private final Instant now;

        private Locked(List<Row> rows) {
            rows.forEach(row -> sessions.put(row.getString("id"), session(row)));
            now = rows.isEmpty() ? Instant.EPOCH : Rows.instant(rows.getFirst(), "now");
        }

        public Map<String, Session> sessions() {
            return sessions;
        }

        public Instant now() {
            return now;
        }
    }

    /** Silence that makes a session lost, for each second of its heartbeat time; see TOUCH. */
    public static final long GRACE_MILLIS = 1100;
    /** When a session of a row becomes lost, counted from now. */
    private static final String SILENCE = "heartbeat_seconds * interval '" + GRACE_MILLIS + " milliseconds'";

    private static final String GRACE = "interval '" + GRACE_MILLIS + " milliseconds'";

    private static final String ENROL = """
            INSERT INTO coordinator_session AS s
                   (id, swarm, domains, tools, provider, model, hourly_cost, max_tasks, heartbeat_seconds, stall_seconds, state, silence_at)
            SELECT i.id, i.swarm, string_to_array(i.domains, ','), string_to_array(i.tools, ','), i.provider, i.model,
                   i.cost::numeric, i.max_tasks, i.heartbeat, i.stall, 'LIVE', now() + i.heartbeat * %s
              FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[],
                          $9::int[], $10::int[])
                   AS i(id, swarm, domains, tools, provider, model, cost, max_tasks, heartbeat, stall)
            ON CONFLICT (id) DO UPDATE
               SET swarm = excluded.swarm, domains = excluded.domains, tools = excluded.tools, provider = excluded.provider,
                   model = excluded.model, hourly_cost = excluded.hourly_cost, max_tasks = excluded.max_tasks,
                   heartbeat_seconds = excluded.heartbeat_seconds, stall_seconds = excluded.stall_seconds, state = 'LIVE', last_seen = now(),
                   silence_at = excluded.silence_at, version = s.version + 1,
                   enrolment = s.enrolment + (s.state = 'LEFT')::int
            RETURNING s.*
            """.formatted(GRACE);

    // Many calls become few writes: a session is written again only after a tenth of its heartbeat time, so it is lost
    // a tenth after that time (GRACE). Rows that others have locked wait for the next flush.
    private static final String TOUCH = """
            WITH seen AS (
              SELECT id FROM coordinator_session
               WHERE id = ANY($1) AND state = 'LIVE' AND last_seen < now() - heartbeat_seconds * interval '100 milliseconds'
               ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
            UPDATE coordinator_session s
               SET last_seen = now(),
                   silence_at = CASE WHEN s.silence_at < now() + s.heartbeat_seconds * interval '600 milliseconds'
                                     THEN now() + s.heartbeat_seconds * %s ELSE s.silence_at END
              FROM seen WHERE s.id = seen.id
            RETURNING s.id, s.silence_at, s.silence_at = now() + s.heartbeat_seconds * %s AS moved
            """.formatted(GRACE, GRACE);

    private final Pool pool;
    private final Due due;

    SessionTable(Pool pool, Due due) {
        this.pool = pool;
        this.due = due;
    }

    /** SQL, a condition: the session has not left. */
    public static String stillEnrolled(String session) {
        return "%s.state <> '%s'".formatted(session, State.LEFT);
    }

    /** Locks the sessions. */
    public Lock<Locks.Sessions, Locked> lock(Work work, Collection<String> ids) {
        if (ids.isEmpty()) {
            return Lock.of(Uni.createFrom().item(new Locked(List.of())));
        }
        return Lock.of(work.connection()
                .preparedQuery("SELECT *, now() AS now FROM coordinator_session WHERE id = ANY($1)"
                        + " ORDER BY id FOR NO KEY UPDATE")
                .execute(Tuple.of(ids.toArray(String[]::new)))
                .map(rows -> new Locked(Rows.all(rows, row -> row))));
    }

    /** Enrolled sessions, and when each is lost if it stays silent. */
    public record Written(List<Session> sessions, Map<String, Instant> silences) {}

    /** Writes decided enrolments of sessions that are locked or do not exist. Their swarms exist. */
    public Uni<Written> enrol(Work work, Locked locked, List<Session> wanted) {
        return work.connection()
                .preparedQuery(ENROL)
                .execute(row(wanted))
                .map(rows -> new Written(Rows.all(rows, SessionTable::session), silences(rows)));
    }

    /** Schedules a look at enrolled sessions for when they would be lost. */
    public Uni<Void> expect(Work work, Written written) {
        return due.at(work.connection(), "coordinator", written.silences());
    }

    private static Tuple row(List<Session> all) {
        return Tuple.tuple()
                .addArrayOfString(Rows.column(all, Session::id, String[]::new))
                .addArrayOfString(Rows.column(all, Session::swarm, String[]::new))
                .addArrayOfString(Rows.column(all, s -> String.join(",", s.domains()), String[]::new))
                .addArrayOfString(Rows.column(all, s -> String.join(",", s.tools()), String[]::new))
                .addArrayOfString(Rows.column(all, Session::provider, String[]::new))
                .addArrayOfString(Rows.column(all, Session::model, String[]::new))
                .addArrayOfString(Rows.column(all, s -> Rows.text(s.hourlyCost()), String[]::new))
                .addArrayOfInteger(Rows.column(all, Session::maxConcurrentTasks, Integer[]::new))
                .addArrayOfInteger(Rows.column(all, Session::heartbeatSeconds, Integer[]::new))
                .addArrayOfInteger(Rows.column(all, Session::stallSeconds, Integer[]::new));
    }

    /** Records a call of a live session. */
    public Uni<Void> heard(Work work, Locked locked, String id) {
        return work.connection()
                .preparedQuery("UPDATE coordinator_session SET last_seen = now(), silence_at = now() + " + SILENCE
                        + " WHERE id = $1 RETURNING id, silence_at")
                .execute(Tuple.of(id))
                .chain(rows -> due.at(work.connection(), "coordinator", silences(rows)));
    }

    // What it did before it left says nothing about its next enrolment.
    private static final String WENT = """
            UPDATE coordinator_session
               SET state = $2, version = version + 1, stalled_since = NULL, tools_running = 0, tool_until = NULL,
                   progress_at = CASE WHEN $2 = 'LEFT' THEN NULL ELSE progress_at END,
                   stall_look = CASE WHEN $2 = 'LEFT' THEN NULL ELSE stall_look END
             WHERE id = $1
            """;

    /** Records that a session is lost or has left. */
    public Uni<Void> went(Work work, Locked locked, String id, State to) {
        return work.connection()
                .preparedQuery(WENT)
                .execute(Tuple.of(id, to.name()))
                .replaceWithVoid();
    }

    /** Schedules a look at a live session for when it would be lost. */
    public Uni<Void> expect(Work work, String id, Instant silence) {
        return due.at(work.connection(), "coordinator", Map.of("silence:" + id, silence));
    }

    /** Cancels the looks at a session that has left. */
    public Uni<Void> expectNoMore(Work work, String id) {
        return due.forget(work.connection(), "coordinator", List.of("silence:" + id, ProgressTable.LOOK + id));
    }

    /** Records calls of these sessions; lost ones are live again. A crash may lose the transaction. */
    public Uni<Void> touch(Work work, Collection<String> ids) {
        String[] all = ids.toArray(String[]::new);
        SqlConnection connection = work.connection();
        // The next call repeats a heartbeat that a crash has lost.
        var lazily = connection.query("SET LOCAL synchronous_commit = off").execute();
        Uni<RowSet<Row>> touched = connection.preparedQuery(TOUCH).execute(Tuple.of(all));
        Uni<RowSet<Row>> lost = connection
                .preparedQuery("SELECT *, now() AS now FROM coordinator_session WHERE id = ANY($1) AND state = 'LOST'"
                        + " ORDER BY id FOR NO KEY UPDATE SKIP LOCKED")
                .execute(Tuple.of(all));
        return work.inOrder(lazily, touched, lost)
                .asTuple()
                .chain(done -> due.at(connection, "coordinator", silencesMoved(done.getItem2()))
                        .chain(() -> revive(work, new Locked(Rows.all(done.getItem3(), row -> row)), ids)));
    }

    /** Makes the lost ones of these sessions live again, without their former leases. */
    public Uni<Void> revive(Work work, Locked locked, Collection<String> some) {
        String[] lost = locked.sessions().values().stream()
                .filter(session -> session.state() == State.LOST && some.contains(session.id()))
                .map(Session::id)
                .toArray(String[]::new);
        if (lost.length == 0) {
            return Uni.createFrom().voidItem();
        }
        return work.connection()
                .preparedQuery(
                        "UPDATE coordinator_session SET state = 'LIVE', last_seen = now(), version = version + 1,"
                                + " silence_at = now() + " + SILENCE
                                + " WHERE id = ANY($1) AND state = 'LOST' RETURNING *")
                .execute(Tuple.of((Object) lost))
                .chain(rows -> {
                    rows.forEach(row -> {
                        String id = row.getString("id");
                        String swarm = row.getString("swarm");
                        work.emit(
                                new CoordinatorEvent.SessionReturned(
                                        id, swarm, row.getLong("version"), row.getLong("enrolment")),
                                Trace.NONE);
                        work.emit(new CoordinatorEvent.SessionReadied(id, swarm), Trace.NONE);
                    });
                    return due.at(work.connection(), "coordinator", silences(rows));
                });
    }

    private static Map<String, Instant> silences(Iterable<Row> rows) {
        Map<String, Instant> at = new HashMap<>();
        rows.forEach(row -> at.put("silence:" + row.getString("id"), Rows.instant(row, "silence_at")));
        return at;
    }

    private static Map<String, Instant> silencesMoved(RowSet<Row> rows) {
        return silences(Rows.all(rows, row -> row).stream()
                .filter(row -> row.getBoolean("moved"))
                .toList());
    }

    /** The session, or {@code null}. */
    public Uni<Session> find(SqlClient client, String id) {
        return client.preparedQuery("SELECT * FROM coordinator_session WHERE id = $1")
                .execute(Tuple.of(id))
                .map(rows -> rows.size() == 0 ? null : session(rows.iterator().next()));
    }

    /** Those of the sessions that exist, by id. */
    public Uni<Map<String, Session>> find(SqlClient client, Collection<String> ids) {
        return client.preparedQuery("SELECT * FROM coordinator_session WHERE id = ANY($1)")
                .execute(Tuple.of(ids.toArray(String[]::new)))
                .map(rows -> {
                    Map<String, Session> sessions = new HashMap<>();
                    rows.forEach(row -> sessions.put(row.getString("id"), session(row)));
                    return sessions;
                });
    }

    @Override
    public Uni<Optional<Enrolled>> enrolled(String session) {
        return find(pool, session)
                .map(found -> Optional.ofNullable(found)
                        .map(known -> new Enrolled(known.swarm(), known.enrolment(), known.state() == State.LEFT)));
    }

    /** Leases from the JSON of {@code coordinator_holding}. */
    public static List<Held> held(String json) {
        return json == null
                ? List.of()
                : new JsonArray(json)
                        .stream()
                                .map(JsonArray.class::cast)
                                .map(lease -> new Held(
                                        lease.getString(0),
                                        lease.getLong(1),
                                        lease.getString(2) == null
                                                ? null
                                                : OffsetDateTime.parse(lease.getString(2))
                                                        .toInstant()))
                                .toList();
    }

    // In the order of their ids (see Locks).
    private static final String MOVE_SILENCES = """
            WITH live AS (
              SELECT id FROM coordinator_session
               WHERE state = 'LIVE' AND last_seen <= $2::timestamptz + $1 * interval '1 millisecond'
               ORDER BY id FOR NO KEY UPDATE)
            UPDATE coordinator_session s
               SET last_seen = s.last_seen + $1 * interval '1 millisecond',
                   silence_at = s.silence_at + $1 * interval '1 millisecond',
                   tool_until = s.tool_until + $1 * interval '1 millisecond',
                   stalled_since = s.stalled_since + $1 * interval '1 millisecond',
                   progress_at = $1 * interval '1 millisecond' + greatest(s.progress_at, (
                     SELECT max(t.changed_at) FROM coordinator_task t
                      WHERE t.holder = s.id AND t.state = 'CLAIMED' AND s.progress_at IS NOT NULL))
              FROM live WHERE s.id = live.id
            """;

    /** The silence of sessions continues where it was before the gap. */
    @Override
    public Uni<Void> extend(SqlConnection connection, Instant gapStart, Duration gap) {
        return connection
                .preparedQuery(MOVE_SILENCES)
                .execute(Tuple.of(gap.toMillis(), Rows.at(gapStart)))
                .replaceWithVoid();
    }

    public static Session session(Row row) {
        return new Session(
                row.getString("id"),
                row.getString("swarm"),
                List.of(row.getArrayOfStrings("domains")),
                List.of(row.getArrayOfStrings("tools")),
                row.getString("provider"),
                row.getString("model"),
                TaskRow.money(row, "hourly_cost"),
                row.getInteger("max_tasks"),
                row.getInteger("heartbeat_seconds"),
                State.valueOf(row.getString("state")),
                Rows.instant(row, "last_seen"),
                row.getLong("version"),
                Rows.instant(row, "created_at"),
                row.getLong("enrolment"),
                row.getInteger("stall_seconds"),
                Rows.instant(row, "stalled_since"));
    }
}
