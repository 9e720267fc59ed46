package io.infrafabric.dissent;

import static io.infrafabric.consensus.Chamber.PATIENCE;
import static io.infrafabric.dissent.Examples.AT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.bus.Aside;
import io.infrafabric.bus.EntitySessions;
import io.infrafabric.dissent.Chain.Head;
import io.infrafabric.dissent.Chain.Kind;
import io.infrafabric.dissent.Chain.Link;
import io.infrafabric.dissent.Verification.Verified;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.hibernate.reactive.mutiny.Mutiny;
import org.junit.jupiter.api.Test;

/** The chain in a real database: who appends, where the work is done, and verifying it however long it is. */
@QuarkusTest
class ChainTransactionTest {
    private static final int LONG = 6000;

    @Inject
    Aside aside;

    @Inject
    EntitySessions sessions;

    @Inject
    ChainTransaction chain;

    @Inject
    Scribe scribe;

    private static <T> T await(Uni<T> uni) {
        return uni.await().atMost(PATIENCE);
    }

    private Uni<Link> append(Mutiny.Session session, String decision, Object content) {
        return ChainTable.lock(session)
                .take()
                .chain(head -> chain.append(session, head, Kind.FALSIFIER_LAPSED, decision, "demo", content, AT));
    }

    /** Says on which thread it became JSON. */
    public static final class Witness {
        private volatile Boolean onEventLoop;

        public String getSaid() {
            onEventLoop = Context.isOnEventLoopThread();
            return "words";
        }
    }

    @Test
    void links_are_made_off_the_event_loop_and_the_transaction_stays_on_its_own() {
        String decision = "witness-" + UUID.randomUUID();
        Witness witness = new Witness();
        Uni<Void> rolledBack = sessions.run((session, work) -> {
            Thread before = Thread.currentThread();
            return append(session, decision, witness)
                    .invoke(link -> {
                        assertThat(Context.isOnEventLoopThread()).isTrue();
                        assertThat(Thread.currentThread()).isSameAs(before);
                    })
                    .chain(link -> work.connection()
                            .preparedQuery("SELECT count(*) FROM dissent_link WHERE decision = $1 AND hash = $2")
                            .execute(Tuple.of(decision, link.hash())))
                    .map(rows -> rows.iterator().next().getLong(0))
                    .invoke(seen -> assertThat(seen).isEqualTo(1))
                    .chain(() -> Uni.createFrom().failure(new IllegalStateException("enough seen")));
        });
        assertThatThrownBy(() -> await(rolledBack)).hasMessage("enough seen");
        assertThat(witness.onEventLoop).isFalse();
        assertThat(await(chain.of(decision))).isEmpty();
    }

    /** As reactions in several transactions do it, each on a connection of its own. */
    @Test
    void who_appends_at_once_comes_one_after_the_other() {
        String decision = "race-" + UUID.randomUUID();
        List<Uni<Link>> all = IntStream.range(0, 20)
                .mapToObj(i -> sessions.run((session, work) -> append(session, decision, Map.of("said", i))))
                .toList();
        List<Link> appended = await(Uni.join().all(all).andFailFast());
        assertThat(appended).extracting(Link::previous).doesNotHaveDuplicates();
        List<Link> kept = await(chain.of(decision));
        assertThat(kept).hasSize(20).containsExactlyInAnyOrderElementsOf(appended);
        assertThat(await(chain.verify(kept.getFirst().head())).intact()).isTrue();
    }

    /** A link to a page: many pages, and none of them kept. */
    @Test
    void a_chain_of_many_pages_is_verified() {
        DissentConfig smallPages = Examples.config("verify-page", "1");
        Head end = scribe.grow(LONG);
        Verified verified = await(new ChainTransaction(aside, sessions, smallPages).verify(end));
        assertThat(verified.intact()).as("%s", verified).isTrue();
        assertThat(verified.links()).isGreaterThanOrEqualTo(LONG);
    }
}
