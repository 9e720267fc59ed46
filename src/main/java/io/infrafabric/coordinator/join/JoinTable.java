package io.infrafabric.coordinator.join;

import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;

/** Those who ask to join, the only writer. */
public final class JoinTable {
    private static final String LIVE = "expires_at > now()";
    private static final String SHOWN =
            "SELECT code, session, swarm, agent, address, created_at, expires_at, approved_by FROM coordinator_join";

    private static final String ADD = """
            INSERT INTO coordinator_join (code, secret, session, swarm, agent, address, expires_at)
            SELECT $1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7)
             WHERE (SELECT count(*) FROM coordinator_join) < $8
               AND (SELECT count(*) FROM coordinator_join WHERE address = $6) < $9
            RETURNING expires_at
            """;

    private static final String TAKE = """
            DELETE FROM coordinator_join
             WHERE code = $1 AND secret = $2 AND approved_by IS NOT NULL AND expires_at > now()
            RETURNING session, swarm, enrolment
            """;

    private JoinTable() {}

    /** How many may ask at once. */
    public record Room(int inAll, int ofOneAddress) {}

    /** The proof that nobody else asks meanwhile. */
    public record Turn() {}

    /** The proof that the join is under lock; {@code join} is {@code null} if none waits under this code. */
    public record Locked(Join join) {}

    /**
     * The session whose token is due.
     *
     * @param enrolment the one that was approved
     */
    public record Approved(String session, String swarm, long enrolment) {}

    /** Lets those who ask come one after the other, because they are counted. */
    public static Lock<Locks.Turns, Turn> inTurn(Work work) {
        return Lock.inTurn(work, "coordinator_join", Turn::new);
    }

    /** Adds one, and forgets those whose time is over. Answers when it ends; {@code null} if there is no room. */
    public static Uni<Instant> add(Work work, Turn turn, JoinKeys keys, Join asked, Duration life, Room room) {
        return work.connection()
                .query("DELETE FROM coordinator_join WHERE NOT (" + LIVE + ")")
                .execute()
                .chain(() -> work.connection()
                        .preparedQuery(ADD)
                        .execute(Tuple.tuple()
                                .addValue(keys.code())
                                .addValue(keys.hash())
                                .addValue(asked.session())
                                .addValue(asked.swarm())
                                .addValue(asked.agent())
                                .addValue(asked.address())
                                .addValue((double) life.toSeconds())
                                .addValue((long) room.inAll())
                                .addValue((long) room.ofOneAddress())))
                .map(rows ->
                        rows.size() == 0 ? null : Rows.instant(rows.iterator().next(), "expires_at"));
    }

    /** The one that waits under this code; {@code null} if there is none. */
    public static Uni<Join> find(SqlClient client, String code) {
        return client.preparedQuery(SHOWN + " WHERE code = $1 AND " + LIVE)
                .execute(Tuple.of(code))
                .map(JoinTable::one);
    }

    /** The same, if it has this secret. */
    public static Uni<Join> find(SqlClient client, String code, String secret) {
        return client.preparedQuery(SHOWN + " WHERE code = $1 AND secret = $2 AND " + LIVE)
                .execute(Tuple.of(code, JoinKeys.hash(secret)))
                .map(JoinTable::one);
    }

    /** Locks the one that waits under this code. */
    public static Lock<Locks.Turns, Locked> lock(Work work, String code) {
        return Lock.of(work.connection()
                .preparedQuery(SHOWN + " WHERE code = $1 AND " + LIVE + " FOR UPDATE")
                .execute(Tuple.of(code))
                .map(rows -> new Locked(one(rows))));
    }

    /** Notes that this operator approved it, as this enrolment of its session. */
    public static void approve(Work work, Locked locked, String operator, long enrolment) {
        work.alongside(work.connection()
                .preparedQuery("UPDATE coordinator_join SET approved_by = $2, enrolment = $3 WHERE code = $1")
                .execute(Tuple.of(locked.join().code(), operator, enrolment)));
    }

    /** Ends it, if it was approved and has this secret: whoever does that, and nobody else, gets the token. Else {@code null}. */
    public static Uni<Approved> take(SqlClient client, String code, String secret) {
        return client.preparedQuery(TAKE)
                .execute(Tuple.of(code, JoinKeys.hash(secret)))
                .map(rows -> {
                    if (rows.size() == 0) {
                        return null;
                    }
                    Row row = rows.iterator().next();
                    return new Approved(row.getString("session"), row.getString("swarm"), row.getLong("enrolment"));
                });
    }

    private static Join one(RowSet<Row> rows) {
        if (rows.size() == 0) {
            return null;
        }
        Row row = rows.iterator().next();
        return new Join(
                row.getString("code"),
                row.getString("session"),
                row.getString("swarm"),
                row.getString("agent"),
                row.getString("address"),
                Rows.instant(row, "created_at"),
                Rows.instant(row, "expires_at"),
                row.getString("approved_by"));
    }
}
