package io.infrafabric.dissent;

import io.smallrye.mutiny.Uni;
import jakarta.persistence.LockModeType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.hibernate.reactive.mutiny.Mutiny;

/** Falsifiers as they are kept. */
final class FalsifierTable {
    /** The falsifier under lock, {@code null} if there is none. The chain's head is locked first. */
    static Uni<FalsifierRow> locked(Mutiny.Session session, UUID id) {
        return ChainTable.lock(session)
                .chain(() -> session.find(FalsifierRow.class, id, LockModeType.PESSIMISTIC_WRITE));
    }

    /** One page, newest first. */
    static Uni<List<Falsifier>> page(Mutiny.Session session, FalsifierTransaction.Filter filter, int limit) {
        Map<String, Object> given = new HashMap<>();
        StringBuilder query = new StringBuilder("from FalsifierRow f where true");
        and(query, given, " and f.swarm = :swarm", "swarm", filter.swarm());
        and(query, given, " and f.decision = :decision", "decision", filter.decision());
        and(query, given, " and f.state = :state", "state", filter.state());
        and(query, given, " and f.id < :before", "before", filter.before());
        query.append(" order by f.id desc");
        var selection = session.createSelectionQuery(query.toString(), FalsifierRow.class);
        given.forEach(selection::setParameter);
        return selection
                .setMaxResults(limit)
                .getResultList()
                .map(rows -> rows.stream().map(FalsifierRow::toFalsifier).toList());
    }

    private static void and(
            StringBuilder query, Map<String, Object> given, String condition, String name, Object value) {
        if (value != null) {
            query.append(condition);
            given.put(name, value);
        }
    }

    private FalsifierTable() {}
}
