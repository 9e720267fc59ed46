package io.infrafabric.command;

import io.infrafabric.bus.Regularly;
import io.infrafabric.problem.Code;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * Keeps answers by {@code Idempotency-Key}, committed with the effect. A command first calls {@link #begin} in its
 * transaction, which waits for a concurrent duplicate. If the command may go on and has an effect, it calls
 * {@link #keep}.
 *
 * <p>Two calls with one key exclude each other by an advisory lock that lives as long as the transaction. The answer is
 * looked up in a second statement, because only a new statement sees what the other one committed while this one waited
 * (READ COMMITTED).
 */
@ApplicationScoped
public class Idempotency {
    // count() gives a value; the lock's own type, void, has none.
    private static final String LOCK = "SELECT count(pg_advisory_xact_lock(k)) FROM unnest($1::bigint[]) AS k";
    private static final String FIND = "SELECT key, body_hash, status, body FROM door_idempotency WHERE key = ANY ($1)";
    private static final String KEEP = "INSERT INTO door_idempotency (key, body_hash, status, body)"
            + " SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::text[])";
    private static final String PURGE = "DELETE FROM door_idempotency WHERE key IN (SELECT key FROM door_idempotency"
            + " WHERE at < now() - make_interval(secs => $1) LIMIT $2 FOR UPDATE SKIP LOCKED)";

    private final Pool pool;
    private final CommandConfig config;

    @Inject
    Idempotency(Pool pool, CommandConfig config) {
        this.pool = pool;
        this.config = config;
    }

    /**
     * One use of a key, and the deed behind it.
     *
     * @param scope hash of caller, method, path and key; {@code null} for a call without a key
     * @param bodyHash hash of the body, {@code null} without a key
     * @param deed the call's row in the audit log, or {@code null}
     */
    public record Key(String scope, String bodyHash, Deed deed) {

        /** A use of a key by a caller whose calls are not in the audit log. */
        public Key(String scope, String bodyHash) {
            this(scope, bodyHash, null);
        }

        /** A call without a key that goes into the audit log. */
        public static Key none(Deed deed) {
            return new Key(null, null, deed);
        }

        public Key by(Deed itsDeed) {
            return new Key(scope, bodyHash, itsDeed);
        }

        /** Whether the caller gave a key at all. */
        boolean isGiven() {
            return scope != null;
        }

        /**
         * The use of {@code key} by a caller on a path, with a body of this hash ({@link Canonical#hash}). The scope
         * contains the enrolment, so that a session enrolled again does not get its old answers, and the swarm, because
         * operators of different swarms may share a name.
         */
        public static Key of(Caller caller, String method, String path, String key, String bodyHash) {
            return new Key(
                    Canonical.sha256(String.join("\n", caller.role().name(), who(caller), method, path, key)),
                    bodyHash);
        }

        private static String who(Caller caller) {
            if (!caller.isSession() && caller.swarm() != null) {
                return caller.subject() + "@" + caller.swarm();
            }
            return caller.enrolment() > 1 ? caller.subject() + "@" + caller.enrolment() : caller.subject();
        }

        /** The number to lock for the scope. Two scopes with the same number (2^-64) wait for each other needlessly. */
        long lock() {
            return ByteBuffer.wrap(Canonical.digest(scope)).getLong();
        }
    }

    /** What is known about a key. */
    public sealed interface Verdict {
        /** Never used: go on. */
        record Fresh() implements Verdict {}

        /** Used with the same body: repeat this answer. */
        record Replayed(int status, String body) implements Verdict {}

        /** Used with another body: refuse with {@link Code#IF_ERR_IDEMPOTENCY_KEY_REUSED}. */
        record Mismatch() implements Verdict {}
    }

    /** An answer to keep. */
    public record Answer(int status, String body) {}

    /**
     * Locks the keys until the end of the transaction, in one order, and looks them up. Call it once in a transaction,
     * before anything else is locked, so that batches cannot wait for each other in a circle.
     *
     * @throws IllegalArgumentException if two uses of one key are in one batch: neither would wait for the other, so
     * they must go into different batches
     */
    public Uni<Map<Key, Verdict>> begin(SqlConnection connection, Collection<Key> keys) {
        var scopes = new HashSet<String>();
        for (Key key : keys) {
            if (!scopes.add(key.scope())) {
                throw new IllegalArgumentException("Two uses of one Idempotency-Key in one batch.");
            }
        }
        if (keys.isEmpty()) {
            return Uni.createFrom().item(Map.of());
        }
        Long[] locks = keys.stream().map(Key::lock).sorted().toArray(Long[]::new);
        Uni<RowSet<Row>> locked =
                connection.preparedQuery(LOCK).execute(Tuple.tuple().addArrayOfLong(locks));
        Uni<RowSet<Row>> found =
                connection.preparedQuery(FIND).execute(Tuple.tuple().addArrayOfString(scopes.toArray(String[]::new)));
        // Subscribed in this order without waiting, so both travel in one round trip.
        return Uni.combine().all().unis(locked, found).with((_, rows) -> verdicts(keys, rows));
    }

    /**
     * Keeps the answers of commands that had an effect, not of refused ones. Only for keys that {@link #begin} found
     * fresh in the same transaction.
     */
    public Uni<Void> keep(SqlConnection connection, Map<Key, Answer> answers) {
        if (answers.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        List<Map.Entry<Key, Answer>> entries = List.copyOf(answers.entrySet());
        Tuple columns = Tuple.tuple()
                .addArrayOfString(entries.stream().map(e -> e.getKey().scope()).toArray(String[]::new))
                .addArrayOfString(
                        entries.stream().map(e -> e.getKey().bodyHash()).toArray(String[]::new))
                .addArrayOfInteger(
                        entries.stream().map(e -> e.getValue().status()).toArray(Integer[]::new))
                .addArrayOfString(entries.stream().map(e -> e.getValue().body()).toArray(String[]::new));
        return connection.preparedQuery(KEEP).execute(columns).replaceWithVoid();
    }

    private static Map<Key, Verdict> verdicts(Collection<Key> keys, RowSet<Row> rows) {
        var kept = new HashMap<String, Row>();
        rows.forEach(row -> kept.put(row.getString("key"), row));
        var verdicts = new HashMap<Key, Verdict>();
        for (Key key : keys) {
            verdicts.put(key, verdict(key, kept.get(key.scope())));
        }
        return verdicts;
    }

    private static Verdict verdict(Key key, Row kept) {
        if (kept == null) {
            return new Verdict.Fresh();
        }
        return kept.getString("body_hash").equals(key.bodyHash())
                ? new Verdict.Replayed(kept.getInteger("status"), kept.getString("body"))
                : new Verdict.Mismatch();
    }

    void purgeNowAndThen(@Observes StartupEvent started, Regularly regularly) {
        regularly.every(config.purgeEvery(), "Purging kept answers", this::purge);
    }

    /** Deletes expired answers in batches, and gives their number. */
    Uni<Long> purge() {
        Tuple bounds = Tuple.of((double) config.idempotencyKept().toSeconds(), config.purgeBatch());
        return pool.preparedQuery(PURGE)
                .execute(bounds)
                .map(rows -> rows.rowCount())
                .repeat()
                .whilst(purged -> purged == config.purgeBatch())
                .collect()
                .in(() -> new long[1], (sum, purged) -> sum[0] += purged)
                .map(sum -> sum[0]);
    }
}
