package io.infrafabric.relation;

import io.infrafabric.bus.EventIds;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.relation.GraphWalk.Way;
import io.infrafabric.relation.Relation.Link;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;

/** The graph itself: its lock, its relations, and walks through it. */
@ApplicationScoped
class EvidenceGraphTable {
    // A claim never changes its swarm. A transaction that states a new one also locks its id, because another swarm may
    // state it, too.
    private static final String LOCK = """
            SELECT count(pg_advisory_xact_lock(k)) FROM (
              SELECT DISTINCT hashtextextended('relation.' || n.name, 0) AS k FROM (
                SELECT swarm AS name FROM relation_claim WHERE id = ANY($1) AND version = 1
                 UNION ALL SELECT swarm FROM relation_edge WHERE id = ANY($2)
                 UNION ALL SELECT * FROM unnest($3::text[])) n
               ORDER BY 1) l
            """;

    // Not now(): the transaction may have begun before it waited for the lock.
    private static final String TIME = "SELECT clock_timestamp()";

    private static final String READ = """
            SELECT e.*, f.id AS from_id, f.version AS from_version, t.id AS to_id, t.version AS to_version
              FROM relation_edge e JOIN relation_claim f ON f.node = e.from_node JOIN relation_claim t ON t.node = e.to_node
            """;

    // Find both ends first: a claim may have many relations.
    private static final String BETWEEN = READ + """
             WHERE e.from_node = (SELECT node FROM relation_claim WHERE id = $1 AND superseded_at IS NULL)
               AND e.to_node = (SELECT node FROM relation_claim WHERE id = $2 AND superseded_at IS NULL)
               AND e.until IS NULL
            """;

    private static final String BETWEEN_BOTH_WAYS = BETWEEN + " UNION ALL "
            + BETWEEN.replace("$1", "$3").replace("$2", "$1").replace("$3", "$2");

    private static final String ADD =
            "INSERT INTO relation_edge (id, swarm, from_node, to_node, type, confidence, falsifier,"
                    + " by, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    private static final String END =
            "UPDATE relation_edge SET until = $2, ended = $3 WHERE id = ANY($1) AND until IS NULL";

    // Several steps in one round trip: most chains of dependencies are no longer. The first rows are the nearest.
    private static final int STEPS = 4;
    private static final String DEPENDENCIES = """
            WITH RECURSIVE met (from_node, to_node, step) AS (
              SELECT from_node, to_node, 1 FROM relation_edge
               WHERE near_node = ANY($1) AND type = 'DEPENDS_ON' AND until IS NULL
               UNION SELECT e.from_node, e.to_node, m.step + 1 FROM met m, LATERAL (
                 SELECT * FROM relation_edge WHERE near_node = m.far_node AND type = 'DEPENDS_ON' AND until IS NULL) e
               WHERE m.step < %d)
            SELECT * FROM met LIMIT $2
            """.formatted(STEPS);

    private static final String BELOW =
            DEPENDENCIES.replace("near_node", "from_node").replace("far_node", "to_node");

    private static final String ABOVE =
            DEPENDENCIES.replace("near_node", "to_node").replace("far_node", "from_node");

    private static final String AROUND = """
            (SELECT from_node, to_node, 1 AS step FROM relation_edge WHERE from_node = ANY($1) AND until IS NULL LIMIT $2)
             UNION ALL
            (SELECT from_node, to_node, 1 FROM relation_edge WHERE to_node = ANY($1) AND until IS NULL LIMIT $2)
            """;

    private static final String NOW = "until IS NULL";
    private static final String THEN = "at <= $3 AND (until IS NULL OR until > $3)";

    /** A relation with the versions that it connects. */
    record Edge(Relation relation, UUID id, long from, long to) {
        Link link() {
            return new Link(from, to);
        }
    }

    private final EventIds ids;
    private final RelationConfig config;

    EvidenceGraphTable(EventIds ids, RelationConfig config) {
        this.ids = ids;
        this.config = config;
    }

    /**
     * Locks the graphs that the commands concern, and gives the time after that.
     */
    Lock<Locks.Turns, Instant> lock(Work work, List<? extends Command> commands) {
        return lock(work, commands, Set.of());
    }

