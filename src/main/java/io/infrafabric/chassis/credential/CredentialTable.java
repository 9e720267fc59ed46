package io.infrafabric.chassis.credential;

import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.NewestFirst;
import io.infrafabric.bus.Regularly;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.chassis.credential.Issuing.Wish;
import io.infrafabric.command.Caller;
import io.infrafabric.command.CommandConfig;
import io.infrafabric.command.Endpoint;
import io.infrafabric.command.Role;
import io.infrafabric.command.TaskScope;
import io.infrafabric.door.identity.ScopedCredentials;
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
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/** The table of scoped credentials. It knows tokens by their SHA-256 alone. */
@ApplicationScoped
public class CredentialTable implements ScopedCredentials {
    // An advisory lock, because a session has no row here.
    private static final String LOCK =
            "SELECT count(pg_advisory_xact_lock(hashtextextended('s2.credential:' || o.session, 0)))"
                    + " FROM (SELECT DISTINCT session FROM unnest($1::text[]) AS i(session) ORDER BY session OFFSET 0) o";

    // Those for an earlier claim of the same task are over, whatever their time.
    private static final String OPEN = "SELECT count(*) FILTER (WHERE NOT (task = $2 AND epoch <> $3)) AS open,"
            + " count(*) FILTER (WHERE id = $4) > 0 AS issuer_holds FROM chassis_credential"
            + " WHERE session = $1 AND revoked_at IS NULL AND expires_at > now()";

    // One that a credential issues ends with it at the latest.
    private static final String ADD =
            "INSERT INTO chassis_credential (token_hash, session, swarm, enrolment, generation, task,"
                    + " epoch, endpoints, issued_by, issued_with, expires_at)"
                    + " SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10::uuid, least(now() + make_interval(secs => $11),"
                    + " (SELECT expires_at FROM chassis_credential WHERE id = $10::uuid)) RETURNING id, swarm, expires_at";

    private static final String SESSIONS_OF = "SELECT DISTINCT session FROM chassis_credential"
            + " WHERE task = $1 AND revoked_at IS NULL AND expires_at > now() AND ($2::text IS NULL OR swarm = $2) ORDER BY 1";

    private static final String ISSUED =
            "UNION SELECT c.id FROM chassis_credential c JOIN chosen p ON c.issued_with = p.id";

    private static final String REVOKE = "WITH RECURSIVE chosen(id) AS ("
            + "SELECT id FROM chassis_credential WHERE session = ANY($1) AND revoked_at IS NULL AND expires_at > now()"
            + " AND ($2::uuid IS NULL OR id = $2) AND ($3::text IS NULL OR task = $3) " + ISSUED
            + ") UPDATE chassis_credential c SET revoked_at = now(), revoked_by = $4 FROM chosen"
            + " WHERE c.id = chosen.id AND c.revoked_at IS NULL RETURNING c.id";

    private static final String WITHIN = "WITH RECURSIVE chosen(id) AS (SELECT $1::uuid " + ISSUED
            + ") SELECT EXISTS (SELECT FROM chosen WHERE id = $2) AS within";

    private static final String FIND = "SELECT *, extract(epoch FROM expires_at - now())::float8 AS seconds_left"
            + " FROM chassis_credential WHERE token_hash = $1";

    private static final String FORGET = "DELETE FROM chassis_credential WHERE id IN (SELECT id FROM chassis_credential"
            + " WHERE expires_at < now() - make_interval(secs => $1) ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)";

    private static final double MILLIS = 1000;

    private final Pool pool;
    private final ClaimEpochs claims;
    private final CredentialConfig config;
    private final CommandConfig kept;

    CredentialTable(Pool pool, ClaimEpochs claims, CredentialConfig config, CommandConfig kept) {
        this.pool = pool;
        this.claims = claims;
        this.config = config;
        this.kept = kept;
    }

    void forgetNowAndThen(@Observes StartupEvent started, Regularly regularly) {
        regularly.every(kept.purgeEvery(), "Purging scoped credentials that have ended", this::forget);
    }

