package io.infrafabric.door;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlConnection;
import java.util.Collection;
import java.util.Map;

/**
 * Answers kept for {@code Idempotency-Key}, committed with the effect. A command first calls {@link #begin} in its
 * transaction, which waits for a concurrent duplicate; if it may go on and has an effect, it calls {@link #keep}.
 */
public interface Idempotency {

    /**
     * One use of a key.
     *
     * @param scope caller, method, path and key, as one hash
     * @param bodyHash hash of the body
     */
    record Key(String scope, String bodyHash) {}

    /** What is known of a key. */
    sealed interface Verdict {
        /** Never used: go on. */
        record Fresh() implements Verdict {}

        /** Used with the same body: this was the answer. */
        record Replayed(int status, String body) implements Verdict {}

        /** Used with another body. */
        record Mismatch() implements Verdict {}
    }

    /** An answer to keep. */
    record Answer(int status, String body) {}

    /** Locks the keys to the end of the transaction, in one order, and looks them up. */
    Uni<Map<Key, Verdict>> begin(SqlConnection connection, Collection<Key> keys);

    /** Keeps the answers of effects; what was refused is not kept. */
    Uni<Void> keep(SqlConnection connection, Map<Key, Answer> answers);
}
