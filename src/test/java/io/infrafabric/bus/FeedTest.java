package io.infrafabric.bus;

import static io.infrafabric.bus.BusBed.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.event.Trace;
import io.infrafabric.event.Versioned;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FeedTest {
    private static final Wanted ALL = new Wanted(null, Set.of());
    private static final String ROW =
            "INSERT INTO bus_event (day, id, type, subject, swarm, published, envelope) VALUES"
                    + " ((now() AT TIME ZONE 'UTC')::date, gen_random_uuid(), 's2.coordinator.task-failed.v1', 'task:raw', 'swarm', true, '{}')";

    private BusBed bed;
    private Feed feed;

    @BeforeEach
    void start() {
        bed = BusBed.fresh(
                Map.of("s2.bus.feed.recent-events", "20", "s2.bus.feed.page", "10", "s2.bus.feed.linger", "1s"));
        feed = new Feed(bed.vertx, bed.pool, bed.bells, bed.config);
    }

    @AfterEach
    void stop() {
        feed.close();
        bed.close();
    }

    /** Reads on after a number, as a reader does that waits for nothing. */
    private static final class Hand {
        private final Feed.Follower follower;
        private final List<Logged> all = new ArrayList<>();
        private long after;
        private long lost;

        Hand(Feed.Follower follower, long after) {
            this.follower = follower;
            this.after = after;
        }

        int read() {
            Feed.Slice slice = await(follower.after(after, 7, 1000));
            all.addAll(slice.events());
            lost = Math.max(lost, slice.lostUpTo());
            after = slice.upTo();
            return all.size();
        }

        List<String> subjects() {
            return all.stream().map(Logged::subject).toList();
        }
    }

    @Test
    void an_open_transaction_with_a_smaller_number_is_waited_for() {
        Hand hand = hand();
        SqlConnection open = await(bed.pool.getConnection());
        await(open.query("BEGIN").execute());
        await(open.query(ROW).execute());
        bed.emit(BusBed.failed("later"));
        bed.emit(BusBed.failed("latest"));
        await().during(Duration.ofMillis(300)).until(() -> hand.read() == 0);
        await(open.query("COMMIT").execute());
        soon().until(() -> hand.read() == 3);
        assertThat(hand.subjects()).containsExactly("task:raw", "task:later", "task:latest");
        await(open.close());
    }

    @Test
    void a_rolled_back_one_is_passed_over() {
        Hand hand = hand();
        SqlConnection open = await(bed.pool.getConnection());
        await(open.query("BEGIN").execute());
        await(open.query(ROW).execute());
        bed.emit(BusBed.failed("later"));
        await(open.query("ROLLBACK").execute());
        soon().until(() -> hand.read() == 1);
        assertThat(hand.subjects()).containsExactly("task:later");
        await(open.close());
    }

    @Test
    void a_follower_that_begins_while_somebody_writes_misses_nothing_of_what_has_a_smaller_number() {
        SqlConnection open = await(bed.pool.getConnection());
        await(open.query("BEGIN").execute());
        await(open.query(ROW).execute());
        bed.emit(BusBed.failed("later"));
        var begun = feed.follow(ALL).subscribeAsCompletionStage();
        await().during(Duration.ofMillis(200)).until(() -> !begun.isDone());
        await(open.query("COMMIT").execute());
        Hand hand = new Hand(begun.join(), 0);
        soon().until(() -> hand.read() == 2);
        assertThat(hand.subjects()).containsExactly("task:raw", "task:later");
        await(open.close());
    }

    /** Many processes write; entities are changed under a lock; some transactions fail at their commit and leave holes. */
    @Test
    void two_followers_at_different_places_see_all_once_in_the_order_of_each_entity() {
        bed.sql("CREATE TABLE entity (id int PRIMARY KEY, v bigint NOT NULL)");
        bed.sql("CREATE TABLE t (v int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
        bed.sql("INSERT INTO t VALUES (1)");
        bed.sql("INSERT INTO entity SELECT i, 0 FROM generate_series(0, 4) i");
        BusBed other = bed.beside();
        Hand quick = hand();
        Hand slow = hand();
        List<Uni<Void>> writes = new ArrayList<>();
        int count = 400;
        for (int i = 0; i < count; i++) {
            int number = i;
            writes.add((i % 2 == 0 ? bed : other)
                    .transactions
                    .run(work -> work.connection()
                            .query("UPDATE entity SET v = v + 1 WHERE id = " + number % 5 + " RETURNING v")
                            .execute()
                            .invoke(rows -> work.emit(
                                    BusBed.lost(
                                            "e" + number % 5,
                                            rows.iterator().next().getLong(0)),
                                    Trace.NONE))
                            .chain(() -> number % 7 == 3
                                    ? work.connection()
                                            .query("INSERT INTO t VALUES (1)")
                                            .execute()
                                            .replaceWithVoid()
                                    : Uni.createFrom().voidItem()))
                    .onFailure()
                    .recoverWithNull());
        }
        var all = Uni.join().all(writes).andFailFast().subscribeAsCompletionStage();
        long wanted = count
                - java.util.stream.IntStream.range(0, count)
                        .filter(i -> i % 7 == 3)
                        .count();
        soon().until(() -> quick.read() >= wanted && all.isDone());
        soon().until(() -> slow.read() >= wanted);
        for (Hand hand : List.of(quick, slow)) {
            assertThat(hand.all).hasSize((int) wanted);
            Map<String, Long> versions = new HashMap<>();
            for (Logged event : hand.all) {
                Reading.Known known = (Reading.Known) Envelopes.read(event.json());
                long version = ((Versioned) known.envelope().event()).version();
                assertThat(version).isEqualTo(versions.getOrDefault(event.subject(), 0L) + 1);
                versions.put(event.subject(), version);
            }
        }
        other.close();
    }

    @Test
    void a_dropped_day_is_said() {
        bed.emit(BusBed.failed("old"), BusBed.failed("old too"));
        Hand hand = hand();
        bed.sql("SELECT bus_drop_day((now() AT TIME ZONE 'UTC')::date)");
        bed.sql("SELECT bus_make_day((now() AT TIME ZONE 'UTC')::date)");
        bed.emit(BusBed.failed("new"));
        Hand late = new Hand(await(feed.follow(ALL)), 1);
        soon().until(() -> late.read() == 1);
        assertThat(late.lost).isEqualTo(2);
        assertThat(late.follower.standing().dropped()).isEqualTo(2);
        assertThat(late.subjects()).containsExactly("task:new");
        soon().until(() -> hand.read() == 1);
    }

    @Test
    void a_follower_gets_its_swarm_and_types_only_and_never_what_comes_due() {
        Hand none = new Hand(await(feed.follow(new Wanted("other", Set.of()))), 0);
        Hand state = new Hand(await(feed.follow(new Wanted("swarm", Set.of("s2.coordinator.session-*")))), 0);
        Hand all = hand();
        bed.emit(
                BusBed.failed("t"),
                BusBed.lost("s", 1),
                new io.infrafabric.event.BusEvent.CameDue("budget", "x:1", java.time.Instant.EPOCH));
        soon().until(() -> all.read() == 2);
        soon().until(() -> state.read() == 1);
        assertThat(state.subjects()).containsExactly("session:s");
        none.read();
        assertThat(none.all).isEmpty();
        assertThat(none.after).as("it goes on, past what it does not want").isEqualTo(3);
    }

    /** More than are read for at once, and more events than are kept in memory. */
    @Test
    void many_that_are_far_behind_at_once_all_catch_up() {
        int events = 60;
        Hand keeps = hand();
        for (int i = 0; i < events; i++) {
            bed.emit(BusBed.failed("t" + i));
        }
        soon().until(() -> keeps.read() == events);
        List<Hand> hands = new ArrayList<>();
        List<CompletableFuture<Feed.Slice>> first = new ArrayList<>();
        for (int i = 0; i < 3 * bed.config.feed().behindAtOnce(); i++) {
            Hand late = new Hand(await(feed.follow(ALL)), 0);
            hands.add(late);
            first.add(late.follower.after(0, 7, 1_000_000).subscribeAsCompletionStage());
        }
        assertThat(first)
                .allSatisfy(slice -> assertThat(slice.join().events())
                        .extracting(Logged::subject)
                        .containsExactlyElementsOf(keeps.subjects().subList(0, 7)));
        for (Hand late : hands) {
            soon().until(() -> late.read() == events);
            assertThat(late.subjects()).isEqualTo(keeps.subjects());
            late.follower.leave();
        }
    }

    /** The reader ends when nobody has followed for a while, and begins anew for the next. */
    @Test
    void one_that_comes_after_all_have_left_misses_nothing() {
        Hand first = hand();
        bed.emit(BusBed.failed("one"));
        soon().until(() -> first.read() == 1);
        first.follower.leave();
        await().atMost(Duration.ofSeconds(20)).until(() -> !feed.reads());
        bed.emit(BusBed.failed("two"));
        Hand next = new Hand(await(feed.follow(ALL)), first.after);
        soon().until(() -> next.read() == 1);
        assertThat(next.subjects()).containsExactly("task:two");
        bed.emit(BusBed.failed("three"));
        soon().until(() -> next.read() == 2);
    }

    /** Each look reads a few events only, and many looks at a tenth of a second each took a minute. */
    private static ConditionFactory soon() {
        return await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(5));
    }

    private Hand hand() {
        Feed.Follower follower = await(feed.follow(ALL));
        return new Hand(follower, follower.standing().settled());
    }
}