    /** The same, and besides them the graphs of these swarms. */
    Lock<Locks.Turns, Instant> lock(Work work, List<? extends Command> commands, Set<String> swarms) {
        Set<String> claims = new TreeSet<>();
        Set<UUID> relations = new TreeSet<>();
        Set<String> names = new TreeSet<>(swarms);
        for (Command command : commands) {
            switch (command) {
                case Command.State state -> stated(state, claims, names);
                case Command.Relate relate -> {
                    claims.add(relate.from());
                    claims.add(relate.to());
                }
                case Command.Remove remove -> relations.add(remove.relation());
                case Command.Observe observe -> {
                    claims.add(observe.claim());
                    stated(observe.observation(), claims, names);
                }
            }
        }
        return lock(work, claims, relations, names);
    }

    private static void stated(Command.State state, Set<String> claims, Set<String> names) {
        claims.add(state.id());
        names.add("claim." + state.id());
        if (state.swarm() != null) {
            names.add(state.swarm());
        }
    }

    /** Locks the graphs of these claims, relations and swarms. */
    Lock<Locks.Turns, Instant> lock(
            Work work, Collection<String> claims, Collection<UUID> relations, Collection<String> swarms) {
        SqlConnection connection = work.connection();
        Uni<?> locked = connection
                .preparedQuery(LOCK)
                .execute(Tuple.tuple()
                        .addArrayOfString(claims.toArray(String[]::new))
                        .addArrayOfUUID(relations.toArray(UUID[]::new))
                        .addArrayOfString(swarms.toArray(String[]::new)));
        Uni<Instant> time = connection
                .preparedQuery(TIME)
                .execute()
                .map(rows -> rows.iterator().next().get(OffsetDateTime.class, 0).toInstant());
        return Lock.of(work.inOrder(locked, time).with((_, at) -> at));
    }

    /** The relation with this id, whether or not it is still valid; {@code null} if it does not exist. */
    Uni<Edge> find(SqlConnection connection, UUID id) {
        return read(connection, READ + " WHERE e.id = $1", Tuple.of(id)).map(EvidenceGraphTable::first);
    }

    /** The valid relations between the newest versions of two claims, in any direction. */
    Uni<List<Edge>> between(SqlConnection connection, String one, String other) {
        return read(connection, BETWEEN_BOTH_WAYS, Tuple.of(one, other));
    }

    /** The valid relations of one claim of this type ({@code null} for any). */
    Uni<List<Edge>> of(SqlConnection connection, long claim, Relation.Type type) {
        String only = type == null ? "" : " AND e.type = '" + type.name() + "'";
        return read(
                connection,
                READ + " WHERE e.from_node = $1 AND e.until IS NULL" + only + " UNION ALL " + READ
                        + " WHERE e.to_node = $1 AND e.until IS NULL" + only,
                Tuple.of(claim));
    }

    /** The relations among these claims, oldest first; as of {@code at} if given. */
    Uni<List<Edge>> among(SqlConnection connection, Collection<Long> claims, Instant at, int most) {
        Long[] nodes = claims.toArray(Long[]::new);
        String when = at == null ? NOW : THEN.replace("at <=", "e.at <=");
        Tuple parameters = Tuple.of(nodes, most);
        return read(
                connection,
                READ + " WHERE e.from_node = ANY($1) AND e.to_node = ANY($1) AND " + when
                        + " ORDER BY e.at, e.id LIMIT $2",
                at == null ? parameters : parameters.addValue(Rows.at(at)));
    }

    /** Adds a new relation; both claims are under the graph's lock. */
    Edge add(Work work, Command.Relate wish, ClaimRow from, ClaimRow to, Instant at) {
        UUID id = ids.next();
        Relation relation = new Relation(
                id.toString(),
                from.swarm,
                from.id,
                from.version,
                to.id,
                to.version,
                wish.type(),
                wish.confidence(),
                wish.falsifier(),
                wish.by(),
                at,
                null,
                null);
        work.alongside(work.connection().preparedQuery(ADD).execute(Tuple.from(new Object[] {
            id,
            from.swarm,
            from.node,
            to.node,
            wish.type().name(),
            wish.confidence(),
            wish.falsifier(),
            wish.by(),
            Rows.at(at)
        })));
        return new Edge(relation, id, from.node, to.node);
    }

