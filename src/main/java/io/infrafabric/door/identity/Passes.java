package io.infrafabric.door.identity;

import io.infrafabric.bus.NewestFirst;
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
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * The tokens of operators and viewers: each has a row, and carries its id ({@code jti}). A token is good until its time
 * is over or it is revoked. Every process has the revoked ids in memory and reads new ones every 2 s. While the
 * database is away, the last known ones apply. Until they have been read once, no such token is let in.
 *
 * <p>The last use of a token is kept in memory and written once a minute ({@link DoorConfig#tokenUsedEvery()}) for all
 * tokens used since, so that it costs a call nothing. A process that dies loses the last minute.
 */
@ApplicationScoped
class Passes {
    private static final String ADD =
            "INSERT INTO door_token (id, name, role, swarm, made_by, expires_at)" + " VALUES ($1, $2, $3, $4, $5, $6)";
    // The lock makes a concurrent revocation wait until the new token exists.
    private static final String HOLDS = "SELECT 1 FROM door_token WHERE id = $1 AND revoked_at IS NULL FOR SHARE";
    private static final String REVOKE = "UPDATE door_token SET revoked_at = coalesce(revoked_at, now()),"
            + " revoked_by = coalesce(revoked_by, $2) WHERE id = $1 AND ($3::text IS NULL OR swarm = $3) RETURNING *";
    private static final Lookback.Table TOKENS = new Lookback.Table("door_token", "revoked_at");
    private static final String USED = "UPDATE door_token t SET used_at = greatest(t.used_at, u.at)"
            + " FROM unnest($1::uuid[], $2::timestamptz[]) AS u (id, at) WHERE t.id = u.id";
    private static final String FORGET = "DELETE FROM door_token WHERE expires_at < now() - make_interval(secs => $1)";

    private final Pool pool;
    private final DoorConfig config;
    private final CommandConfig kept;
    private final Clock clock = Clock.systemUTC();
    private final Set<String> revoked = ConcurrentHashMap.newKeySet();
    private final Map<String, Instant> used = new ConcurrentHashMap<>();
    private final Lookback revocations;

    /**
     * A token.
     *
     * @param role {@code operator} or {@code viewer}
     * @param swarm the swarm that it is limited to; {@code null} means all
     * @param lastUsedAt to the minute; {@code null} if it has not been used yet
     */
    @Schema(name = "IssuedToken")
    public record Pass(
            String id,
            String name,
            String role,
            String swarm,
            String madeBy,
            Instant madeAt,
            Instant expiresAt,
            Instant lastUsedAt,
            Instant revokedAt,
            String revokedBy) {}

    @Inject
    Passes(Pool pool, DoorConfig config, CommandConfig kept, WatchConfig watch) {
        this.pool = pool;
        this.config = config;
        this.kept = kept;
        this.revocations = new Lookback(
                pool,
                TOKENS,
                "t.id",
                null,
                watch.probeTimeout(),
                row -> revoked.add(row.getUUID("id").toString()));
    }

    void readNowAndThen(@Observes StartupEvent started, Regularly regularly) {
        regularly.fromTheStart(config.revocationEvery(), "Reading revoked tokens", revocations::look);
        regularly.every(config.tokenUsedEvery(), "Writing the last uses of tokens", this::writeUsed);
        regularly.every(kept.purgeEvery(), "Purging tokens that have ended", this::forget);
    }

    /** Refuses a revoked token. A token that passes counts as used. */
    void check(String id) {
        if (!revocations.hasLooked()) {
            throw Problem.of(Code.IF_ERR_UNAVAILABLE, "It is not yet known which tokens are revoked.");
        }
        if (revoked.contains(id)) {
            throw Unauthenticated.REVOKED.problem();
        }
        used.put(id, clock.instant());
    }

    /**
     * Refuses a caller whose token is revoked by now, even if this process has not read that yet: otherwise a revoked
     * token would live on in the tokens that it makes. Lets tokens without a row pass.
     */
    Uni<Void> mustHold(SqlClient client, Caller caller) {
        return caller.tokenId() == null
                ? Uni.createFrom().voidItem()
                : client.preparedQuery(HOLDS)
                        .execute(Tuple.of(UUID.fromString(caller.tokenId())))
                        .invoke(rows -> {
                            if (rows.size() == 0) {
                                throw Unauthenticated.REVOKED.problem();
                            }
                        })
                        .replaceWithVoid();
    }

    /** The same outside a transaction. */
    Uni<Void> mustHold(Caller caller) {
        return mustHold(pool, caller);
    }

    /** Stores a token before it is handed out. */
    Uni<Void> add(SqlClient client, Caller holder, String madeBy, Instant expiresAt) {
        return client.preparedQuery(ADD)
                .execute(Tuple.of(
                        UUID.fromString(holder.tokenId()),
                        holder.subject(),
                        holder.role().name(),
                        holder.swarm(),
                        madeBy,
                        expiresAt.atOffset(ZoneOffset.UTC)))
                .replaceWithVoid();
    }

    /** Revokes a token, in a transaction under way; {@code null} if none in reach of a swarm's operator has this id. */
    Uni<Pass> revoke(SqlClient client, UUID id, String by, String reach) {
        return client.preparedQuery(REVOKE)
                .execute(Tuple.of(id, by, reach))
                .map(rows -> rows.size() == 0 ? null : pass(rows.iterator().next()));
    }

    /** Applies a revocation: here from now on, elsewhere within 5 s. */
    void isRevoked(String id) {
        revoked.add(id);
    }

    /** The tokens in reach of a swarm's operator ({@code null}: all), newest first, after this one. */
    Uni<List<Pass>> page(String reach, Instant madeBefore, UUID before, int limit) {
        NewestFirst page = NewestFirst.by("made_at", "id")
                .only("swarm", reach)
                .before(madeBefore.atOffset(ZoneOffset.UTC), before);
        Tuple values = Tuple.tuple();
        String sql = "SELECT * FROM door_token WHERE " + page.condition(values) + page.order();
        return pool.preparedQuery(sql + " LIMIT $" + values.addInteger(limit).size())
                .execute(values)
                .map(rows -> {
                    List<Pass> passes = new ArrayList<>();
                    rows.forEach(row -> passes.add(pass(row)));
                    return passes;
                });
    }

    /** Writes the uses of tokens since the last time. What cannot be written is written the next time. */
    Uni<Void> writeUsed() {
        Map<String, Instant> now = Map.copyOf(used);
        if (now.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        List<String> ids = now.keySet().stream().sorted().toList();
        Tuple columns = Tuple.of(
                ids.stream().map(UUID::fromString).toArray(UUID[]::new),
                ids.stream().map(id -> now.get(id).atOffset(ZoneOffset.UTC)).toArray(OffsetDateTime[]::new));
        return pool.preparedQuery(USED)
                .execute(columns)
                .invoke(() -> now.forEach(used::remove))
                .replaceWithVoid();
    }

    /** Forgets tokens that ended long ago; in memory revoked ones stay until the process ends. */
    private Uni<Void> forget() {
        return pool.preparedQuery(FORGET)
                .execute(Tuple.of((double) config.tokenListed().toSeconds()))
                .replaceWithVoid();
    }

    private static Pass pass(Row row) {
        return new Pass(
                row.getUUID("id").toString(),
                row.getString("name"),
                row.getString("role").toLowerCase(Locale.ROOT),
                row.getString("swarm"),
                row.getString("made_by"),
                instant(row, "made_at"),
                instant(row, "expires_at"),
                instant(row, "used_at"),
                instant(row, "revoked_at"),
                row.getString("revoked_by"));
    }

    private static Instant instant(Row row, String column) {
        OffsetDateTime at = row.getOffsetDateTime(column);
        return at == null ? null : at.toInstant();
    }
}
