package io.infrafabric.relation;

import io.infrafabric.bus.NewestFirst;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.relation.AuditTransaction.Claims;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hibernate.reactive.mutiny.Mutiny;

/** The table of claims. Works in the given session. */
final class StatedClaimTable {
    private static final String SUPERSEDE = "UPDATE relation_claim SET superseded_at = $2 WHERE node = $1";

    // Everybody's first support of each claim comes first, then everybody's second, so that an author of thousands does
    // not crowd out the others.
    private static final String CARRIED = """
            SELECT c.node, c.confidence, c.strength, c.evidence FROM relation_claim c
             WHERE c.node = ANY($1) AND NOT c.ruling
             UNION ALL (SELECT s.to_node, NULL, NULL, s.evidence FROM (
                   SELECT e.to_node, f.evidence, row_number() OVER (PARTITION BY e.to_node, e.by ORDER BY e.at, e.id) AS turn
                     FROM relation_edge e JOIN relation_claim f ON f.node = e.from_node AND f.evidence <> '[]'
                    WHERE e.to_node = ANY($1) AND e.type = 'SUPPORTS' AND e.until IS NULL) s ORDER BY s.turn LIMIT $2)
            """;

    private static final String STRENGTHEN = "UPDATE relation_claim c SET strength = i.strength"
            + " FROM unnest($1::bigint[], $2::float8[]) AS i(node, strength) WHERE c.node = i.node";

    private static final String RIVALS = """
            SELECT second_node AS rival FROM relation_contradiction
             WHERE first_node = ANY($1) AND through_node IS NULL AND ended_at IS NULL
             UNION SELECT first_node FROM relation_contradiction
             WHERE second_node = ANY($1) AND through_node IS NULL AND ended_at IS NULL
            """;

    private static final String THEN = """
            SELECT n.node, s.strength, s.standing, s.disputed FROM unnest($1::bigint[]) AS n(node), LATERAL (
              SELECT * FROM relation_standing WHERE node = n.node AND at <= $2 ORDER BY at DESC, seq DESC LIMIT 1) s
            """;

    private static final String NEWEST = " order by c.stated_at desc, c.node desc";

    // Versions of that time, as they stood then: the conditions apply to the row that THEN finds.
    private static final String CLAIMS_THEN = "select c.* from relation_claim c where c.stated_at <= :then"
            + " and (c.superseded_at is null or c.superseded_at > :then)";
    private static final String STANDING_THEN = " from relation_standing s where s.node = c.node and s.at <= :then"
            + " order by s.at desc, s.seq desc limit 1)";

    /** The newest versions of these claims, by id, if they exist. */
    static Uni<Map<String, ClaimRow>> current(Mutiny.Session session, Collection<String> ids) {
        return session.createSelectionQuery(
                        "from ClaimRow c where c.id in (:ids) and c.supersededAt is null", ClaimRow.class)
                .setParameter("ids", List.copyOf(ids))
                .getResultList()
                .map(rows -> {
                    Map<String, ClaimRow> current = new HashMap<>();
                    rows.forEach(row -> current.put(row.id, row));
                    return current;
                });
    }

    /** This version is no longer the newest one. */
    static Uni<Void> supersede(Work work, long node, Instant at) {
        return work.connection()
                .preparedQuery(SUPERSEDE)
                .execute(Tuple.of(node, Rows.at(at)))
                .replaceWithVoid();
    }

    /** These claims with their evidence and that of a limited number of their supports. */
    static Uni<List<Row>> carried(Work work, List<Long> claims, int most) {
        return work.connection()
                .preparedQuery(CARRIED)
                .execute(Tuple.of(claims.toArray(Long[]::new), most))
                .map(rows -> Rows.all(rows, row -> row));
    }

    /** Writes the strengths of these claims; gives what they contradict. */
    static Uni<List<Long>> strengthen(Work work, Map<Long, Double> strengths) {
        Long[] nodes = strengths.keySet().toArray(Long[]::new);
        return work.connection()
                .preparedQuery(STRENGTHEN)
                .execute(Tuple.of(nodes, Rows.column(strengths.values(), each -> each, Double[]::new)))
                .chain(() -> work.connection()
                        .preparedQuery(RIVALS)
                        .execute(Tuple.tuple().addArrayOfLong(nodes)))
                .map(rows -> Rows.all(rows, row -> row.getLong("rival")));
    }

