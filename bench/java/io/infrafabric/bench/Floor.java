package io.infrafabric.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What physics asks for, with the same clients on the same servers: single-row statements on durable PostgreSQL, and a Redis
 * stream entry that wakes a blocked reader, or a message that a subscriber gets.
 */
final class Floor implements AutoCloseable {
    private static final String INSERT =
            "INSERT INTO floor_task (state, payload) VALUES ('QUEUED', '{}') RETURNING id";
    private static final String CLAIM = "UPDATE floor_task SET state = 'CLAIMED' WHERE id = $1 AND state = 'QUEUED'";
    private static final String FINISH = "UPDATE floor_task SET state = 'DONE' WHERE id = $1 AND state = 'CLAIMED'";
    private static final String STREAM = "floor";
    private static final String BELL = "floor.bell";
    private static final String COMMITTED =
            "SELECT (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000)::int8 FROM floor_task WHERE id = $1";

    private final Pool pool;
    private final Redis out;
    private final RedisConnection in;
    private final Map<Long, Promise<Void>> expected = new ConcurrentHashMap<>();
    private final RedisConnection bells;
    private final Map<Long, Promise<Long>> awaited = new ConcurrentHashMap<>();
    private final List<Double> rings = new CopyOnWriteArrayList<>();
    private volatile boolean closed;

    Floor(Vertx vertx, Ground ground, int connections) {
        this.pool = ground.pool(vertx, connections);
        this.out = ground.redis(vertx);
        this.in = Ground.await(ground.redis(vertx).connect());
        Ground.await(pool.query("CREATE TABLE IF NOT EXISTS floor_task"
                        + " (id bigserial PRIMARY KEY, state text NOT NULL, payload jsonb)")
                .execute());
        Ground.redis(out, Command.DEL, STREAM);
        Ground.redis(out, Command.XGROUP, "CREATE", STREAM, "g", "0", "MKSTREAM");
        read();
        this.bells = Ground.await(ground.redis(vertx).connect());
        bells.handler(this::heard);
        Ground.await(bells.send(Request.cmd(Command.SUBSCRIBE).arg(BELL)));
    }

    /** A commit, and then a message that a subscriber gets; how long that took from the commit on is kept. */
    Future<Void> rung() {
        return commit().compose(id -> {
            Promise<Long> message = Promise.promise();
            awaited.put(id, message);
            return out.send(Request.cmd(Command.PUBLISH).arg(BELL).arg(id))
                    .compose(published -> message.future())
                    .compose(at -> pool.preparedQuery(COMMITTED)
                            .execute(Tuple.of(id))
                            .map(rows -> rings.add((at - rows.iterator().next().getLong(0)) / 1000.0)))
                    .mapEmpty();
        });
    }

    private void heard(Response message) {
        long now = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
        // Of type, channel and text; that of a subscription is a number.
        if (message != null && message.size() == 3 && "message".equals(message.get(0).toString())) {
            Promise<Long> waiting = awaited.remove(Long.parseLong(message.get(2).toString()));
            if (waiting != null) {
                waiting.complete(now);
            }
        }
    }

    /** Milliseconds from commits to their messages. */
    Figures rings() {
        return Figures.of(rings);
    }

    /** Those of a warm-up do not count. */
    void forgetRings() {
        rings.clear();
    }

    /** One durable commit. */
    Future<Long> commit() {
        return pool.preparedQuery(INSERT)
                .execute()
                .map(rows -> rows.iterator().next().getLong(0));
    }

    /** A commit, a stream entry, the reader that it wakes, and a commit by that reader. */
    Future<Void> pickup() {
        return commit().compose(id -> {
            Promise<Void> claimed = Promise.promise();
            expected.put(id, claimed);
            return out.send(Request.cmd(Command.XADD)
                            .arg(STREAM)
                            .arg("*")
                            .arg("id")
                            .arg(id))
                    .compose(added -> claimed.future());
        });
    }

    /** Three commits: submitted, claimed, done. */
    Future<Void> flow() {
        return commit().compose(id -> update(CLAIM, id).compose(claimed -> update(FINISH, id)));
    }

    private Future<Void> update(String sql, long id) {
        return pool.preparedQuery(sql).execute(Tuple.of(id)).mapEmpty();
    }

    private void read() {
        in.send(Request.cmd(Command.XREADGROUP)
                        .arg("GROUP")
                        .arg("g")
                        .arg("c")
                        .arg("COUNT")
                        .arg(64)
                        .arg("BLOCK")
                        .arg(500)
                        .arg("STREAMS")
                        .arg(STREAM)
                        .arg(">"))
                .onSuccess(answer -> {
                    if (answer != null) {
                        Response entries = answer.getKeys().contains(STREAM)
                                ? answer.get(STREAM)
                                : answer.get(0).get(1);
                        entries.forEach(entry -> arrived(entry.get(1).get(1).toLong()));
                    }
                    if (!closed) {
                        read();
                    }
                });
    }

    private void arrived(long id) {
        update(CLAIM, id).onComplete(expected.remove(id));
    }

    @Override
    public void close() {
        closed = true;
        Ground.await(in.close());
        Ground.await(bells.close());
        out.close();
        Ground.await(pool.close());
    }
}
