package io.infrafabric.coordinator.claim;

import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.claim.Lanes.Look;
import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.task.TaskRow;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;

/** Lanes that have something queued, and the oldest tasks in them. */
@ApplicationScoped
public class LaneTable {
    // A loose index scan: from each lane to the next one, past all but the oldest task of each. Where there are fronts,
    // a
    // function goes from one to the next.
    private static final String LANES = """
            WITH RECURSIVE lane AS (
              (SELECT $columns FROM coordinator_task q WHERE $scanned $laned AND (q.priority, q.lane) > ($2, $3)
                ORDER BY q.priority, q.lane, q.seq LIMIT 1)
              UNION ALL
              SELECT n.* FROM lane l, LATERAL (
                SELECT $columns FROM coordinator_task q WHERE $laned AND (q.priority, q.lane) > (l.priority, l.lane)
                 ORDER BY q.priority, q.lane, q.seq LIMIT 1) n)
            SELECT * FROM lane $more LIMIT $4
            """;

    private static final String COLUMNS =
            "q.priority, q.lane, q.seq, q.domains, q.tools, q.requires, q.concurrency, q.fair_by, q.estimated_cost, q.assignee";

    private static final String COMMON_LANES = LANES.replace("$laned", TaskRow.lanedInSwarm("q", "$1"))
            .replace("$scanned", "NOT (SELECT coordinator_fronted($1)) AND")
            .replace("$more", "UNION ALL SELECT $columns FROM coordinator_front_lanes($1, $2, $3, $4) q")
            .replace("$columns", COLUMNS);

    private static final String OWN_LANES = LANES.replace(
                    "$laned", "q.assignee = $1 AND q.swarm = $5 AND " + TaskRow.claimable("q"))
            .replace("$scanned", "")
            .replace("$more", "")
            .replace("$columns", COLUMNS);

    private static final String HEADS = "SELECT" + TaskRow.COLUMNS + QueueTable.resting("t", "$8", "$9")
            + """
              FROM unnest($1::text[], $2::smallint[], $3::bigint[], $4::int[], $5::text[], $6::text[], $7::text[])
                AS i(swarm, priority, lane, n, session, owner, most), LATERAL (
                SELECT * FROM coordinator_task q WHERE $queued AND q.priority = i.priority AND q.lane = i.lane
                   AND (i.session IS NULL OR $rests) $order LIMIT i.n FOR NO KEY UPDATE SKIP LOCKED) t
            """.replace("$rests", QueueTable.restsNot("q", "i.session", "$9"));

    private static final String OLDEST = "ORDER BY q.seq";

    // No index has all that a session can pay in the order of age, so it gets the cheapest task first.
    private static final String CHEAPEST =
            "AND q.estimated_cost > 0 AND q.estimated_cost <= i.most::numeric" + " ORDER BY q.estimated_cost, q.seq";

    private static final String COMMON = HEADS.replace("$queued", TaskRow.lanedInSwarm("q", "i.swarm"));
    private static final String OWN = HEADS.replace("$queued", TaskRow.claimableAlone("q", "i.owner", "i.swarm"));
    private static final String FRONTED = "i.session IS NULL AND coordinator_fronted(i.swarm)";

    // Where there are fronts, a function reads from there on, and the statement itself reads nothing.
    private static final String COMMON_OLDEST = COMMON.replace(
                    "LATERAL (",
                    "LATERAL (SELECT * FROM coordinator_heads(i.swarm, i.priority, i.lane, i.n) WHERE " + FRONTED
                            + " UNION ALL SELECT * FROM (")
            .replace("$order LIMIT i.n", OLDEST + " LIMIT CASE WHEN " + FRONTED + " THEN 0 ELSE i.n END")
            .replace("SKIP LOCKED) t", "SKIP LOCKED) p) t");
    private static final String COMMON_CHEAPEST = COMMON.replace("$order", CHEAPEST);
    private static final String OWN_OLDEST = OWN.replace("$order", OLDEST);
    private static final String OWN_CHEAPEST = OWN.replace("$order", CHEAPEST);

