package io.infrafabric.coordinator.claim;

import io.infrafabric.budget.ClaimHolds;
import io.infrafabric.bus.Rows;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.claim.WhyNot.Asker;
import io.infrafabric.coordinator.claim.WhyNot.Counted;
import io.infrafabric.coordinator.claim.WhyNot.Crowd;
import io.infrafabric.coordinator.claim.WhyNot.Known;
import io.infrafabric.coordinator.claim.WhyNot.Part;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.session.SessionTable;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.TaskRow;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;

/** What {@link WhyNot} must know, read without a lock. */
@ApplicationScoped
public class WhyTable {
    /** The most tasks and claims that a reason names. */
    private static final int MOST_NAMED = 100;

    private static final int MOST_HOLDERS = 10;
    private static final int MOST_SESSIONS = 1_000;

    private static final String TASK = "SELECT" + TaskRow.COLUMNS + """
            , t.lane, t.dormant, coalesce(w.paused, false) AS paused, w.paused_reason, now() AS now, ARRAY(
              SELECT d.depends_on FROM coordinator_dependency d JOIN coordinator_task u ON u.id = d.depends_on
               WHERE d.task = t.id AND t.state = 'WAITING' AND u.state <> 'DONE' ORDER BY 1 LIMIT $2) AS blocked_by, ARRAY(
              SELECT b.claim FROM coordinator_basis b WHERE b.task = t.id AND b.disputed AND t.state = 'WAITING' ORDER BY 1 LIMIT $2)
                AS disputed
              FROM coordinator_task t LEFT JOIN coordinator_swarm w ON w.id = t.swarm WHERE t.id = $1
            """;

    private static final String FULL =
            """
            SELECT k.*, ARRAY(SELECT t.id FROM coordinator_task t WHERE %s ORDER BY 1 LIMIT $3) AS held_by
              FROM (SELECT i.key, i.n, coalesce(c.at_most, 1) AS at_most,
                           (SELECT count(*)::int FROM coordinator_task t WHERE %s) AS running
                      FROM unnest($2::text[]) WITH ORDINALITY AS i(key, n)
                      LEFT JOIN coordinator_concurrency c ON c.swarm = $1 AND c.key = i.key) k ORDER BY k.n
            """.formatted(TaskRow.heldUnderKey("t", "$1", "k.key"), TaskRow.heldUnderKey("t", "$1", "i.key"));

    private static final String CROWD = """
            SELECT coalesce(coordinator_missing($1, $2::text[]), '{}') AS missing,
                   count(*)::int AS able, count(*) FILTER (WHERE a.max_tasks > %s)::int AS with_room
              FROM (SELECT s.id, s.max_tasks FROM coordinator_session s
                     WHERE s.swarm = $1 AND s.state = 'LIVE' AND $2::text[] <@ (s.domains || s.tools) LIMIT $3) a
            """.formatted(TaskRow.leases("a.id"));

    private static final String ASKER = "SELECT s.*, " + TaskRow.leases("s.id") + """
            ::int AS leases, (SELECT max(h.at) + $3 * interval '1 millisecond' FROM coordinator_history h
               WHERE h.task = $2 AND h.what = 'released' AND h.by = s.id AND h.at > now() - $3 * interval '1 millisecond') AS rests
              FROM coordinator_session s WHERE s.id = $1
            """;

    private static final String COUNT = """
            SELECT i.n::int AS n, count(c.seq)::int AS count, min(c.seq) AS first
              FROM unnest($2::smallint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[]) WITH ORDINALITY
                AS i(priority, lane, until, most, cheaper, n), LATERAL (
                SELECT q.seq FROM coordinator_task q WHERE $queue AND q.priority = i.priority AND q.lane = i.lane
                   AND (i.cheaper IS NOT NULL OR q.seq < i.until)
                   AND (i.cheaper IS NULL OR (q.estimated_cost, q.seq) < (i.cheaper::numeric, i.until))
                   AND (i.most IS NULL OR q.estimated_cost <= i.most::numeric)
                   AND ($7::text IS NULL OR $rests)
                 ORDER BY q.seq LIMIT $9) c
             GROUP BY i.n ORDER BY i.n
            """.replace("$rests", QueueTable.restsNot("q", "$7", "$8"));

    private static final String COUNT_LANED = COUNT.replace("$queue", TaskRow.lanedInSwarm("q", "$1"));
    private static final String COUNT_PLAIN = COUNT.replace("$queue", TaskRow.plainInSwarm("q", "$1"));
    private static final String COUNT_OWN = COUNT.replace("$queue", TaskRow.claimableAlone("q", "$7", "$1"));

    private static final String RIPE = "SELECT count(*)::int AS n FROM (SELECT FROM coordinator_task q WHERE "
            + TaskRow.ripeInSwarm("q", "$1") + " AND (q.priority, q.seq) < ($2, $3) LIMIT $4) ripe";

    private final CoordinatorConfig config;

    WhyTable(CoordinatorConfig config) {
        this.config = config;
    }

