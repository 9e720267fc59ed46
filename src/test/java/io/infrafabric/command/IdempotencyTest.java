package io.infrafabric.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.infrafabric.command.Idempotency.Answer;
import io.infrafabric.command.Idempotency.Verdict;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Transaction;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Two transactions with one key, on a real PostgreSQL. */
@QuarkusTest
class IdempotencyTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final String WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            + " AND ((classid::bigint << 32) | objid::bigint) = $1";

    @Inject
    Idempotency idempotency;

    @Inject
    Pool pool;

    private final Idempotency.Key key = key("one");

    private static Idempotency.Key key(String bodyHash) {
        return new Idempotency.Key("scope-" + UUID.randomUUID(), bodyHash);
    }

    /** A transaction that a test opens and ends when it likes. */
    private final class Opened implements AutoCloseable {
        private final SqlConnection connection = pool.getConnection().await().atMost(SOON);
        private final Transaction transaction = connection.begin().await().atMost(SOON);

        CompletableFuture<Map<Idempotency.Key, Verdict>> begin(Idempotency.Key... keys) {
            return idempotency
                    .begin(connection, List.of(keys))
                    .subscribeAsCompletionStage()
                    .toCompletableFuture();
        }

        void keep(Idempotency.Key kept, String body) {
            idempotency
                    .keep(connection, Map.of(kept, new Answer(201, body)))
                    .await()
                    .atMost(SOON);
        }

        void commit() {
            transaction.commit().await().atMost(SOON);
        }

        void rollback() {
            transaction.rollback().await().atMost(SOON);
        }

        @Override
        public void close() {
            connection.closeAndAwait();
        }
    }

    @Test
    void operators_of_one_name_in_different_swarms_do_not_get_each_others_answers() {
        List<String> scopes = Stream.of(
                        new Caller("ann", "red", Role.OPERATOR),
                        new Caller("ann", "blue", Role.OPERATOR),
                        new Caller("ann", null, Role.OPERATOR),
                        new Caller("ann", "red", Role.SESSION),
                        new Caller("ann", "red", Role.SESSION, 2))
                .map(caller -> Idempotency.Key.of(caller, "POST", "/coordinator/tasks", "k", "hash")
                        .scope())
                .toList();
        assertThat(scopes).doesNotHaveDuplicates();
        // A session is the same whatever swarm it is in; which enrolment it calls in decides.
        assertThat(Idempotency.Key.of(
                                new Caller("ann", "blue", Role.SESSION), "POST", "/coordinator/tasks", "k", "hash")
                        .scope())
                .isEqualTo(scopes.get(3));
    }

    @Test
    void a_duplicate_waits_for_the_first_and_gets_its_answer() {
        try (Opened first = new Opened();
                Opened second = new Opened()) {
            assertThat(first.begin(key).join()).containsEntry(key, new Verdict.Fresh());
            var verdict = second.begin(key);
            awaitSomebodyWaitsFor(key);
            assertThat(verdict).isNotDone();
            first.keep(key, "made");
            first.commit();
            assertThat(verdict.join()).containsEntry(key, new Verdict.Replayed(201, "made"));
        }
    }

    @Test
    void a_duplicate_goes_on_itself_when_the_first_had_no_effect() {
        try (Opened first = new Opened();
                Opened second = new Opened()) {
            first.begin(key).join();
            var verdict = second.begin(key);
            awaitSomebodyWaitsFor(key);
            first.keep(key, "undone");
            first.rollback();
            assertThat(verdict.join()).containsEntry(key, new Verdict.Fresh());
        }
    }

    @Test
    void another_body_is_a_mismatch() {
        try (Opened first = new Opened()) {
            first.begin(key).join();
            first.keep(key, "made");
            first.commit();
        }
        var other = new Idempotency.Key(key.scope(), "two");
        try (Opened second = new Opened()) {
            assertThat(second.begin(other).join()).containsEntry(other, new Verdict.Mismatch());
        }
    }

    @Test
    void batches_with_the_same_keys_in_another_order_do_not_block_each_other() {
        Idempotency.Key other = key("x");
        try (Opened first = new Opened();
                Opened second = new Opened()) {
            assertThat(first.begin(key, other).join()).hasSize(2);
            var verdicts = second.begin(other, key);
            awaitSomebodyWaitsFor(key.lock() < other.lock() ? key : other);
            first.keep(other, "made");
            first.commit();
            assertThat(verdicts.join())
                    .containsEntry(key, new Verdict.Fresh())
                    .containsEntry(other, new Verdict.Replayed(201, "made"));
        }
    }

    @Test
    void one_key_twice_in_a_batch_is_a_mistake_and_none_is_nothing() {
        try (Opened opened = new Opened()) {
            assertThat(opened.begin().join()).isEmpty();
            var again = new Idempotency.Key(key.scope(), "two");
            assertThatIllegalArgumentException().isThrownBy(() -> opened.begin(key, again));
        }
    }

    @Test
    void answers_are_purged_after_their_time() {
        try (Opened opened = new Opened()) {
            opened.begin(key).join();
            opened.keep(key, "made");
            opened.commit();
        }
        Idempotency.Key old = key("old");
        pool.preparedQuery("INSERT INTO door_idempotency (key, body_hash, status, body, at)"
                        + " SELECT $1 || n, 'h', 200, '', now() - interval '25 hours' FROM generate_series(1, 2500) n")
                .executeAndAwait(Tuple.of(old.scope()));
        assertThat(idempotency.purge().await().atMost(SOON)).isGreaterThanOrEqualTo(2500);
        try (Opened opened = new Opened()) {
            assertThat(opened.begin(key).join()).containsEntry(key, new Verdict.Replayed(201, "made"));
        }
    }

    private void awaitSomebodyWaitsFor(Idempotency.Key waitedFor) {
        Awaitility.await()
                .until(() -> pool.preparedQuery(WAITING)
                                .executeAndAwait(Tuple.of(waitedFor.lock()))
                                .iterator()
                                .next()
                                .getLong(0)
                        == 1);
    }
}
