package io.infrafabric.bus;

import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/**
 * The event log for those who follow what happens: exactly, each event once, two events of one entity in their order, from any
 * number on that the log still holds ({@link LogTail} says how).
 *
 * <p>One reader in the process reads the end of the log, for all followers, while there are any; it looks when a bell rings
 * after a commit. A follower that is further behind than what is in memory reads pages of its own, a few followers at a time.
 * A follower keeps nothing but its number.
 */
@Singleton
public final class Feed {
    private static final Logger LOG = Logger.getLogger(Feed.class);

    private static final String WHERE = "SELECT last_value - CASE WHEN is_called THEN 0 ELSE 1 END,"
            + " (SELECT until FROM bus_dropped) FROM bus_event_seq_seq";
    private static final String PAGE =
            "SELECT seq, type, subject, swarm, envelope FROM bus_event WHERE seq > $1 ORDER BY seq LIMIT $2";
    private static final String BEHIND = "SELECT seq, type, subject, swarm, envelope FROM bus_event"
            + " WHERE seq > $1 AND seq <= $2 AND ($3::text IS NULL OR swarm = $3) AND type LIKE ANY ($4::text[])"
            + " ORDER BY seq LIMIT $5";
    private static final String DROPPED = "SELECT until FROM bus_dropped";
    /** Who may have taken numbers: each took this lock first, and has it until its transaction ends. */
    private static final String WRITERS = "SELECT virtualtransaction FROM pg_locks WHERE granted"
            + " AND relation = 'bus_event'::regclass AND mode = 'RowExclusiveLock'"
            + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

    /** What followers of all swarms wait for; no swarm has this name. */
    private static final String ALL = "*";

    /**
     * What a follower gets at once.
     *
     * @param upTo no event that it wants stands between the last of these and this number
     * @param lostUpTo the log no longer holds what stood after the follower's number and up to this one; 0: it does
     */
    public record Slice(List<Logged> events, long upTo, long lostUpTo) {}

    /**
     * Where the log stands for one that begins to follow.
     *
     * @param settled all up to this number is known
     * @param newest the greatest number that was ever given
     * @param dropped days of the log were dropped up to this number
     */
    public record Standing(long settled, long newest, long dropped) {}

    private final Vertx vertx;
    private final Pool pool;
    private final Bells bells;
    private final BusConfig.Feed config;
    /** Where followers wait, by swarm. */
    private final Rings rings = new Rings();
    /** Where the reader waits for a commit. */
    private final Rings more = new Rings();

    private final ArrayDeque<Runnable> behind = new ArrayDeque<>();
    private int behindNow;

    private int followers;
    private long emptySince;
    /** Completes when the reader runs and knows where it stands; {@code null} while there is none. */
    private Promise<LogTail> tail;

    @Inject
    Feed(Vertx vertx, Pool pool, Bells bells, BusConfig config) {
        this.vertx = vertx;
        this.pool = pool;
        this.bells = bells;
        this.config = config.feed();
        bells.listen(FeedBell.NAME, more::ring);
    }

    /** One that follows, until it leaves. */
    public final class Follower {
        private final Wanted wanted;
        private final LogTail tail;
        private final Standing standing;
        private final AtomicBoolean gone = new AtomicBoolean();

        private Follower(Wanted wanted, LogTail tail, Standing standing) {
            this.wanted = wanted;
            this.tail = tail;
            this.standing = standing;
        }

        /** Where the log stood when it began. */
        public Standing standing() {
            return standing;
        }

        /** A place at the bell that rings when there may be more. Take it before a look; leave it always. */
        public Rings.Place place() {
            return rings.take(wanted.swarm() == null ? ALL : wanted.swarm());
        }

        /** The next events after this number: at most so many, and so many characters unless one alone is longer. */
        public Uni<Slice> after(long seq, int most, int mostChars) {
            Slice inMemory = tail.after(seq, wanted, most, mostChars);
            return inMemory != null
                    ? Uni.createFrom().item(inMemory)
                    : Uni.createFrom()
                            .completionStage(() -> behind(seq, wanted, tail.floor(), most, mostChars)
                                    .toCompletionStage());
        }

