package io.infrafabric.bus;

import static io.infrafabric.bus.BusBed.PROBE;
import static io.infrafabric.bus.BusBed.await;
import static io.infrafabric.bus.BusBed.failed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.infrafabric.event.CoordinatorEvent;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import io.vertx.pgclient.PgException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TransactionsTest {
    private BusBed bed;

    @BeforeEach
    void start() {
        bed = BusBed.fresh();
        bed.sql("CREATE TABLE t (v int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
        bed.subscribe(PROBE, Set.of(CoordinatorEvent.TaskFailed.class));
    }

    @AfterEach
    void stop() {
        bed.close();
    }

    private static Uni<String> insert(Work work, int value) {
        return work.connection()
                .query("INSERT INTO t VALUES (" + value + ")")
                .execute()
                .replaceWith("inserted " + value);
    }

    @Test
    void stateAndOutboxCommitTogetherAndEventsArePublished() {
        List<String> rung = new CopyOnWriteArrayList<>();
        bed.bells.listen("tasks", rung::add);
        AtomicReference<List<Envelope>> emitted = new AtomicReference<>();

        String answer = await(bed.transactions.run(work -> {
            work.emit(failed("a"), new Trace("parent", "token"));
            work.emit(failed("b"), Trace.NONE);
            work.ring("tasks:swarm");
            emitted.set(work.emitted());
            return insert(work, 1);
        }));

        assertThat(answer).isEqualTo("inserted 1");
        assertThat(bed.number("SELECT count(*) FROM t")).isEqualTo(1);
        assertThat(emitted.get()).extracting(Envelope::source).containsOnly("/s2/coordinator");
        assertThat(bed.strings("SELECT subject FROM bus_event ORDER BY seq")).containsExactly("task:a", "task:b");
        assertThat(rung).containsExactly("swarm");
        await().untilAsserted(() -> {
            assertThat(bed.streamLength(PROBE)).isEqualTo(2);
            assertThat(bed.number("SELECT count(*) FROM bus_event WHERE published"))
                    .isEqualTo(2);
        });
    }

    @Test
    void whatIsToBeLastIsWrittenOnceAfterAllElse() {
        bed.makeEffectTable();
        Work.Last last = work -> work.connection()
                .query("INSERT INTO effect (subject) SELECT 'saw ' || count(*) || ' and "
                        + work.emitted().size() + "' FROM t")
                .execute();

        await(bed.transactions.run(work -> {
            work.last(last);
            work.emit(failed("a"), Trace.NONE);
            return insert(work, 1).chain(() -> {
                work.last(last);
                work.emit(failed("b"), Trace.NONE);
                return insert(work, 2);
            });
        }));

        assertThat(bed.effects()).containsExactly("saw 2 and 2");
    }

    @Test
    void aFailureOfWhatIsLastLeavesNothing() {
        assertThatThrownBy(() -> await(bed.transactions.run(work -> {
                    work.last(late -> late.connection().query("SELECT 1 / 0").execute());
                    work.emit(failed("a"), Trace.NONE);
                    return insert(work, 1);
                })))
                .hasMessageContaining("division by zero");

        assertThat(bed.number("SELECT (SELECT count(*) FROM t) + (SELECT count(*) FROM bus_event)"))
                .isZero();
    }

    @Test
    void aTypeThatNobodySubscribesToIsWrittenAsPublished() {
        bed.emit(BusBed.lost("s", 1));

        assertThat(bed.strings("SELECT published FROM bus_event")).containsExactly("true");
        assertThat(bed.streamLength(PROBE)).isZero();
    }

    @Test
    void aFailureOfTheBodyLeavesNothing() {
        assertThatThrownBy(() -> await(bed.transactions.run(work -> {
                    work.emit(failed("a"), Trace.NONE);
                    return insert(work, 1).invoke(inserted -> {
                        throw new IllegalStateException("after all not");
                    });
                })))
                .hasMessage("after all not");

        assertThat(bed.number("SELECT (SELECT count(*) FROM t) + (SELECT count(*) FROM bus_event)"))
                .isZero();
    }

    @Test
    void whatTheDatabaseRefusesAtCommitFails() {
        await(bed.transactions.run(work -> insert(work, 1)));

        assertThatThrownBy(() -> await(bed.transactions.run(work -> insert(work, 1))))
                .isInstanceOfSatisfying(
                        PgException.class,
                        refused -> assertThat(refused.getSqlState()).isEqualTo("23505"));
    }

    /** And not what the statement after it says: that the transaction is aborted. */
    @Test
    void whatFailedAlongsideIsTheReason() {
        assertThatThrownBy(() -> await(bed.transactions.run(work -> {
                    work.alongside(work.connection().query("SELECT 1 / 0").execute());
                    return insert(work, 1);
                })))
                .isInstanceOfSatisfying(
                        PgException.class,
                        refused -> assertThat(refused.getSqlState()).isEqualTo("22012"));

        assertThat(bed.number("SELECT count(*) FROM t")).isZero();
    }

    @Test
    void anAbortedTransactionNeverLooksCommitted() {
        assertThatThrownBy(() -> await(bed.transactions.run(work -> insert(work, 1)
                        .chain(() -> work.connection().query("SELECT 1 / 0").execute())
                        .onFailure()
                        .recoverWithNull())))
                .isInstanceOf(PgException.class);
        assertThatThrownBy(() -> await(bed.transactions.run(work -> {
                    work.emit(failed("a"), Trace.NONE);
                    return work.connection()
                            .query("SELECT 1 / 0")
                            .execute()
                            .onFailure()
                            .recoverWithNull();
                })))
                .isInstanceOf(PgException.class);

        assertThat(bed.number("SELECT (SELECT count(*) FROM t) + (SELECT count(*) FROM bus_event)"))
                .isZero();
    }

    @Test
    void tooLargeAnEventIsRefused() {
        CoordinatorEvent large = new CoordinatorEvent.TaskDied("t", "swarm", "x".repeat(Envelope.MAX_BYTES), 1);

        assertThatThrownBy(() -> await(bed.transactions.run(work -> {
                    work.emit(large, Trace.NONE);
                    return insert(work, 1);
                })))
                .isInstanceOf(IllegalArgumentException.class);

        assertThat(bed.number("SELECT count(*) FROM t")).isZero();
    }

    @Test
    void aLostAnswerToCommitIsAskedFor() {
        try (BusBed cut = bed.beside(cuttingProxy(true))) {
            String answer = await(cut.transactions.run(work -> {
                work.emit(failed("a"), Trace.NONE);
                return insert(work, 1);
            }));
            assertThat(answer).isEqualTo("inserted 1");
        }
        assertThat(bed.number("SELECT count(*) FROM t")).isEqualTo(1);
    }

    @Test
    void aCommitThatNeverArrivedIsAFailure() {
        try (BusBed cut = bed.beside(cuttingProxy(false))) {
            assertThatThrownBy(() -> await(cut.transactions.run(work -> insert(work, 1))))
                    .satisfies(failure -> assertThat(FailureKind.of(failure)).isEqualTo(FailureKind.AWAY))
                    .isNotInstanceOf(CommitUnknown.class);
        }
        assertThat(bed.number("SELECT count(*) FROM t")).isZero();
    }

    /** Cuts the first connection at its COMMIT: before the server gets it, or before the client gets the answer. */
    private int cuttingProxy(boolean serverGetsIt) {
        NetServer proxy = bed.vertx.createNetServer();
        proxy.connectHandler(client -> {
            client.pause();
            bed.vertx
                    .createNetClient()
                    .connect(BusServers.postgresPort(), "127.0.0.1")
                    .onSuccess(server -> join(client, server, serverGetsIt));
        });
        return await(proxy.listen(0, "127.0.0.1")).actualPort();
    }

    private void join(NetSocket client, NetSocket server, boolean serverGetsIt) {
        AtomicReference<Boolean> cut = new AtomicReference<>(false);
        client.handler(sent -> {
            if (isCommit(sent)) {
                cut.set(true);
                if (serverGetsIt) {
                    server.write(sent);
                } else {
                    server.close();
                    client.close();
                }
            } else {
                server.write(sent);
            }
        });
        server.handler(answer -> {
            if (cut.get()) {
                client.close();
            } else {
                client.write(answer);
            }
        });
        client.closeHandler(closed -> server.close());
        server.closeHandler(closed -> client.close());
        client.resume();
    }

    private static boolean isCommit(Buffer sent) {
        return sent.toString(java.nio.charset.StandardCharsets.ISO_8859_1).contains("COMMIT");
    }
}
