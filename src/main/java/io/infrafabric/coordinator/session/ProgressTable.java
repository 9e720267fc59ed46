package io.infrafabric.coordinator.session;

import io.infrafabric.bus.Due;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/** When sessions showed progress, what they run, and which of them are stalled: columns of the table of sessions. */
@ApplicationScoped
public class ProgressTable {
    /** A session that is due to be looked at. */
    public static final String LOOK = "stall:";

    // Progress in the past counts from then, and not from now. What would change nothing is not written, and what a
    // session
    // shows again and again is written once in a while. The first one has it looked at from then on.
    private static final String SHOW = """
            WITH shown AS (
              UPDATE coordinator_session s
                 SET progress_at = greatest(s.progress_at, least($2::timestamptz, now()), CASE WHEN $2 IS NULL THEN now() END),
                     tools_running = CASE WHEN $4 THEN 0 ELSE greatest(0, s.tools_running + $3) END,
                     tool_until = CASE WHEN $3 > 0 THEN now() + $5 * interval '1 millisecond'
                                       WHEN NOT $4 AND s.tools_running + $3 > 0 THEN s.tool_until END,
                     stalled_since = CASE WHEN coalesce($2, now()) <= s.progress_at THEN s.stalled_since END,
                     stall_look = coalesce(s.stall_look, now() + s.stall_seconds * interval '1 second')
               WHERE s.id = $1 AND %s
                 AND (s.progress_at IS NULL OR $3 <> 0 OR ($4 AND s.tools_running > 0)
                      OR (s.stalled_since IS NOT NULL AND s.progress_at < coalesce($2, now()))
                      OR s.progress_at + least($6::bigint, s.stall_seconds * 100) * interval '1 millisecond'
                         < coalesce($2, now()))
              RETURNING s.id, s.stall_look, s.stall_look = now() + s.stall_seconds * interval '1 second' AS first)
            """.formatted(SessionTable.stillEnrolled("s"))
            + Due.at("shown WHERE first", "'coordinator'", "'" + LOOK + "' || id", "stall_look");

    private static final String STANDING = """
            SELECT s.progress_at, s.tool_until, s.stall_seconds, s.stalled_since, now() AS now,
                   (SELECT max(t.changed_at) FROM coordinator_task t WHERE t.holder = s.id AND t.state = 'CLAIMED')
                     AS held_since
              FROM coordinator_session s WHERE s.id = $1
            """;

    /** What it does to the tools that a session runs. */
    public enum Running {
        /** Nothing. */
        AS_BEFORE(0, false),
        /** One more runs. */
        STARTED(1, false),
        /** One less runs. */
        ENDED(-1, false),
        /** None runs: a turn of the agent began or ended. */
        NONE(0, true);

        private final int more;
        private final boolean none;

        Running(int more, boolean none) {
            this.more = more;
            this.none = none;
        }
    }

    /** How a session stands by the rule, and the database's time. */
    public record Standing(Stalling stalling, Instant now) {}

    private final Due due;

    ProgressTable(Due due) {
        this.due = due;
    }

    /**
     * Records progress of a session, in one statement.
     *
     * @param at when, {@code null} for now
     * @param tool for how long a tool that started counts as progress
     * @param every how often progress is written at most
     */
    public Uni<Void> show(SqlClient client, String session, Instant at, Running tools, Duration tool, Duration every) {
        return client.preparedQuery(SHOW)
                .execute(Tuple.tuple()
                        .addString(session)
                        .addValue(at == null ? null : Rows.at(at))
                        .addInteger(tools.more)
                        .addBoolean(tools.none)
                        .addLong(tool.toMillis())
                        .addLong(every.toMillis()))
                .replaceWithVoid();
    }

    /** How a locked session stands. */
    public Uni<Standing> standing(Work work, SessionTable.Locked locked, String session) {
        return work.connection()
                .preparedQuery(STANDING)
                .execute(Tuple.of(session))
                .map(rows -> {
                    Row row = rows.iterator().next();
                    return new Standing(
                            new Stalling(
                                    Rows.instant(row, "progress_at"),
                                    Rows.instant(row, "tool_until"),
                                    Rows.instant(row, "held_since"),
                                    Duration.ofSeconds(row.getInteger("stall_seconds")),
                                    Rows.instant(row, "stalled_since")),
                            Rows.instant(row, "now"));
                });
    }

    /** Marks a locked session as stalled, or takes the mark away, and looks at it again then. */
    public Uni<Void> mark(Work work, SessionTable.Locked locked, String session, boolean stalled, Instant look) {
        return work.connection()
                .preparedQuery("UPDATE coordinator_session SET stall_look = $3, version = version + $2::boolean::int,"
                        + " stalled_since = CASE WHEN $2 THEN now() END WHERE id = $1")
                .execute(Tuple.of(session, stalled, Rows.at(look)))
                .chain(() -> look(work, session, look));
    }

    /** Looks at a session again then. */
    public Uni<Void> look(Work work, String session, Instant look) {
        return due.at(work.connection(), "coordinator", Map.of(LOOK + session, look));
    }

    /** Nobody looks at the session any more, until it shows progress. */
    public Uni<Void> rest(Work work, SessionTable.Locked locked, String session) {
        return work.connection()
                .preparedQuery("UPDATE coordinator_session SET stall_look = NULL WHERE id = $1")
                .execute(Tuple.of(session))
                .replaceWithVoid();
    }
}
