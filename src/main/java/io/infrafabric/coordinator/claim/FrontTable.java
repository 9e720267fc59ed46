package io.infrafabric.coordinator.claim;

import io.infrafabric.bus.Rows;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.task.Priority;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Where the heads of lanes are, beside an old snapshot: as long as a transaction somewhere keeps one open, the database cannot
 * clear away the entries of tasks that have gone, and each claim would walk past all of them. A front says from which place on a
 * lane is to be read. It stands in the database ({@code coordinator_front}), and all processes read by it.
 *
 * <p>It is exact at any time. Nothing comes into a queue behind a front unseen: whatever is submitted has a place after all
 * that was drawn before the front was moved, which only happens when each transaction that had drawn one is over. Whatever comes
 * back into an old place (a release, a retry, the end of a lease, a dependency that is met, another priority) draws a number
 * as it comes, by a trigger, and a small index finds what has drawn one since. The oldest of those that stay are kept by
 * their place.
 *
 * <p>What this class remembers (which lanes claims looked into) only says where a front is worth it. Without an old snapshot
 * there are no fronts, and claims read as if there had never been any.
 */
@ApplicationScoped
public class FrontTable {
    /** The most lanes that are noted between two looks. */
    private static final int MOST = 2_000;

    /** A front is only moved over so many places at least, since each move adds a row. */
    private static final int LEAST_GAIN = 100;

    private static final int TRIES = 10;
    private static final Duration PAUSE = Duration.ofMillis(20);

    private static final String NEEDED =
            "SELECT coordinator_snapshot_is_old($1) AS needed," + " EXISTS (SELECT FROM coordinator_front) AS there";
    private static final String FORGET = "DELETE FROM coordinator_front";
    private static final String DRAWN = "SELECT xact, place, back FROM coordinator_drawn()";
    private static final String MOVE =
            "SELECT coordinator_move_fronts($1::text[], $2::smallint[], $3::bigint[], $4, $5, $6, $7)";

    /** One lane of a swarm, by its number; 0 for what stands in none. */
    private record Place(String swarm, Priority priority, long lane) {}

    /** What all transactions before this one have drawn at most. */
    private record Drawn(long transaction, long place, long back) {}

    private final Pool pool;
    private final CoordinatorConfig config;
    private final Set<Place> seen = ConcurrentHashMap.newKeySet();

    /** Not over yet at the last look; only the look itself touches it. */
    private volatile Drawn pending;

    FrontTable(Pool pool, CoordinatorConfig config) {
        this.pool = pool;
        this.config = config;
    }

    /** Claims looked into what stands in no lane of these swarms. */
    public void lookedInto(Collection<String> swarms) {
        for (String swarm : swarms) {
            for (Priority priority : Priority.values()) {
                note(new Place(swarm, priority, 0));
            }
        }
    }

    /** Claims looked into these lanes. */
    void lookedIntoLanes(Collection<Lane> lanes) {
        lanes.stream()
                .filter(lane -> !lane.isOwn())
                .forEach(lane -> note(new Place(lane.swarm(), lane.priority(), lane.number())));
    }

    private void note(Place place) {
        if (seen.size() < MOST) {
            seen.add(place);
        }
    }

    /** Moves the fronts of what claims have looked into since the last look, if an old snapshot is open; else forgets all fronts. */
    public Uni<Void> look() {
        return pool.preparedQuery(NEEDED)
                .execute(Tuple.of(config.frontAge()))
                .map(rows -> rows.iterator().next())
                .chain(row -> {
                    if (row.getBoolean("needed")) {
                        return move();
                    }
                    seen.clear();
                    pending = null;
                    return row.getBoolean("there")
                            ? pool.query(FORGET).execute().replaceWithVoid()
                            : Uni.createFrom().voidItem();
                });
    }

    private Uni<Void> move() {
        List<Place> places = List.copyOf(new HashSet<>(seen));
        if (places.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        return drawn().chain(drawn -> move(places, drawn, TRIES))
                .invoke(moved -> {
                    if (moved) {
                        pending = null;
                        places.forEach(seen::remove);
                    }
                })
                .replaceWithVoid();
    }

    private Uni<Drawn> drawn() {
        return pending != null
                ? Uni.createFrom().item(pending)
                : pool.query(DRAWN)
                        .execute()
                        .map(rows -> drawn(rows.iterator().next()))
                        .invoke(drawn -> pending = drawn);
    }

    private static Drawn drawn(Row row) {
        return new Drawn(row.getLong("xact"), row.getLong("place"), row.getLong("back"));
    }

    /** Transactions are short: those that were open a moment ago are soon over. */
    private Uni<Boolean> move(List<Place> places, Drawn drawn, int tries) {
        return pool.preparedQuery(MOVE)
                .execute(row(places, drawn))
                .map(rows -> rows.iterator().next().getBoolean(0))
                .chain(moved -> moved || tries == 0
                        ? Uni.createFrom().item(moved)
                        : Uni.createFrom()
                                .voidItem()
                                .onItem()
                                .delayIt()
                                .by(PAUSE)
                                .chain(() -> move(places, drawn, tries - 1)));
    }

    private static Tuple row(List<Place> places, Drawn drawn) {
        return Tuple.tuple()
                .addArrayOfString(Rows.column(places, Place::swarm, String[]::new))
                .addArrayOfShort(Rows.column(places, place -> place.priority().level(), Short[]::new))
                .addArrayOfLong(Rows.column(places, Place::lane, Long[]::new))
                .addLong(drawn.transaction())
                .addLong(drawn.place())
                .addLong(drawn.back())
                .addInteger(LEAST_GAIN);
    }
}