        /** It follows no longer. Leaving twice does nothing. */
        public void leave() {
            if (gone.compareAndSet(false, true)) {
                left();
            }
        }
    }

    /** Begins to follow. */
    public Uni<Follower> follow(Wanted wanted) {
        return Uni.createFrom()
                .completionStage(() -> entered()
                        .compose(read -> pool.query(WHERE).execute().map(rows -> {
                            Row row = rows.iterator().next();
                            return new Follower(
                                    wanted, read, new Standing(read.settled(), row.getLong(0), row.getLong(1)));
                        }))
                        .onFailure(failed -> left())
                        .toCompletionStage());
    }

    /** Stops before the clients of the servers are gone. */
    void stop(@Observes ShutdownEvent stopping) {
        close();
    }

    void close() {
        more.close();
        rings.close();
    }

    private synchronized Future<LogTail> entered() {
        followers++;
        if (tail == null) {
            tail = Promise.promise();
            Promise<LogTail> begun = tail;
            // One context, so that its steps follow each other; not that of a call.
            Context context = vertx.getOrCreateContext();
            context.runOnContext(go -> begin(begun, context));
        }
        return tail.future();
    }

    private synchronized void left() {
        followers--;
        emptySince = System.nanoTime();
    }

    /** Whether it reads the log now, for those who follow. */
    synchronized boolean reads() {
        return tail != null;
    }

    /** Ends the reader if nobody followed for a while. */
    @SuppressWarnings("ReferenceEquality") // It is this reader's own, or another one has begun.
    private synchronized boolean ends(Promise<LogTail> mine) {
        if (more.isClosed()) {
            return true;
        }
        if (followers == 0 && System.nanoTime() - emptySince > config.linger().toNanos() && tail == mine) {
            tail = null;
            return true;
        }
        return false;
    }

    @SuppressWarnings("ReferenceEquality") // The same.
    private synchronized void forget(Promise<LogTail> failed) {
        if (tail == failed) {
            tail = null;
        }
    }

    /** Everything up to the newest number is known when all have ended that may have taken one up to it. */
    private void begin(Promise<LogTail> mine, Context context) {
        FeedBell.follow(bells);
        pool.query(WHERE)
                .execute()
                .map(rows -> rows.iterator().next().getLong(0))
                .compose(newest -> writers()
                        .compose(first -> ended(first, config.holePause().toMillis()))
                        .map(any -> new LogTail(newest, config.recentEvents(), config.recentChars())))
                .onFailure(failed -> {
                    forget(mine);
                    mine.fail(failed);
                })
                .onSuccess(read -> {
                    mine.complete(read);
                    new Reader(mine, read, context).look();
                });
    }

    private Future<Void> ended(Set<String> these, long pause) {
        return writers().compose(now -> {
            now.retainAll(these);
            if (now.isEmpty()) {
                return Future.succeededFuture();
            }
            Promise<Void> later = Promise.promise();
            vertx.setTimer(pause, timer -> later.complete());
            return later.future().compose(any -> ended(these, longer(pause)));
        });
    }

    private long longer(long pause) {
        return Math.min(2 * pause, config.lookAgain().toMillis());
    }

    private Future<Set<String>> writers() {
        return pool.query(WRITERS).execute().map(rows -> {
            Set<String> all = new HashSet<>();
            rows.forEach(row -> all.add(row.getString(0)));
            return all;
        });
    }

    /** Reads the end of the log for all. Its steps follow each other on one context. */
    private final class Reader {
        private final Promise<LogTail> mine;
        private final LogTail tail;
        private final Context context;
        private long pause = config.holePause().toMillis();
        private long said = System.nanoTime();

        Reader(Promise<LogTail> mine, LogTail tail, Context context) {
            this.mine = mine;
            this.tail = tail;
            this.context = context;
        }