    /** The proof that the credentials of sessions are locked. Only their lock makes it. */
    static final class Locked {
        private final List<String> sessions;

        private Locked(Collection<String> sessions) {
            this.sessions = List.copyOf(sessions);
        }
    }

    /** How many credentials of a session are open, and whether the one of the caller that issues another is among them. */
    record Open(long count, boolean issuerHolds) {}

    /** A new credential. */
    record Added(String id, String swarm, Instant expiresAt) {}

    /** Locks the credentials of sessions: none is issued or revoked meanwhile. */
    Lock<Locks.Turns, Locked> lock(Work work, Collection<String> sessions) {
        return Lock.of(work.connection()
                .preparedQuery(LOCK)
                .execute(Tuple.of((Object) sessions.toArray(String[]::new)))
                .replaceWith(() -> new Locked(sessions)));
    }

    /**
     * The open credentials of the session, without those for another claim of the task.
     *
     * @param epoch of the task's present claim
     */
    Uni<Open> open(Work work, Locked locked, Wish wish, long epoch) {
        return work.connection()
                .preparedQuery(OPEN)
                .execute(Tuple.of(wish.bearer().subject(), wish.task(), epoch, issuedWith(wish)))
                .map(rows -> rows.iterator().next())
                .map(row -> new Open(row.getLong("open"), row.getBoolean("issuer_holds")));
    }

    /** Adds a credential for the claim with this epoch, and gives its id and its end. */
    Uni<Added> add(Work work, Locked locked, Wish wish, long epoch, String sha256) {
        Caller bearer = wish.bearer();
        return work.connection()
                .preparedQuery(ADD)
                .execute(Tuple.from(new Object[] {
                    sha256,
                    bearer.subject(),
                    bearer.swarm(),
                    bearer.enrolment(),
                    wish.generation(),
                    wish.task(),
                    epoch,
                    Rows.column(wish.endpoints(), Endpoint::toString, String[]::new),
                    wish.by(),
                    issuedWith(wish),
                    (double) wish.ttl().toSeconds()
                }))
                .map(rows -> rows.iterator().next())
                .map(row -> new Added(
                        row.getUUID("id").toString(), row.getString("swarm"), Rows.instant(row, "expires_at")));
    }

    private static UUID issuedWith(Wish wish) {
        return wish.with() == null ? null : UUID.fromString(wish.with().credential());
    }

    /** The sessions that have open credentials for this task, in this swarm ({@code null} for any). */
    Uni<List<String>> sessionsOf(Work work, String task, String swarm) {
        return work.connection()
                .preparedQuery(SESSIONS_OF)
                .execute(Tuple.of(task, swarm))
                .map(rows -> Rows.all(rows, row -> row.getString("session")));
    }

    /**
     * Revokes open credentials of the locked sessions, and those that were issued with them; gives their ids.
     *
     * @param id of the only one, {@code null} for any
     * @param task {@code null} for any
     */
    Uni<List<String>> revoke(Work work, Locked locked, UUID id, String task, String by) {
        return work.connection()
                .preparedQuery(REVOKE)
                .execute(Tuple.of(locked.sessions.toArray(String[]::new), id, task, by))
                .map(rows -> Rows.all(rows, row -> row.getUUID("id").toString()));
    }

    /** Whether a credential is this one, or was issued with it or with one that was. */
    Uni<Boolean> isWithin(SqlClient client, UUID one, UUID other) {
        return client.preparedQuery(WITHIN)
                .execute(Tuple.of(one, other))
                .map(rows -> rows.iterator().next().getBoolean("within"));
    }

    /** The credential; {@code null} if there is none. */
    Uni<Credential> find(SqlClient client, UUID id) {
        return client.preparedQuery("SELECT * FROM chassis_credential WHERE id = $1")
                .execute(Tuple.of(id))
                .map(rows ->
                        rows.size() == 0 ? null : credential(rows.iterator().next()));
    }