    /** The task, {@code null} if there is none. */
    public Uni<Known> task(SqlClient client, String id) {
        return client.preparedQuery(TASK).execute(Tuple.of(id, MOST_NAMED)).chain(rows -> {
            if (rows.size() == 0) {
                return Uni.createFrom().nullItem();
            }
            Row row = rows.iterator().next();
            Task task = TaskRow.task(row);
            return full(client, task)
                    .map(keys -> new Known(
                            task,
                            row.getLong("lane"),
                            row.getBoolean("dormant"),
                            row.getBoolean("paused"),
                            row.getString("paused_reason"),
                            Rows.instant(row, "now"),
                            List.of(row.getArrayOfStrings("blocked_by")),
                            List.of(row.getArrayOfStrings("disputed")),
                            keys));
        });
    }

    /** Its keys that are full. */
    private static Uni<List<Reason.Concurrency>> full(SqlClient client, Task task) {
        List<String> keys = task.specification().dispatch().concurrency();
        return keys.isEmpty()
                ? Uni.createFrom().item(List.of())
                : client.preparedQuery(FULL)
                        .execute(Tuple.of(task.swarm(), keys.toArray(String[]::new), MOST_HOLDERS))
                        .map(rows -> Rows.all(
                                        rows,
                                        row -> new Reason.Concurrency(
                                                row.getString("key"),
                                                row.getInteger("at_most"),
                                                row.getInteger("running"),
                                                List.of(row.getArrayOfStrings("held_by"))))
                                .stream()
                                .filter(key -> key.running() >= key.atMost())
                                .toList());
    }

    /** The sessions that could have a task. */
    public static Uni<Crowd> crowd(SqlClient client, Task task) {
        return client.preparedQuery(CROWD)
                .execute(Tuple.of(
                        task.swarm(),
                        task.specification().requirements().requires().toArray(String[]::new),
                        MOST_SESSIONS))
                .map(rows -> {
                    Row row = rows.iterator().next();
                    return new Crowd(
                            List.of(row.getArrayOfStrings("missing")),
                            row.getInteger("able"),
                            row.getInteger("with_room"));
                });
    }

    /** The session, {@code null} if there is none. */
    public Uni<Asker> asker(SqlClient client, String id, String task) {
        return client.preparedQuery(ASKER).execute(Tuple.of(id, task, rest())).chain(rows -> {
            if (rows.size() == 0) {
                return Uni.createFrom().nullItem();
            }
            Row row = rows.iterator().next();
            Session session = SessionTable.session(row);
            return ClaimHolds.glance(client, List.of(id))
                    .map(purses -> new Asker(session, row.getInteger("leases"), Rows.instant(row, "rests"), purses));
        });
    }

    private long rest() {
        return config.releaseRest().toMillis();
    }

    /**
     * Counts these parts of lanes of a swarm.
     *
     * @param session what rests for it does not count; {@code null} for anybody
     */
    public Uni<List<Counted>> count(SqlClient client, String swarm, String session, List<Part> parts) {
        List<Part> own = parts.stream().filter(part -> part.lane().isOwn()).toList();
        List<Part> plain = parts.stream()
                .filter(part -> !part.lane().isOwn() && part.lane().number() == 0)
                .toList();
        List<Part> laned = parts.stream()
                .filter(part -> !part.lane().isOwn() && part.lane().number() != 0)
                .toList();
        List<Counted> all = new ArrayList<>();
        return count(client, COUNT_OWN, row(swarm, session, own), own, all)
                .chain(() -> count(client, COUNT_PLAIN, row(swarm, session, plain), plain, all))
                .chain(() -> count(client, COUNT_LANED, row(swarm, session, laned), laned, all))
                .replaceWith(all);
    }

    private static Uni<Void> count(SqlClient client, String sql, Tuple row, List<Part> parts, List<Counted> all) {
        return parts.isEmpty()
                ? Uni.createFrom().voidItem()
                : client.preparedQuery(sql)
                        .execute(row)
                        .invoke(rows -> counted(rows, parts, all))
                        .replaceWithVoid();
    }

    private static void counted(RowSet<Row> rows, List<Part> parts, List<Counted> all) {
        rows.forEach(row -> all.add(
                new Counted(parts.get(row.getInteger("n") - 1), row.getInteger("count"), row.getLong("first"))));
    }

    private Tuple row(String swarm, String session, List<Part> parts) {
        return Tuple.tuple()
                .addString(swarm)
                .addArrayOfShort(
                        Rows.column(parts, part -> part.lane().priority().level(), Short[]::new))
                .addArrayOfLong(Rows.column(parts, part -> part.lane().number(), Long[]::new))
                .addArrayOfLong(Rows.column(parts, Part::until, Long[]::new))
                .addArrayOfString(Rows.column(parts, part -> Rows.text(part.most()), String[]::new))
                .addArrayOfString(Rows.column(parts, part -> Rows.text(part.cheaper()), String[]::new))
                .addString(session)
                .addLong(rest())
                .addInteger(WhyNot.MOST_COUNTED + 1);
    }

    /** How many tasks before this one may be claimed and stand in no lane yet, because nobody has woken them. */
    public static Uni<Integer> ripe(SqlClient client, Task before) {
        return client.preparedQuery(RIPE)
                .execute(Tuple.of(
                        before.swarm(),
                        before.priority().level(),
                        before.origin().seq(),
                        WhyNot.MOST_COUNTED + 1))
                .map(rows -> rows.iterator().next().getInteger("n"));
    }
}
