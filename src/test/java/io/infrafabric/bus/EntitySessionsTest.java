package io.infrafabric.bus;

import static io.infrafabric.bus.BusBed.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.event.Trace;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import jakarta.persistence.LockModeType;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Entities, raw statements, inbox and outbox on one connection and in one transaction. */
@QuarkusTest
class EntitySessionsTest {
    @Inject
    EntitySessions sessions;

    @Inject
    Transactions transactions;

    @Inject
    Inbox inbox;

    @Inject
    Pool pool;

    private final String id = "note-" + UUID.randomUUID();

    @BeforeEach
    void a_table_of_our_own() {
        await(pool.query("CREATE TABLE IF NOT EXISTS note (id text PRIMARY KEY, text text UNIQUE, tags text[],"
                        + " at timestamptz, version bigint)")
                .execute());
    }

    @Test
    void entities_statements_and_events_commit_together() {
        long seen = await(sessions.run((session, work) -> session.persist(new NoteRow(id, id, "a", "b"))
                .call(session::flush)
                .invoke(() -> work.emit(BusBed.failed(id), Trace.NONE))
                .chain(() -> work.connection()
                        .preparedQuery("SELECT count(*) AS n FROM note WHERE id = $1")
                        .execute(Tuple.of(id)))
                .map(rows -> rows.iterator().next().getLong("n"))));

        assertThat(seen).isEqualTo(1);
        assertThat(notes()).containsExactly(id);
        assertThat(events()).isEqualTo(1);
    }

    @Test
    void what_was_changed_is_flushed_before_the_commit_and_its_version_grows() {
        await(sessions.run((session, work) -> session.persist(new NoteRow(id, id))));
        await(sessions.run((session, work) -> session.find(NoteRow.class, id, LockModeType.PESSIMISTIC_WRITE)
                .invoke(note -> note.text = id + " changed")));

        assertThat(notes()).containsExactly(id + " changed");
        NoteRow read = await(sessions.run((session, work) -> session.find(NoteRow.class, id)));
        assertThat(read.version).isEqualTo(1);
    }

    @Test
    void a_failure_rolls_back_entities_and_events() {
        Uni<Void> failing = sessions.run((session, work) -> session.persist(new NoteRow(id, id))
                .call(session::flush)
                .invoke(() -> work.emit(BusBed.failed(id), Trace.NONE))
                .chain(() -> Uni.createFrom().failure(new IllegalStateException("no"))));

        assertThatThrownBy(() -> await(failing)).hasMessage("no");
        assertThat(notes()).isEmpty();
        assertThat(events()).isZero();
    }

    @Test
    void a_refusal_of_the_database_is_told_in_the_words_of_the_bus_and_the_connection_lives_on() {
        await(sessions.run((session, work) -> session.persist(new NoteRow(id, id))));
        Uni<Void> again = sessions.run((session, work) -> session.persist(new NoteRow(id, id)));
        for (int i = 0; i < 30; i++) {
            assertThatThrownBy(() -> await(again))
                    .satisfies(failure -> assertThat(FailureKind.of(failure)).isEqualTo(FailureKind.BROKEN));
        }
        Uni<Void> hanging = sessions.run((session, work) -> session.createNativeQuery("SET LOCAL statement_timeout = 1")
                .executeUpdate()
                .chain(() -> session.createNativeQuery("SELECT pg_sleep(10)").getResultList())
                .replaceWithVoid());
        assertThatThrownBy(() -> await(hanging))
                .satisfies(failure -> assertThat(FailureKind.of(failure)).isEqualTo(FailureKind.AWAY));
        assertThat(notes()).containsExactly(id);
    }

    @Test
    void a_session_neither_begins_nor_ends_the_transaction() {
        Uni<Void> begins = sessions.run(
                (session, work) -> session.withTransaction(transaction -> session.persist(new NoteRow(id, id))));
        assertThatThrownBy(() -> await(begins)).hasStackTraceContaining("Only Transactions begins");
        assertThat(notes()).isEmpty();
    }

    @Test
    void an_event_that_comes_twice_has_its_effect_on_entities_once() {
        AtomicInteger calls = new AtomicInteger();
        Reading.Known known = BusBed.known(new EventIds(), BusBed.failed(id));
        EventBatch batch = BusBed.batch(known);
        for (int i = 0; i < 2; i++) {
            await(inbox.take(
                    batch,
                    (work, envelope) -> sessions.in(work, session -> {
                        calls.incrementAndGet();
                        return session.persist(new NoteRow(id, id));
                    })));
        }
        assertThat(calls).hasValue(1);
        assertThat(notes()).containsExactly(id);
    }

    @Test
    void a_session_in_a_transaction_of_statements_sees_them() {
        NoteRow seen = await(transactions.run(work -> work.connection()
                .preparedQuery("INSERT INTO note (id, text, version) VALUES ($1, $1, 7)")
                .execute(Tuple.of(id))
                .chain(() -> sessions.in(work, session -> session.find(NoteRow.class, id)))));
        assertThat(seen.version).isEqualTo(7);
    }

    private List<String> notes() {
        return StreamSupport.stream(
                        await(pool.preparedQuery("SELECT text FROM note WHERE id = $1")
                                        .execute(Tuple.of(id)))
                                .spliterator(),
                        false)
                .map((Row row) -> row.getString(0))
                .toList();
    }

    private long events() {
        return await(pool.preparedQuery("SELECT count(*) FROM bus_event WHERE subject = $1")
                        .execute(Tuple.of("task:" + id)))
                .iterator()
                .next()
                .getLong(0);
    }
}