    /**
     * What a page shows; a {@code null} part does not limit.
     *
     * @param before with {@code beforeId} the last row of the page before
     */
    record Filter(String swarm, String session, String task, Instant before, UUID beforeId) {}

    /** One page, newest first. */
    Uni<List<Credential>> page(SqlClient client, Filter filter, int limit) {
        NewestFirst page = NewestFirst.by("issued_at", "id");
        if (filter.session() == null) {
            page.only("swarm", filter.swarm());
        } else {
            // A session has few: the rest is asked of each of them.
            page.only("session", filter.session());
        }
        page.before(Rows.at(filter.before()), filter.beforeId());
        Tuple values = Tuple.tuple();
        StringBuilder sql = new StringBuilder("SELECT * FROM chassis_credential WHERE ").append(page.condition(values));
        if (filter.session() != null) {
            and(sql, values, " AND swarm = ", filter.swarm());
            and(sql, values, " AND task = ", filter.task());
        }
        values.addInteger(limit);
        sql.append(page.order()).append(" LIMIT $").append(values.size());
        return client.preparedQuery(sql.toString())
                .execute(values)
                .map(rows -> Rows.all(rows, CredentialTable::credential));
    }

    private static void and(StringBuilder sql, Tuple values, String condition, String value) {
        if (value != null) {
            values.addValue(value);
            sql.append(condition).append('$').append(values.size());
        }
    }

    @Override
    public Uni<Optional<Found>> find(String sha256) {
        return pool.preparedQuery(FIND)
                .execute(Tuple.of(sha256))
                .chain(rows -> rows.size() == 0
                        ? Uni.createFrom().item(Optional.empty())
                        : claimed(rows.iterator().next()).map(Optional::of));
    }

    private Uni<Found> claimed(Row row) {
        return claims.of(pool, row.getString("task")).map(task -> found(row, task));
    }

    private static Found found(Row row, ClaimEpochs.Standing task) {
        String session = row.getString("session");
        TaskScope scope = new TaskScope(
                row.getUUID("id").toString(),
                row.getString("task"),
                row.getLong("epoch"),
                Stream.of(row.getArrayOfStrings("endpoints"))
                        .flatMap(text -> Endpoint.read(text).stream())
                        .toList());
        Caller caller =
                new Caller(session, row.getString("swarm"), Role.SESSION, row.getLong("enrolment"), null, scope);
        Duration left = Duration.ofMillis((long) (row.getDouble("seconds_left") * MILLIS));
        boolean held = task != null && task.isHeldBy(session) && task.epoch() == scope.epoch();
        Unauthenticated over = null;
        if (row.getOffsetDateTime("revoked_at") != null) {
            over = Unauthenticated.REVOKED;
        } else if (!left.isPositive()) {
            over = Unauthenticated.EXPIRED;
        } else if (!held) {
            over = Unauthenticated.CLAIM_ENDED;
        }
        return new Found(caller, row.getLong("generation"), left, over);
    }

    /** Forgets credentials whose time was over long ago, in batches. */
    private Uni<Void> forget() {
        Tuple bounds = Tuple.of((double) config.credentialListed().toSeconds(), kept.purgeBatch());
        return pool.preparedQuery(FORGET)
                .execute(bounds)
                .map(RowSet::rowCount)
                .repeat()
                .whilst(forgotten -> forgotten == kept.purgeBatch())
                .collect()
                .last()
                .replaceWithVoid();
    }

    private static Credential credential(Row row) {
        UUID with = row.getUUID("issued_with");
        return new Credential(
                row.getUUID("id").toString(),
                row.getString("session"),
                row.getString("swarm"),
                row.getString("task"),
                row.getLong("epoch"),
                List.of(row.getArrayOfStrings("endpoints")),
                row.getString("issued_by"),
                with == null ? null : with.toString(),
                Rows.instant(row, "issued_at"),
                Rows.instant(row, "expires_at"),
                Rows.instant(row, "revoked_at"),
                row.getString("revoked_by"));
    }
}
