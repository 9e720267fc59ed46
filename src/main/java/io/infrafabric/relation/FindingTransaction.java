package io.infrafabric.relation;

import io.infrafabric.bus.EntitySessions;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Caller;
import io.infrafabric.event.EscalationEvent.Severity;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.hibernate.reactive.mutiny.Mutiny;

/** Contradictions to read, also as of a time in the past: those that stood then, as grave as they were then. */
@ApplicationScoped
class FindingTransaction {
    private static final String NOW = "select c.* from relation_contradiction c where true";
    private static final String SINCE_THEN = " and c.found_at <= :then and (c.ended_at is null or c.ended_at > :then)";

    // A version of this program that wrote no history yet may have found it.
    private static final String SEVERITY_THEN = " and coalesce((select s.severity from relation_severity s"
            + " where s.contradiction = c.id and s.at <= :then order by s.at desc, s.seq desc limit 1), c.severity)"
            + " in (:severities)";

    private static final String THEN = """
            SELECT i.id, s.severity, s.score, s.resting, s.escalated FROM unnest($1::uuid[]) AS i(id), LATERAL (
              SELECT * FROM relation_severity WHERE contradiction = i.id AND at <= $2 ORDER BY at DESC, seq DESC LIMIT 1) s
            """;

    /** Which contradictions to list; {@code null} is any, and now. */
    record Wanted(String swarm, Severity least, boolean ended, Instant at, Instant beforeAt, UUID beforeId) {}

    private final EntitySessions sessions;

    FindingTransaction(EntitySessions sessions) {
        this.sessions = sessions;
    }

    /** One page, newest first. */
    Uni<List<Contradiction>> page(Wanted wanted, int limit) {
        Map<String, Object> given = new HashMap<>();
        StringBuilder query = new StringBuilder(NOW);
        if (wanted.at() == null && !wanted.ended()) {
            query.append(" and c.ended_at is null");
        }
        and(query, given, SINCE_THEN, "then", wanted.at());
        and(query, given, " and c.swarm = :swarm", "swarm", wanted.swarm());
        String severity = wanted.at() == null ? " and c.severity in (:severities)" : SEVERITY_THEN;
        and(query, given, severity, "severities", atLeast(wanted.least()));
        and(query, given, " and (c.found_at, c.id) < (:at, :id)", "at", wanted.beforeAt());
        and(query, given, "", "id", wanted.beforeId());
        query.append(" order by c.found_at desc, c.id desc");
        return sessions.run((session, work) -> {
            work.nothingWritten();
            return list(session, query.toString(), given, limit)
                    .chain(page -> wanted.at() == null
                            ? Uni.createFrom().item(List.copyOf(page.values()))
                            : asOf(work, page, wanted.at()));
        });
    }

    private static Uni<Map<UUID, Contradiction>> list(
            Mutiny.Session session, String query, Map<String, Object> given, int limit) {
        var selection = session.createNativeQuery(query, ContradictionRow.class);
        given.forEach(selection::setParameter);
        return selection.setMaxResults(limit).getResultList().map(rows -> {
            Map<UUID, Contradiction> page = new LinkedHashMap<>();
            rows.forEach(row -> page.put(row.id, row.toContradiction()));
            return page;
        });
    }

    private static Uni<List<Contradiction>> asOf(Work work, Map<UUID, Contradiction> page, Instant at) {
        return work.connection()
                .preparedQuery(THEN)
                .execute(Tuple.of(page.keySet().toArray(UUID[]::new), Rows.at(at)))
                .map(then -> {
                    then.forEach(row -> page.computeIfPresent(row.getUUID("id"), (id, found) -> weighed(found, row)));
                    return List.copyOf(page.values());
                });
    }

    private static Contradiction weighed(Contradiction found, Row row) {
        return found.weighed(
                new Contradiction.Weight(
                        Severity.valueOf(row.getString("severity")), row.getDouble("score"), row.getInteger("resting")),
                row.getBoolean("escalated"));
    }

    /** The contradiction, {@code null} if there is none in reach. */
    Uni<Contradiction> find(UUID id, Caller caller) {
        return sessions.read(session -> session.find(ContradictionRow.class, id)
                .map(row -> row == null || !caller.reaches(row.swarm) ? null : row.toContradiction()));
    }

    private static List<String> atLeast(Severity least) {
        return least == null
                ? null
                : Stream.of(Severity.values())
                        .filter(severity -> severity.compareTo(least) >= 0)
                        .map(Severity::name)
                        .toList();
    }

    private static void and(
            StringBuilder query, Map<String, Object> given, String condition, String name, Object value) {
        if (value != null) {
            query.append(condition);
            given.put(name, value);
        }
    }
}