    private final CoordinatorConfig config;
    private final FrontTable fronts;

    LaneTable(CoordinatorConfig config, FrontTable fronts) {
        this.config = config;
        this.fronts = fronts;
    }

    /** All lanes of a swarm that have something queued for whoever comes, read {@code lanes-page} at a time. */
    public Uni<List<Lane>> common(SqlClient client, String swarm) {
        return more(client, COMMON_LANES, swarm, start(swarm), new ArrayList<>());
    }

    /** All lanes of what is queued for this session of that swarm alone, lane 0 included. */
    public Uni<List<Lane>> own(SqlClient client, String session, String swarm) {
        return more(client, OWN_LANES, swarm, start(session).addString(swarm), new ArrayList<>());
    }

    private Tuple start(String queue) {
        return Tuple.of(queue, (short) -1, Long.MIN_VALUE, config.lanesPage());
    }

    private Uni<List<Lane>> more(SqlClient client, String sql, String swarm, Tuple from, List<Lane> found) {
        return client.preparedQuery(sql).execute(from).chain(rows -> {
            rows.forEach(row -> found.add(lane(swarm, row)));
            if (rows.size() < config.lanesPage()) {
                return Uni.createFrom().item(found);
            }
            Lane last = found.getLast();
            Tuple next = Tuple.of(from.getString(0), last.priority().level(), last.number(), config.lanesPage());
            return more(client, sql, swarm, from.size() == 4 ? next : next.addString(swarm), found);
        });
    }

    private static Lane lane(String swarm, Row row) {
        return new Lane(
                swarm,
                Priority.of(row.getInteger("priority")),
                row.getLong("lane"),
                row.getLong("seq"),
                TaskRow.requirements(row),
                TaskRow.dispatch(row));
    }

    /** Locks the tasks that are looked for, and reads them; those that others have locked are passed over. */
    public Lock<Locks.Concurrency, List<Row>> heads(SqlConnection connection, List<Look> looks, List<String> sessions) {
        fronts.lookedIntoLanes(looks.stream().map(Look::lane).toList());
        Uni<List<Row>> rows = Uni.createFrom().item(() -> new ArrayList<>());
        for (boolean own : List.of(true, false)) {
            for (boolean cheap : List.of(false, true)) {
                List<Look> some = looks.stream()
                        .filter(look -> look.lane().isOwn() == own && (look.most() != null) == cheap)
                        .toList();
                if (!some.isEmpty()) {
                    rows = rows.chain(all -> connection
                            .preparedQuery(sql(own, cheap))
                            .execute(row(some, sessions))
                            .invoke(found -> found.forEach(all::add))
                            .replaceWith(all));
                }
            }
        }
        return Lock.of(rows);
    }

    private static String sql(boolean own, boolean cheap) {
        if (own) {
            return cheap ? OWN_CHEAPEST : OWN_OLDEST;
        }
        return cheap ? COMMON_CHEAPEST : COMMON_OLDEST;
    }

    private Tuple row(List<Look> looks, List<String> sessions) {
        return Tuple.tuple()
                .addArrayOfString(Rows.column(looks, look -> look.lane().swarm(), String[]::new))
                .addArrayOfShort(
                        Rows.column(looks, look -> look.lane().priority().level(), Short[]::new))
                .addArrayOfLong(Rows.column(looks, look -> look.lane().number(), Long[]::new))
                .addArrayOfInteger(Rows.column(looks, Look::tasks, Integer[]::new))
                .addArrayOfString(Rows.column(looks, Look::session, String[]::new))
                .addArrayOfString(
                        Rows.column(looks, look -> look.lane().dispatch().assignee(), String[]::new))
                .addArrayOfString(Rows.column(looks, look -> Rows.text(look.most()), String[]::new))
                .addArrayOfString(sessions.toArray(String[]::new))
                .addLong(config.releaseRest().toMillis());
    }
}