    /** Ends these relations. */
    Uni<Void> end(Work work, List<Edge> edges, Instant at, Relation.Ended why) {
        return edges.isEmpty()
                ? Uni.createFrom().voidItem()
                : work.connection()
                        .preparedQuery(END)
                        .execute(Tuple.of(edges.stream().map(Edge::id).toArray(UUID[]::new), Rows.at(at), why.name()))
                        .replaceWithVoid();
    }

    /** Walks as far as the bounds of changes allow. */
    Uni<GraphWalk> follow(Work work, Collection<Long> from, Way way) {
        return walk(
                work.connection(),
                new GraphWalk(from, new GraphWalk.Bound(config.deriveDepth(), config.deriveClaims())),
                way,
                null);
    }

    /** Walks to the end; as of {@code at} if given. */
    Uni<GraphWalk> walk(SqlConnection connection, GraphWalk walk, Way way, Instant at) {
        List<Long> frontier = walk.frontier();
        if (frontier.isEmpty()) {
            return Uni.createFrom().item(walk);
        }
        int most = walk.room(config.maxRelations());
        String sql = switch (way) {
            case BELOW -> BELOW;
            case ABOVE -> ABOVE;
            case AROUND -> AROUND;
        };
        Tuple parameters = Tuple.of(frontier.toArray(Long[]::new), most);
        return connection
                .preparedQuery(at == null ? sql : sql.replace(NOW, THEN))
                .execute(at == null ? parameters : parameters.addValue(Rows.at(at)))
                .chain(rows -> {
                    List<List<Link>> steps = steps(rows, way == Way.AROUND ? 1 : STEPS);
                    boolean cut = rows.size() >= most;
                    int whole = cut ? last(steps) : steps.size();
                    for (int i = 0; i < whole && !walk.frontier().isEmpty(); i++) {
                        walk.step(steps.get(i));
                        if (cut && i == whole - 1) {
                            walk.cut();
                        }
                    }
                    return walk(connection, walk, way, at);
                });
    }

    private static List<List<Link>> steps(RowSet<Row> rows, int most) {
        List<List<Link>> steps =
                Stream.<List<Link>>generate(ArrayList::new).limit(most).toList();
        rows.forEach(row ->
                steps.get(row.getInteger("step") - 1).add(new Link(row.getLong("from_node"), row.getLong("to_node"))));
        return steps;
    }

    /** How many steps the loaded relations reach; the last step may be incomplete. */
    private static int last(List<List<Link>> steps) {
        return (int) steps.stream().takeWhile(links -> !links.isEmpty()).count();
    }

    private static Uni<List<Edge>> read(SqlConnection connection, String sql, Tuple parameters) {
        return connection.preparedQuery(sql).execute(parameters).map(rows -> Rows.all(rows, EvidenceGraphTable::edge));
    }

    private static Edge first(List<Edge> edges) {
        return edges.isEmpty() ? null : edges.getFirst();
    }

    private static Edge edge(Row row) {
        String ended = row.getString("ended");
        Relation relation = new Relation(
                row.getUUID("id").toString(),
                row.getString("swarm"),
                row.getString("from_id"),
                row.getInteger("from_version"),
                row.getString("to_id"),
                row.getInteger("to_version"),
                Relation.Type.valueOf(row.getString("type")),
                row.getDouble("confidence"),
                row.getInteger("falsifier"),
                row.getString("by"),
                Rows.instant(row, "at"),
                Rows.instant(row, "until"),
                ended == null ? null : Relation.Ended.valueOf(ended));
        return new Edge(relation, row.getUUID("id"), row.getLong("from_node"), row.getLong("to_node"));
    }

    /** The versions at the other ends. */
    static List<Long> others(List<Edge> edges, long claim) {
        List<Long> others = new ArrayList<>(edges.size());
        edges.forEach(edge -> others.add(edge.from() == claim ? edge.to() : edge.from()));
        return others;
    }
}
