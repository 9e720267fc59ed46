package io.infrafabric.door.identity;

import io.infrafabric.bus.DatabaseAway;
import io.infrafabric.bus.Regularly;
import io.infrafabric.bus.WatchConfig;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Canonical;
import io.infrafabric.command.CommandConfig;
import io.infrafabric.door.DoorConfig;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.infrafabric.problem.Unauthenticated;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The last uses of sliding tokens. Such a token holds as long as it never lies unused for longer than its time. The
 * process that it comes to knows this exactly, in memory. A use is due to be written when a hundredth of the token's
 * time has passed since the last write (a quarter of an hour for 24 h). Due uses are written together, every
 * {@link DoorConfig#useEvery()}. So other processes, and this one after a restart, may miss a use for that long, plus a
 * hundredth of the token's time. The database is asked only when, as far as this process knows, the time is over; then
 * it also says whether the token was revoked, however long ago.
 */
@ApplicationScoped
public class Uses {
    private static final int PARTS = 100;
    /** The shortest time between two questions to the database about an ended token. */
    private static final Duration ASK = Duration.ofSeconds(1);

    private static final String LAST =
            "SELECT (SELECT used_at FROM door_use WHERE token = $4) AS used_at, " + Revocations.REVOKED + " AS revoked";
    private static final String WRITE = "INSERT INTO door_use AS u (token, used_at, ends_at)"
            + " SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) ORDER BY 1"
            + " ON CONFLICT (token) DO UPDATE SET used_at = greatest(u.used_at, excluded.used_at),"
            + " ends_at = greatest(u.ends_at, excluded.ends_at)";
    private static final String PURGE = "DELETE FROM door_use WHERE token IN (SELECT token FROM door_use"
            + " WHERE ends_at < now() - interval '1 day' LIMIT $1 FOR UPDATE SKIP LOCKED)";

    private final Pool pool;
    private final DoorConfig config;
    private final CommandConfig kept;
    private final WatchConfig watch;
    private final Map<String, Use> unwritten = new ConcurrentHashMap<>();

    /** The uses of one token, as far as this process knows. */
    static final class Use {
        private final Signature.Grant grant;
        private final String token;
        private volatile Instant last;
        private volatile Instant written;
        private volatile Instant asked = Instant.EPOCH;

        /** @param grant what a sliding token grants */
        Use(String token, Signature.Grant grant) {
            this.grant = grant;
            this.token = Canonical.sha256(token);
            this.last = grant.issuedAt();
            this.written = last;
        }

        /** Whether the token has not lain unused for too long at that time. */
        boolean holdsAt(Instant now) {
            return last.plus(grant.idle()).isAfter(now);
        }

        private boolean isToBeWritten(Instant now) {
            return !written.plus(grant.idle().dividedBy(PARTS)).isAfter(now);
        }

        synchronized void usedAt(Instant at) {
            last = at.isAfter(last) ? at : last;
        }
    }

    @Inject
    Uses(Pool pool, DoorConfig config, CommandConfig kept, WatchConfig watch) {
        this.pool = pool;
        this.config = config;
        this.kept = kept;
        this.watch = watch;
    }

    void writeNowAndThen(@Observes StartupEvent started, Regularly regularly) {
        regularly.every(config.useEvery(), "Writing the uses of sessions' tokens", this::write);
        regularly.every(kept.purgeEvery(), "Purging unused tokens", this::purge);
    }

    /** Uses a token now; fails with a {@link Problem} if it has lain unused for too long. */
    Uni<Void> use(Use use, Instant now) {
        if (use.holdsAt(now)) {
            used(use, now);
            return Uni.createFrom().voidItem();
        }
        if (use.asked.plus(ASK).isAfter(now)) {
            return Uni.createFrom().failure(Unauthenticated.EXPIRED.problem());
        }
        Caller caller = use.grant.caller();
        return pool.preparedQuery(LAST)
                .execute(Tuple.of(Revocations.subject(caller), use.grant.generation(), caller.enrolment(), use.token))
                .ifNoItem()
                .after(watch.probeTimeout())
                .fail()
                .onFailure(DatabaseAway::isReasonOf)
                .transform(away -> Problem.of(
                        Code.IF_ERR_UNAVAILABLE, "This process does not know whether the token was used " + "lately."))
                .invoke(rows -> learn(use, rows.iterator().next(), now))
                .replaceWithVoid();
    }

    private void learn(Use use, Row row, Instant now) {
        if (row.getBoolean("revoked")) {
            throw Unauthenticated.REVOKED.problem();
        }
        OffsetDateTime known = row.getOffsetDateTime("used_at");
        if (known != null) {
            use.usedAt(known.toInstant());
        }
        if (!use.holdsAt(now)) {
            use.asked = now;
            throw Unauthenticated.EXPIRED.problem();
        }
        used(use, now);
    }

    private void used(Use use, Instant now) {
        use.usedAt(now);
        // If too many wait, the next use tries again.
        if (use.isToBeWritten(now) && unwritten.size() < config.tokenCache()) {
            unwritten.put(use.token, use);
        }
    }

    /** Writes the uses since the last time. What fails is written the next time. */
    Uni<Void> write() {
        List<Use> some = unwritten.values().stream().limit(config.useBatch()).toList();
        if (some.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        List<Instant> last = some.stream().map(use -> use.last).toList();
        OffsetDateTime[] ends = new OffsetDateTime[some.size()];
        for (int i = 0; i < ends.length; i++) {
            ends[i] = at(last.get(i).plus(some.get(i).grant.idle()));
        }
        some.forEach(use -> unwritten.remove(use.token, use));
        return pool.preparedQuery(WRITE)
                .execute(Tuple.tuple()
                        .addArrayOfString(some.stream().map(use -> use.token).toArray(String[]::new))
                        .addArrayOfOffsetDateTime(last.stream().map(Uses::at).toArray(OffsetDateTime[]::new))
                        .addArrayOfOffsetDateTime(ends))
                .onFailure()
                .invoke(() -> some.forEach(use -> unwritten.putIfAbsent(use.token, use)))
                .invoke(() -> {
                    for (int i = 0; i < some.size(); i++) {
                        some.get(i).written = last.get(i);
                    }
                })
                .chain(() -> some.size() == config.useBatch()
                        ? write()
                        : Uni.createFrom().voidItem());
    }

    private Uni<Void> purge() {
        return pool.preparedQuery(PURGE)
                .execute(Tuple.of(kept.purgeBatch()))
                .map(rows -> rows.rowCount())
                .repeat()
                .whilst(purged -> purged == kept.purgeBatch())
                .collect()
                .last()
                .replaceWithVoid();
    }

    private static OffsetDateTime at(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
