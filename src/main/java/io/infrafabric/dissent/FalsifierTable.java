package io.infrafabric.dissent;

import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.NewestFirst;
import io.infrafabric.bus.Rows;
import io.smallrye.mutiny.Uni;
import jakarta.persistence.LockModeType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.hibernate.reactive.mutiny.Mutiny;

/** The table of falsifiers. */
final class FalsifierTable {
    /** The proof that a falsifier, and before it the end of the chain, are locked. Only the lock makes it. */
    static final class Locked {
        private final ChainTable.Locked chain;
        private final FalsifierRow row;

        private Locked(ChainTable.Locked chain, FalsifierRow row) {
            this.chain = chain;
            this.row = row;
        }

        ChainTable.Locked chain() {
            return chain;
        }

        FalsifierRow row() {
            return row;
        }
    }

    /** Locks the falsifier; {@code null} if it does not exist. */
    static Lock<Locks.Decisions, Locked> lock(Mutiny.Session session, ChainTable.Locked chain, UUID id) {
        return Lock.of(session.find(FalsifierRow.class, id, LockModeType.PESSIMISTIC_WRITE)
                .map(row -> row == null ? null : new Locked(chain, row)));
    }

    /** One page, newest first. */
    static Uni<List<Falsifier>> page(Mutiny.Session session, FalsifierTransaction.Filter filter, int limit) {
        Map<String, Object> given = new HashMap<>();
        String state = filter.state() == null ? null : filter.state().name();
        NewestFirst page = NewestFirst.by("f.id").before(filter.before() == null ? Rows.LAST_ID : filter.before());
        StringBuilder query = new StringBuilder("select f.* from dissent_falsifier f where ");
        if (filter.decision() == null) {
            page.only("f.swarm", filter.swarm()).only("f.state", state);
            query.append(page.condition());
        } else {
            // One decision has few: the rest is asked of each of them.
            query.append(page.only("f.decision", filter.decision()).condition());
            and(query, given, " and f.swarm = :swarm", "swarm", filter.swarm());
            and(query, given, " and f.state = :state", "state", state);
        }
        page.bind(given::put);
        var selection = session.createNativeQuery(query.append(page.order()).toString(), FalsifierRow.class);
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
