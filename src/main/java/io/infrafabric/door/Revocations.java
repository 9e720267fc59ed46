package io.infrafabric.door;

import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The generations that tokens of a subject must at least have. Kept in the database; every process has them all in memory
 * and reads what changed every 2 s, so that a revocation holds everywhere within 5 s and costs a call nothing. While
 * the database is away, the last known ones hold; before they were read once, no signed token is let in.
 *
 * <p>A generation is a second: a token carries the one it was issued in, a revocation the one after it (or one more than
 * the revocation before). So a row can be deleted when the tokens that it revoked have expired by themselves, and tokens
 * that are issued afterwards are still newer than it, for processes that have it in memory too.
 */
@ApplicationScoped
class Revocations {
    // A revocation becomes visible at its commit, later than its time: looking back this far misses none.
    private static final int LOOK_BACK_SECONDS = 60;

    private static final String READ =
            "SELECT clock.at AS read_at, g.subject, g.generation FROM (SELECT now() AS at) clock"
                    + " LEFT JOIN door_generation g ON $1::timestamptz IS NULL OR g.at > $1 - make_interval(secs => "
                    + LOOK_BACK_SECONDS + ")";
    private static final String RAISE = "INSERT INTO door_generation AS g (subject, generation)"
            + " VALUES ($1, floor(extract(epoch FROM now()))::bigint + 1) ON CONFLICT (subject) DO UPDATE"
            + " SET generation = greatest(g.generation + 1, excluded.generation), at = now() RETURNING generation";
    private static final String CURRENT =
            "SELECT s.subject, greatest(g.generation, floor(extract(epoch FROM now()))::bigint)"
                    + " AS generation FROM unnest($1::text[]) AS s (subject) LEFT JOIN door_generation g ON g.subject = s.subject";
    private static final String FORGET = "DELETE FROM door_generation WHERE at < now() - make_interval(secs => $1)";

    private final Pool pool;
    private final DoorConfig config;
    private final Map<String, Long> generations = new ConcurrentHashMap<>();
    private volatile OffsetDateTime readAt;

    @Inject
    Revocations(Pool pool, DoorConfig config) {
        this.pool = pool;
        this.config = config;
    }

    void readNowAndThen(@Observes StartupEvent started, Regularly regularly) {
        regularly.every(config.revocationEvery(), "Reading revocations", this::read);
        regularly.every(config.purgeEvery(), "Purging revocations", this::forget);
    }

    /** Whether they were read since the start, so that signed tokens can be let in. */
    boolean areKnown() {
        return readAt != null;
    }

    /** Reads what was revoked since the last time. */
    private Uni<Void> read() {
        return pool.preparedQuery(READ)
                .execute(Tuple.of(readAt))
                .ifNoItem()
                .after(config.probeTimeout())
                .fail()
                .invoke(this::take)
                .replaceWithVoid();
    }

    private void take(RowSet<Row> rows) {
        OffsetDateTime at = null;
        for (Row row : rows) {
            at = row.getOffsetDateTime("read_at");
            if (row.getString("subject") != null) {
                raise(row.getString("subject"), row.getLong("generation"));
            }
        }
        readAt = at;
    }

    /** Refuses a token of an older generation than its subject now has. */
    void check(Signature.Grant grant) {
        if (!areKnown()) {
            throw Problem.of(Code.IF_ERR_UNAVAILABLE, "It is not yet known which tokens are revoked.");
        }
        Long generation = generations.get(grant.caller().subject());
        if (generation != null && grant.generation() < generation) {
            throw Unauthenticated.REVOKED.problem();
        }
    }

    /** Revokes all tokens that the subject has now. Holds here at once, elsewhere within 5 s. */
    Uni<Void> revoke(String subject) {
        return pool.preparedQuery(RAISE)
                .execute(Tuple.of(subject))
                .invoke(rows -> raise(subject, rows.iterator().next().getLong("generation")))
                .replaceWithVoid();
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

    /** Forgets revocations of tokens that have all expired; in memory they stay until the process ends. */
    private Uni<Void> forget() {
        double seconds = config.tokenTtlMax().plusDays(1).toSeconds();
        return pool.preparedQuery(FORGET).execute(Tuple.of(seconds)).replaceWithVoid();
    }

    private void raise(String subject, long generation) {
        generations.merge(subject, generation, Math::max);
    }
}