    /** The claim with this id in this version; {@code null} means the newest one, or that of {@code at}. */
    static Uni<List<ClaimRow>> version(Mutiny.Session session, String id, Integer version, Instant at) {
        String which = version != null
                ? " and c.version = :version"
                : at != null
                        ? " and c.statedAt <= :at and (c.supersededAt is null or c.supersededAt > :at)"
                        : " and c.supersededAt is null";
        var selection = session.createSelectionQuery("from ClaimRow c where c.id = :id" + which, ClaimRow.class)
                .setParameter("id", id);
        if (version != null) {
            selection.setParameter("version", version);
        } else if (at != null) {
            selection.setParameter("at", at);
        }
        return selection.getResultList();
    }

    /** One page of newest versions, newest first; or of the versions that were newest at a past time. */
    static Uni<List<ClaimRow>> page(Mutiny.Session session, Claims filter, int limit) {
        return filter.at() == null ? pageNow(session, filter, limit) : pageThen(session, filter, limit);
    }

    /** Where only one of standing and disputed is asked for, each value of the other one is looked up. */
    private static Uni<List<ClaimRow>> pageNow(Mutiny.Session session, Claims filter, int limit) {
        NewestFirst page = before(filter, Rows.FOREVER);
        boolean byStanding = filter.standing() != null || filter.disputed() != null;
        if (byStanding) {
            page.like("c.standing", "s.one").like("c.disputed", "d.one");
        }
        String claims =
                "select c.* from relation_claim c where c.superseded_at is null and " + page.condition() + page.order();
        String query = byStanding
                ? "select c.* from " + values("s", filter.standing(), (Object[]) Standing.values())
                        + values("d", filter.disputed(), false, true) + "lateral (" + claims + " limit :most) c"
                        + NEWEST
                : claims;
        var selection = session.createNativeQuery(query, ClaimRow.class);
        page.bind(selection::setParameter);
        if (byStanding) {
            selection.setParameter("most", limit);
        }
        return selection.setMaxResults(limit).getResultList();
    }

    /** Before the last one of the page before, or before {@code start} on the first page. */
    private static NewestFirst before(Claims filter, Instant start) {
        NewestFirst page = NewestFirst.by("c.stated_at", "c.node").only("c.swarm", filter.swarm());
        return filter.beforeAt() == null
                ? page.before(start, Long.MAX_VALUE)
                : page.before(filter.beforeAt(), filter.beforeNode());
    }

    /** SQL: the value that is asked for, or all that there are. */
    private static String values(String name, Object wanted, Object... all) {
        return Stream.of(wanted == null ? all : new Object[] {wanted})
                .map(value -> value instanceof Boolean ? "(" + value + ")" : "('" + value + "')")
                .collect(Collectors.joining(", ", "(values ", ") " + name + "(one), "));
    }

    private static Uni<List<ClaimRow>> pageThen(Mutiny.Session session, Claims filter, int limit) {
        NewestFirst page = before(filter, filter.at());
        Map<String, Object> given = new HashMap<>(Map.of("then", filter.at()));
        StringBuilder query = new StringBuilder(CLAIMS_THEN).append(" and ").append(page.condition());
        String standing = filter.standing() == null ? null : filter.standing().name();
        and(query, given, " and :standing = (select s.standing" + STANDING_THEN, "standing", standing);
        and(query, given, " and :disputed = (select s.disputed" + STANDING_THEN, "disputed", filter.disputed());
        page.bind(given::put);
        var selection = session.createNativeQuery(query + page.order(), ClaimRow.class);
        given.forEach(selection::setParameter);
        return selection.setMaxResults(limit).getResultList();
    }

    /** These versions by node, as they stand or stood at {@code at}. */
    static Uni<Map<Long, Claim>> claims(Mutiny.Session session, Work work, Collection<Long> nodes, Instant at) {
        return session.createNativeQuery("select * from relation_claim where node = any(:nodes)", ClaimRow.class)
                .setParameter("nodes", nodes.toArray(Long[]::new))
                .getResultList()
                .chain(rows -> {
                    Map<Long, Claim> claims = new LinkedHashMap<>();
                    rows.forEach(row -> claims.put(row.node, row.toClaim()));
                    return at == null
                            ? Uni.createFrom().item(claims)
                            : work.connection()
                                    .preparedQuery(THEN)
                                    .execute(Tuple.of(nodes.toArray(Long[]::new), Rows.at(at)))
                                    .map(then -> {
                                        then.forEach(row -> claims.computeIfPresent(
                                                row.getLong("node"), (node, claim) -> stood(claim, row)));
                                        return claims;
                                    });
                });
    }

    private static Claim stood(Claim claim, Row row) {
        return claim.stood(
                row.getDouble("strength"), Standing.valueOf(row.getString("standing")), row.getBoolean("disputed"));
    }

    private static void and(
            StringBuilder query, Map<String, Object> given, String condition, String name, Object value) {
        if (value != null) {
            query.append(condition);
            given.put(name, value);
        }
    }

    private StatedClaimTable() {}
}
