package io.infrafabric.rescue;

import io.infrafabric.bus.Deadlines;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.NewestFirst;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.rescue.Blocker.State;
import io.infrafabric.rescue.BlockerStandings.BlockerStanding;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * Blockers, their asks and their messages. Every writer locks the swarm first, so only the sweep ever waits for a row.
 */
@ApplicationScoped
@Priority(Deadlines.SESSIONS + 10)
class BlockerTable implements Deadlines {
    private static final String OPEN = "state " + Rows.in(State.values(), State::isOpen);

    private static final String ACTIVE = "state " + Rows.in(Ask.State.values(), Ask.State::isActive);

    /** All severities, the highest first. */
    private static final String SEVERITIES = Arrays.stream(Severity.values())
            .sorted(Comparator.reverseOrder())
            .map(severity -> "'" + severity.name() + "'")
            .collect(Collectors.joining(", "));

    // An advisory lock, because a swarm has no row here.
    private static final String LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('s2.rescue:' || o.swarm, 0))"
            + " FROM (SELECT DISTINCT swarm FROM unnest($1::text[]) AS i(swarm) ORDER BY swarm OFFSET 0) o";

    private static final String SAVE = """
            INSERT INTO rescue_blocker AS b (id, swarm, session, task, description, domains, tools, severity, state,
                                             left_out, version, raised_at, ended_at, ended_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            ON CONFLICT (id) DO UPDATE SET state = excluded.state, left_out = excluded.left_out,
                   version = excluded.version, ended_at = excluded.ended_at, ended_by = excluded.ended_by
            """;

    private static final String SAVE_ASK = """
            INSERT INTO rescue_ask AS a (blocker, session, state, domain, tool, recent_success, asked_at, until, answered_at,
                                         hold, estimate, cost, helped)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            ON CONFLICT (blocker, session) DO UPDATE
               SET state = excluded.state, domain = excluded.domain, tool = excluded.tool,
                   recent_success = excluded.recent_success, asked_at = excluded.asked_at, until = excluded.until,
                   answered_at = excluded.answered_at, hold = excluded.hold, estimate = excluded.estimate,
                   cost = excluded.cost, helped = excluded.helped
            """;

    // Blockers without rescuers come before all others; among them the named ones first, then the more severe and older
    // ones.
    private static final String NEEDY =
            """
            SELECT b.id FROM rescue_blocker b CROSS JOIN LATERAL
                   (SELECT count(*) AS has FROM rescue_ask a
                     WHERE a.blocker = b.id AND a.$active) n
             WHERE b.swarm = $1 AND b.$open AND n.has < $2 AND b.id <> ALL($5)
             ORDER BY n.has, b.id = ANY($3) DESC,
                      array_position(ARRAY[$severities], b.severity), b.raised_at, b.id
             LIMIT $4
            """.replace("$active", ACTIVE).replace("$severities", SEVERITIES).replace("$open", OPEN);

    // Blockers that could do with fewer come first.
    private static final String WAITING = """
            SELECT b.id FROM rescue_blocker b JOIN rescue_ask a ON a.blocker = b.id AND a.$active
             WHERE b.swarm = $1 AND b.$open
             GROUP BY b.id HAVING count(*) FILTER (WHERE a.state = 'ASKED') > 0
             ORDER BY count(*) DESC, b.id LIMIT $2
            """.replace("$active", ACTIVE).replace("$open", OPEN);

    /** What the open blockers of a swarm ask of its sessions. */
    record Pledges(Map<String, Integer> active, Set<String> blocked) {}

    /** A message on a blocker. */
    @Schema(name = "BlockerMessage")
    record Message(int seq, String by, String text, List<String> links, Instant at) {}

    /** What a page shows; {@code null} means any. */
    record Filter(String swarm, State state, String rescuer) {}

    /** Locks swarms, so that each has one plan at a time, and gives the time after that. */
    Lock<Locks.Turns, Instant> lock(Work work, Collection<String> swarms) {
        SqlConnection connection = work.connection();
        Uni<?> locked = connection.preparedQuery(LOCK).execute(Tuple.of(swarms.toArray(String[]::new)));
        Uni<RowSet<Row>> clock =
                connection.query("SELECT clock_timestamp() AS now").execute();
        return Lock.of(work.inOrder(locked, clock)
                .with((none, rows) -> Rows.instant(rows.iterator().next(), "now")));
    }

    /** Those of the blockers that exist, with their asks. */
    Uni<Map<String, Blocker>> load(SqlClient client, Collection<String> ids) {
        if (ids.isEmpty()) {
            return Uni.createFrom().item(Map.of());
        }
        Tuple these = Tuple.of(ids.toArray(String[]::new));
        Uni<RowSet<Row>> rows = client.preparedQuery("SELECT * FROM rescue_blocker WHERE id = ANY($1)")
                .execute(these);
        Uni<RowSet<Row>> asks = client.preparedQuery(
                        "SELECT * FROM rescue_ask WHERE blocker = ANY($1) ORDER BY asked_at, session")
                .execute(these);
        return Rows.together(rows, asks).with((blockers, asked) -> {
            Map<String, List<Ask>> of = new HashMap<>();
            asked.forEach(row -> of.computeIfAbsent(row.getString("blocker"), none -> new ArrayList<>())
                    .add(BlockerRow.ask(row)));
            Map<String, Blocker> byId = new LinkedHashMap<>();
            blockers.forEach(row -> byId.put(
                    row.getString("id"), BlockerRow.blocker(row, of.getOrDefault(row.getString("id"), List.of()))));
            return byId;
        });
    }

    /** The blocker; {@code null} if it does not exist. */
    Uni<Blocker> find(SqlClient client, String id) {
        return load(client, List.of(id)).map(found -> found.get(id));
    }

    /**
     * Open blockers of the swarm with fewer than this number of active requests, except these; those with the fewest
     * first.
     */
    Uni<List<String>> needy(
            SqlClient client, String swarm, int rescuers, Collection<String> named, int limit, Set<String> but) {
        return client.preparedQuery(NEEDY)
                .execute(Tuple.of(swarm, rescuers, named.toArray(String[]::new), limit, but.toArray(String[]::new)))
                .map(rows -> Rows.all(rows, row -> row.getString("id")));
    }

    /** Open blockers of the swarm with pending asks. */
    Uni<List<String>> waiting(SqlClient client, String swarm, int limit) {
        return client.preparedQuery(WAITING)
                .execute(Tuple.of(swarm, limit))
                .map(rows -> Rows.all(rows, row -> row.getString("id")));
    }

    /** The requests to the swarm's sessions. */
    Uni<Pledges> pledges(SqlClient client, String swarm) {
        Uni<RowSet<Row>> active = client.preparedQuery("SELECT a.session, count(*)::int AS asks FROM rescue_blocker b"
                        + " JOIN rescue_ask a ON a.blocker = b.id AND a." + ACTIVE
                        + " WHERE b.swarm = $1 AND b." + OPEN + " GROUP BY a.session")
                .execute(Tuple.of(swarm));
        Uni<RowSet<Row>> blocked = client.preparedQuery(
                        "SELECT DISTINCT session FROM rescue_blocker WHERE swarm = $1 AND " + OPEN)
                .execute(Tuple.of(swarm));
        return Rows.together(active, blocked).with((asks, waiting) -> {
            Map<String, Integer> count = new HashMap<>();
            asks.forEach(row -> count.put(row.getString("session"), row.getInteger("asks")));
            return new Pledges(count, new HashSet<>(Rows.all(waiting, row -> row.getString("session"))));
        });
    }

    /** How many blockers the session helps with. */
    Uni<Integer> helping(SqlClient client, String session) {
        return client.preparedQuery("SELECT count(*)::int FROM rescue_ask a JOIN rescue_blocker b ON b.id = a.blocker"
                        + " WHERE a.session = $1 AND a.state = 'ACCEPTED' AND b." + OPEN)
                .execute(Tuple.of(session))
                .map(rows -> rows.iterator().next().getInteger(0));
    }

    /** How many open blockers the session has raised. */
    Uni<Integer> open(SqlClient client, String session) {
        return client.preparedQuery("SELECT count(*)::int FROM rescue_blocker WHERE session = $1 AND " + OPEN)
                .execute(Tuple.of(session))
                .map(rows -> rows.iterator().next().getInteger(0));
    }

    /** Open blockers that the session has raised or is active in, with their swarms. */
    Uni<Map<String, String>> of(SqlClient client, String session) {
        return client.preparedQuery("SELECT id, swarm FROM rescue_blocker WHERE session = $1 AND " + OPEN
                        + " UNION SELECT b.id, b.swarm FROM rescue_ask a JOIN rescue_blocker b ON b.id = a.blocker"
                        + " WHERE a.session = $1 AND a." + ACTIVE + " AND b." + OPEN)
                .execute(Tuple.of(session))
                .map(BlockerTable::swarms);
    }

    /** Open blockers of these swarms that are about one of these tasks. */
    Uni<List<String>> about(SqlClient client, Collection<String> swarms, Collection<String> tasks) {
        return client.preparedQuery(
                        "SELECT id FROM rescue_blocker WHERE swarm = ANY($1) AND task = ANY($2) AND " + OPEN)
                .execute(Tuple.of(swarms.toArray(String[]::new), tasks.toArray(String[]::new)))
                .map(rows -> Rows.all(rows, row -> row.getString("id")));
    }

    /** Those of the swarms that have open blockers. */
    Uni<Set<String>> withOpen(SqlClient client, Collection<String> swarms) {
        return client.preparedQuery("SELECT DISTINCT swarm FROM rescue_blocker WHERE swarm = ANY($1) AND " + OPEN)
                .execute(Tuple.of(swarms.toArray(String[]::new)))
                .map(rows -> Set.copyOf(Rows.all(rows, row -> row.getString("swarm"))));
    }

    /** The standing of the blockers that exist, by id. */
    Uni<Map<String, BlockerStanding>> standing(SqlClient client, Collection<String> ids) {
        return client.preparedQuery("SELECT id, swarm, state FROM rescue_blocker WHERE id = ANY($1)")
                .execute(Tuple.of(ids.toArray(String[]::new)))
                .map(rows -> {
                    Map<String, BlockerStanding> known = new HashMap<>();
                    for (Row row : rows) {
                        State state = State.valueOf(row.getString("state"));
                        known.put(
                                row.getString("id"),
                                new BlockerStanding(
                                        row.getString("swarm"), state == State.RESOLVED, state == State.WITHDRAWN));
                    }
                    return known;
                });
    }

    /** The swarms of those of the blockers that exist, by id. */
    Uni<Map<String, String>> swarms(SqlClient client, Collection<String> ids) {
        return client.preparedQuery("SELECT id, swarm FROM rescue_blocker WHERE id = ANY($1)")
                .execute(Tuple.of(ids.toArray(String[]::new)))
                .map(BlockerTable::swarms);
    }

    private static Map<String, String> swarms(RowSet<Row> rows) {
        Map<String, String> swarms = new HashMap<>();
        rows.forEach(row -> swarms.put(row.getString("id"), row.getString("swarm")));
        return swarms;
    }

    /** Writes blockers with all their asks. */
    Uni<Void> save(SqlConnection connection, List<Blocker> changed) {
        List<Tuple> asks = changed.stream()
                .flatMap(blocker -> blocker.asks().stream().map(ask -> BlockerRow.of(blocker.id(), ask)))
                .toList();
        Uni<?> saved = connection
                .preparedQuery(SAVE)
                .executeBatch(changed.stream().map(BlockerRow::of).toList());
        return saved.chain(() -> asks.isEmpty()
                        ? Uni.createFrom().nullItem()
                        : connection.preparedQuery(SAVE_ASK).executeBatch(asks))
                .replaceWithVoid();
    }

    /** One page, newest first. */
    Uni<List<Blocker>> page(SqlClient client, Filter filter, Instant before, String beforeId, int limit) {
        NewestFirst page = NewestFirst.by("b.raised_at", "b.id").before(Rows.at(before), beforeId);
        String state = filter.state() == null ? null : filter.state().name();
        Tuple values = Tuple.tuple();
        StringBuilder sql = new StringBuilder("SELECT b.id FROM ");
        if (filter.rescuer() == null) {
            page.only("b.swarm", filter.swarm()).only("b.state", state);
            sql.append("rescue_blocker b WHERE ").append(page.condition(values));
        } else {
            // Who is asked is asked about few blockers: each of those is looked up.
            sql.append("(SELECT blocker FROM rescue_ask WHERE " + ACTIVE + " AND session = $1) k,"
                            + " LATERAL (SELECT * FROM rescue_blocker WHERE id = k.blocker OFFSET 0) b WHERE ($2::text IS NULL"
                            + " OR b.swarm = $2) AND ($3::text IS NULL OR b.state = $3) AND ")
                    .append(page.condition(values.addString(filter.rescuer())
                            .addString(filter.swarm())
                            .addString(state)));
        }
        values.addInteger(limit);
        return client.preparedQuery(sql.append(page.order())
                        .append(" LIMIT $")
                        .append(values.size())
                        .toString())
                .execute(values)
                .chain(rows -> {
                    List<String> ids = Rows.all(rows, row -> row.getString("id"));
                    return load(client, ids)
                            .map(found -> ids.stream().map(found::get).toList());
                });
    }

    /** Adds a message; {@code false} if the blocker has reached its limit. */
    Uni<Boolean> say(SqlConnection connection, String blocker, String by, String text, List<String> links, int most) {
        return connection
                .preparedQuery(
                        "WITH n AS (UPDATE rescue_blocker SET messages = messages + 1"
                                + " WHERE id = $1 AND messages < $5 RETURNING messages)"
                                + " INSERT INTO rescue_message (blocker, seq, by, text, links) SELECT $1, n.messages, $2, $3, $4 FROM n")
                .execute(Tuple.of(blocker, by, text, links.toArray(String[]::new), most))
                .map(rows -> rows.rowCount() == 1);
    }

    /** All messages on a blocker, oldest first. */
    Uni<List<Message>> messages(SqlClient client, String blocker) {
        return client.preparedQuery("SELECT * FROM rescue_message WHERE blocker = $1 ORDER BY seq")
                .execute(Tuple.of(blocker))
                .map(rows -> Rows.all(
                        rows,
                        row -> new Message(
                                row.getInteger("seq"),
                                row.getString("by"),
                                row.getString("text"),
                                List.of(row.getArrayOfStrings("links")),
                                Rows.instant(row, "at"))));
    }

    /** Asked sessions keep their remaining time. */
    @Override
    public Uni<Void> extend(SqlConnection connection, Instant gapStart, Duration gap) {
        return connection
                .preparedQuery("UPDATE rescue_ask SET until = until + $1 * interval '1 millisecond'"
                        + " WHERE state = 'ASKED' AND until > $2")
                .execute(Tuple.of(gap.toMillis(), Rows.at(gapStart)))
                .replaceWithVoid();
    }
}
