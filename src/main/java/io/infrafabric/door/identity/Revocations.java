package io.infrafabric.door.identity;

import io.infrafabric.bus.Regularly;
import io.infrafabric.bus.WatchConfig;
import io.infrafabric.command.Caller;
import io.infrafabric.command.CommandConfig;
import io.infrafabric.door.DoorConfig;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.infrafabric.problem.Unauthenticated;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a subject's tokens must have at least: a generation and, for sessions, an enrolment that has not ended. This is
 * kept in the database. Every process has recent revocations in memory and reads changes every 2 s, so a revocation
 * holds everywhere within 5 s and costs a call nothing. While the database is away, the last known ones apply. Until
 * they have been read once, no signed token is let in.
 *
 * <p>A generation is a second. A token carries the second in which it was issued, or the generation of the token that
 * it renews. A revocation carries the second after it (or one more than the previous revocation). So tokens issued
 * afterwards are newer, and a token that is renewed while it is being revoked is revoked with it.
 *
 * <p>Sessions have a namespace of their own: their rows carry their ids, all others role and name
 * ({@code operator:ann}). Rows of others can be deleted when the tokens that they revoked have ended by themselves.
 * Rows of sessions stay, because a session's token has no end while it is used. But a process need not have old rows in
 * memory: the database is asked for them together with the last use of a session's token ({@link Uses}).
 */
@ApplicationScoped
public class Revocations {
    private static final Lookback.Table GENERATIONS = new Lookback.Table("door_generation", "at");
    private static final String RAISE = "INSERT INTO door_generation AS g (subject, generation, ended)"
            + " VALUES ($1, floor(extract(epoch FROM now()))::bigint + 1, $2)"
            + " ON CONFLICT (subject) DO UPDATE SET generation = greatest(g.generation + 1, excluded.generation),"
            + " ended = greatest(g.ended, excluded.ended), at = now() RETURNING subject, generation, ended";
    private static final String CURRENT =
            "SELECT s.subject, greatest(g.generation, floor(extract(epoch FROM now()))::bigint)"
                    + " AS generation FROM unnest($1::text[]) AS s (subject) LEFT JOIN door_generation g ON g.subject = s.subject";
    private static final String FORGET = "DELETE FROM door_generation WHERE at < now() - make_interval(secs => $1)"
            + " AND position(':' IN subject) > 0";

    /**
     * SQL: a condition that the token of subject {@code $1}, generation {@code $2} and enrolment {@code $3} no longer
     * holds.
     */
    static final String REVOKED = "EXISTS (SELECT FROM door_generation WHERE subject = $1"
            + " AND (generation > $2::bigint OR ended >= $3::bigint AND ended > 0))";

    /** The least generation that holds, and the last enrolment that has ended. */
    private record Floor(long generation, long ended) {
        Floor and(Floor other) {
            return new Floor(Math.max(generation, other.generation), Math.max(ended, other.ended));
        }
    }

    private final Pool pool;
    private final DoorConfig config;
    private final CommandConfig kept;
    private final Map<String, Floor> floors = new ConcurrentHashMap<>();
    private final Lookback changes;

    @Inject
    Revocations(Pool pool, DoorConfig config, CommandConfig kept, WatchConfig watch) {
        this.pool = pool;
        this.config = config;
        this.kept = kept;
        this.changes = new Lookback(
                pool, GENERATIONS, "t.subject, t.generation, t.ended", kept(), watch.probeTimeout(), this::raise);
    }

    void readNowAndThen(@Observes StartupEvent started, Regularly regularly) {
        regularly.fromTheStart(config.revocationEvery(), "Reading revocations", changes::look);
        regularly.every(kept.purgeEvery(), "Purging revocations", this::forget);
    }

    /** Whether revocations were read since the start, so that signed tokens can be let in. */
    public boolean areKnown() {
        return changes.hasLooked();
    }

    /** The caller's name in the table of revocations. */
    static String subject(Caller caller) {
        return caller.by();
    }

    /** Refuses a token whose generation is older than its subject's, or whose enrolment has ended. */
    void check(Signature.Grant grant) {
        if (!areKnown()) {
            throw Problem.of(Code.IF_ERR_UNAVAILABLE, "It is not yet known which tokens are revoked.");
        }
        Floor floor = floors.get(subject(grant.caller()));
        if (floor == null) {
            return;
        }
        if (grant.caller().isSession() && grant.caller().enrolment() <= floor.ended()) {
            throw Unauthenticated.LEFT.problem();
        }
        if (grant.generation() < floor.generation()) {
            throw Unauthenticated.REVOKED.problem();
        }
    }

    /** Revokes all tokens that the subject has now. Takes effect here at once, elsewhere within 5 s. */
    Uni<Void> revoke(String subject) {
        return raise(pool, subject, 0).invoke(rows -> rows.forEach(this::raise)).replaceWithVoid();
    }

    /** Ends this enrolment of the session and all its tokens, in a transaction under way. */
    Uni<Void> end(SqlClient connection, String session, long enrolment) {
        return raise(connection, session, enrolment).replaceWithVoid();
    }

    /** Notes that a transaction that ended this enrolment is committed: from now on this applies here. */
    void ended(String session, long enrolment) {
        floors.merge(session, new Floor(0, enrolment), Floor::and);
    }

    private static Uni<RowSet<Row>> raise(SqlClient client, String subject, long enrolment) {
        return client.preparedQuery(RAISE).execute(Tuple.of(subject, enrolment));
    }

    /** The generations that new tokens of these subjects get. */
    Uni<Map<String, Long>> current(Collection<String> subjects) {
        return pool.preparedQuery(CURRENT)
                .execute(Tuple.tuple().addArrayOfString(subjects.toArray(String[]::new)))
                .map(rows -> {
                    var current = new HashMap<String, Long>();
                    rows.forEach(row -> current.put(row.getString("subject"), row.getLong("generation")));
                    return current;
                });
    }

    /** Whether a token of this generation still holds, according to the database; a later revocation covers it too. */
    Uni<Boolean> holds(Caller caller, long generation) {
        return pool.preparedQuery("SELECT NOT " + REVOKED)
                .execute(Tuple.of(subject(caller), generation, caller.enrolment()))
                .map(rows -> rows.iterator().next().getBoolean(0));
    }

    /** Forgets revocations whose tokens have all ended; in memory they stay until the process ends. */
    private Uni<Void> forget() {
        return pool.preparedQuery(FORGET)
                .execute(Tuple.of((double) kept().toSeconds()))
                .replaceWithVoid();
    }

    /** The longest life of an unused token, plus a day. */
    private Duration kept() {
        return config.tokenTtlMax().plusDays(1);
    }

    private void raise(Row row) {
        floors.merge(row.getString("subject"), new Floor(row.getLong("generation"), row.getLong("ended")), Floor::and);
    }
}
