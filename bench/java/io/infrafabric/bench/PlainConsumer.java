package io.infrafabric.bench;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * What one would write without the bus: reads a stream 64 entries at a time and has the same effect (an inbox row, a
 * row of the ledger and its account's balance) with one transaction an event.
 */
final class PlainConsumer implements AutoCloseable {
    private static final String STREAM = "plain";
    private static final int READ = 64;
    private static final String INBOX =
            "INSERT INTO bus_inbox (day, function, event) VALUES ($1, 'plain', $2) ON CONFLICT DO NOTHING";
    private static final String EFFECT = """
            WITH booked AS (
              INSERT INTO budget_entry (account, day, kind, spent, held, amount, cost, by)
              VALUES ($1, (now() AT TIME ZONE 'UTC')::date, 'COST', $3, 0, $3, $2, 'plain'))
            UPDATE budget_account
               SET spent = CASE WHEN day = (now() AT TIME ZONE 'UTC')::date THEN spent ELSE 0 END + $3,
                   day = (now() AT TIME ZONE 'UTC')::date
             WHERE id = $1
            """;

    private final Pool pool;
    private final Redis redis;

    PlainConsumer(Vertx vertx, Ground ground) {
        this.pool = ground.pool(vertx, 2);
        this.redis = ground.redis(vertx);
    }

    /** Fills the stream with so many events, and takes them in; events per second. */
    double drain(int events, int accounts) {
        Ground.redis(redis, Command.DEL, STREAM);
        Ground.redis(redis, Command.XGROUP, "CREATE", STREAM, "g", "0", "MKSTREAM");
        for (int i = 0; i < events; i++) {
            String event = new JsonObject()
                    .put("id", UUID.randomUUID().toString())
                    .put("account", BusBench.account(i % accounts))
                    .put("padding", "-".repeat(200))
                    .encode();
            Ground.redis(redis, Command.XADD, STREAM, "*", "e", event);
        }
        long start = System.nanoTime();
        while (Ground.await(batch()) > 0) {
            // Until nothing is left.
        }
        return events / ((System.nanoTime() - start) / 1e9);
    }

    private Future<Integer> batch() {
        return redis.send(Request.cmd(Command.XREADGROUP)
                        .arg("GROUP")
                        .arg("g")
                        .arg("c")
                        .arg("COUNT")
                        .arg(READ)
                        .arg("STREAMS")
                        .arg(STREAM)
                        .arg(">"))
                .compose(answer -> answer == null ? Future.succeededFuture(0) : take(entries(answer)));
    }

    private static List<Response> entries(Response answer) {
        List<Response> entries = new ArrayList<>();
        (answer.getKeys().contains(STREAM) ? answer.get(STREAM) : answer.get(0).get(1)).forEach(entries::add);
        return entries;
    }

    private Future<Integer> take(List<Response> entries) {
        Future<?> taken = Future.succeededFuture();
        Request acknowledged = Request.cmd(Command.XACK).arg(STREAM).arg("g");
        Request removed = Request.cmd(Command.XDEL).arg(STREAM);
        for (Response entry : entries) {
            JsonObject event = new JsonObject(entry.get(1).get(1).toString());
            taken = taken.compose(before -> pool.withTransaction(connection -> react(connection, event)));
            acknowledged.arg(entry.get(0).toString());
            removed.arg(entry.get(0).toString());
        }
        return taken.compose(all -> redis.batch(List.of(acknowledged, removed))).map(done -> entries.size());
    }

    private static Future<Void> react(SqlConnection connection, JsonObject event) {
        return connection
                .preparedQuery(INBOX)
                .execute(Tuple.of(LocalDate.now(ZoneOffset.UTC), UUID.fromString(event.getString("id"))))
                .compose(taken -> connection
                        .preparedQuery(EFFECT)
                        .execute(Tuple.of(event.getString("account"), event.getString("id"), BusBench.AMOUNT)))
                .mapEmpty();
    }

    @Override
    public void close() {
        redis.close();
        Ground.await(pool.close());
    }
}
