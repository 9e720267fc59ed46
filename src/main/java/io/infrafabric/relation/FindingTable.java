package io.infrafabric.relation;

import io.infrafabric.bus.NewestFirst;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.relation.FindingTransaction.Wanted;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hibernate.reactive.mutiny.Mutiny;

/** Reads contradictions as they are, and as of a time in the past. Works in the given session or transaction. */
final class FindingTable {
    private static final String NOW = "select c.* from relation_contradiction c where true";
    private static final String NEWEST = " order by c.found_at desc, c.id desc";
    private static final String SINCE_THEN = " and c.found_at <= :then and (c.ended_at is null or c.ended_at > :then)";

    // An older release that wrote no history may have found it.
    private static final String SEVERITY_THEN = " and coalesce((select s.severity from relation_severity s"
            + " where s.contradiction = c.id and s.at <= :then order by s.at desc, s.seq desc limit 1), c.severity)"
            + " in (:severities)";

    private static final String RIVALRIES = """
            SELECT id, first_node, second_node, through_node FROM relation_contradiction
             WHERE first_node = ANY($1) AND ended_at IS NULL
             UNION SELECT id, first_node, second_node, through_node FROM relation_contradiction
             WHERE second_node = ANY($1) AND ended_at IS NULL
             UNION SELECT id, first_node, second_node, through_node FROM relation_contradiction
             WHERE through_node = ANY($1) AND ended_at IS NULL LIMIT $2
            """;
    private static final String STANDS = "ended_at IS NULL";
    private static final String STOOD = "found_at <= $3 AND (ended_at IS NULL OR ended_at > $3)";

    /** The contradiction; {@code null} if it does not exist. */
    static Uni<ContradictionRow> find(Mutiny.Session session, UUID id) {
        return session.find(ContradictionRow.class, id);
    }

    /**
     * One page by id, newest first; how grave they are is as of now. Those of now are looked up by each severity that is
     * asked for.
     */
    static Uni<Map<UUID, Contradiction>> page(Mutiny.Session session, Wanted wanted, int limit) {
        boolean bySeverity = wanted.at() == null && wanted.least() != null;
        NewestFirst page = NewestFirst.by("c.found_at", "c.id").only("c.swarm", wanted.swarm());
        if (bySeverity) {
            page.like("c.severity", "s.severity");
        }
        Instant start = wanted.at() == null ? Rows.FOREVER : wanted.at();
        page.before(
                wanted.beforeAt() == null ? start : wanted.beforeAt(),
                wanted.beforeAt() == null ? Rows.LAST_ID : wanted.beforeId());
        Map<String, Object> given = new HashMap<>();
        StringBuilder query = new StringBuilder(
                bySeverity ? "select c.* from (values " + severities(wanted.least()) + ") s(severity), lateral (" : "");
        query.append(NOW).append(" and ").append(page.condition());
        if (wanted.at() == null && !wanted.ended()) {
            query.append(" and c.ended_at is null");
        }
        and(query, given, SINCE_THEN, "then", wanted.at());
        and(query, given, SEVERITY_THEN, "severities", wanted.at() == null ? null : atLeast(wanted.least()));
        page.bind(given::put);
        query.append(page.order());
        if (bySeverity) {
            query.append(" limit :most) c").append(NEWEST);
            given.put("most", limit);
        }
        var selection = session.createNativeQuery(query.toString(), ContradictionRow.class);
        given.forEach(selection::setParameter);
        return selection.setMaxResults(limit).getResultList().map(rows -> {
            Map<UUID, Contradiction> found = new LinkedHashMap<>();
            rows.forEach(row -> found.put(row.id, row.toContradiction()));
            return found;
        });
    }

    private static void and(
            StringBuilder query, Map<String, Object> given, String condition, String name, Object value) {
        if (value != null) {
            query.append(condition);
            given.put(name, value);
        }
    }

    /** A limited number of contradictions in which these claims take part; {@code null} for {@code at} means now. */
    static Uni<List<Row>> rivalries(Work work, Collection<Long> claims, int most, Instant at) {
        Tuple parameters = Tuple.of(claims.toArray(Long[]::new), most);
        return work.connection()
                .preparedQuery(at == null ? RIVALRIES : RIVALRIES.replace(STANDS, STOOD))
                .execute(at == null ? parameters : parameters.addValue(Rows.at(at)))
                .map(rows -> Rows.all(rows, row -> row));
    }

    private static String severities(Severity least) {
        return atLeast(least).stream().map(severity -> "('" + severity + "')").collect(Collectors.joining(", "));
    }

    private static List<String> atLeast(Severity least) {
        return least == null
                ? null
                : Stream.of(Severity.values())
                        .filter(severity -> severity.compareTo(least) >= 0)
                        .map(Severity::name)
                        .toList();
    }

    private FindingTable() {}
}