        void look() {
            if (ends(mine)) {
                return;
            }
            if (System.nanoTime() - said > config.linger().toNanos() / 4) {
                said = System.nanoTime();
                FeedBell.follow(bells);
            }
            Rings.Place place = more.take(FeedBell.MORE);
            settleHole().compose(any -> page()).onComplete(looked -> {
                if (looked.failed()) {
                    LOG.debugf("The log is looked at again: %s", looked.cause());
                }
                if (looked.succeeded() && looked.result()) {
                    place.leave();
                    context.runOnContext(now -> look());
                } else if (more.isClosed()) {
                    place.leave();
                } else if (looked.succeeded() && tail.isOpen()) {
                    place.leave();
                    vertx.setTimer(pause, timer -> context.runOnContext(now -> look()));
                    pause = longer(pause);
                } else {
                    pause = config.holePause().toMillis();
                    place.rung(config.lookAgain()).subscribe().with(rung -> {
                        place.leave();
                        if (!more.isClosed()) {
                            context.runOnContext(now -> look());
                        }
                    });
                }
            });
        }

        private Future<Void> settleHole() {
            return tail.isOpen() ? writers().onSuccess(tail::stillWriting).mapEmpty() : Future.succeededFuture();
        }

        /** Whether there may be more at once. */
        private Future<Boolean> page() {
            return pool.preparedQuery(PAGE)
                    .execute(Tuple.of(tail.settled(), config.page()))
                    .compose(rows -> {
                        List<Logged> page = logged(rows);
                        List<Logged> fresh = tail.take(page);
                        tell(fresh);
                        if (!fresh.isEmpty()) {
                            pause = config.holePause().toMillis();
                        }
                        Future<Void> asked = tail.stopsIn(page)
                                ? writers()
                                        .onSuccess(now -> tail.hole(page, now))
                                        .mapEmpty()
                                : Future.succeededFuture();
                        return asked.map(any -> fresh.size() == config.page());
                    });
        }

        private void tell(List<Logged> fresh) {
            if (!fresh.isEmpty()) {
                Set<String> swarms = new HashSet<>();
                swarms.add(ALL);
                for (Logged event : fresh) {
                    if (event.swarm() != null) {
                        swarms.add(event.swarm());
                    }
                }
                swarms.forEach(rings::ring);
            }
        }
    }

    private static List<Logged> logged(Iterable<Row> rows) {
        List<Logged> all = new ArrayList<>();
        for (Row row : rows) {
            all.add(new Logged(row.getLong(0), row.getString(1), row.getString(2), row.getString(3), row.getString(4)));
        }
        return all;
    }

    /** A page for one follower that is behind what is in memory; a few at a time. */
    private Future<Slice> behind(long seq, Wanted wanted, long floor, int most, int mostChars) {
        Promise<Slice> got = Promise.promise();
        Runnable step = () -> readBehind(seq, wanted, floor, most, mostChars).onComplete(done -> {
            next();
            got.handle(done);
        });
        synchronized (this) {
            if (behindNow == config.behindAtOnce()) {
                behind.add(step);
                return got.future();
            }
            behindNow++;
        }
        step.run();
        return got.future();
    }

    private void next() {
        Runnable step;
        synchronized (this) {
            step = behind.poll();
            if (step == null) {
                behindNow--;
            }
        }
        if (step != null) {
            step.run();
        }
    }

    private Future<Slice> readBehind(long seq, Wanted wanted, long floor, int most, int mostChars) {
        long end = Math.min(floor, seq + config.behindPage());
        Tuple which = Tuple.of(seq, end, wanted.swarm(), wanted.patterns(), most);
        return pool.preparedQuery(BEHIND).execute(which).compose(rows -> {
            List<Logged> page = logged(rows);
            // Asked after the page was read: a day that was dropped before is counted then.
            return pool.query(DROPPED).execute().map(dropped -> {
                long lost = dropped.iterator().next().getLong(0);
                return lost > seq ? new Slice(List.of(), lost, lost) : cut(page, wanted, end, most, mostChars);
            });
        });
    }

    private static Slice cut(List<Logged> page, Wanted wanted, long end, int most, int mostChars) {
        List<Logged> found = new ArrayList<>();
        long length = 0;
        for (Logged event : page) {
            length += event.json().length();
            if (length > mostChars && !found.isEmpty()) {
                return new Slice(found, event.seq() - 1, 0);
            }
            if (wanted.wants(event)) {
                found.add(event);
            }
        }
        return new Slice(found, page.size() == most ? page.getLast().seq() : end, 0);
    }
}
