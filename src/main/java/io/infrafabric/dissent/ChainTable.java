package io.infrafabric.dissent;

import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.dissent.Chain.Link;
import io.smallrye.mutiny.Uni;
import jakarta.persistence.LockModeType;
import java.util.List;
import org.hibernate.reactive.mutiny.Mutiny;

/** The chain's links and its head. */
final class ChainTable {
    /** As many links as fit, but at least one. */
    private static final String PAGE = "select position, kind, decision, swarm, body, size, previous, hash, at"
            + " from (select l.*, sum(size) over (order by position) as bytes"
            + " from (select * from dissent_link where position > :after and position <= :upTo"
            + " order by position limit :most) l) p where bytes <= :bytes or bytes = size order by position";

    /** The proof that the end of the chain is locked. Methods that append demand it; only the lock makes it. */
    static final class Locked {
        private final HeadRow head;

        private Locked(HeadRow head) {
            this.head = head;
        }

        HeadRow head() {
            return head;
        }
    }

    /** Locks the end of the chain, before anything else in this room. */
    static Lock<Locks.Decisions, Locked> lock(Mutiny.Session session) {
        return Lock.of(session.find(HeadRow.class, HeadRow.ID, LockModeType.PESSIMISTIC_WRITE)
                .map(Locked::new));
    }

    /** The memo of a decision and its addenda, in the order of the chain. */
    static Uni<List<Link>> of(Mutiny.Session session, String decision) {
        return session.createSelectionQuery(
                        "from LinkRow l where l.decision = :decision order by l.position", LinkRow.class)
                .setParameter("decision", decision)
                .getResultList()
                .map(rows -> rows.stream().map(LinkRow::toLink).toList());
    }

    /** The next links after one, up to another one; bounded in number and in total bytes. */
    static Uni<List<Link>> page(Mutiny.Session session, long after, long upTo, int most, long bytes) {
        return session.createNativeQuery(PAGE, LinkRow.class)
                .setParameter("after", after)
                .setParameter("upTo", upTo)
                .setParameter("most", most)
                .setParameter("bytes", bytes)
                .getResultList()
                .map(rows -> rows.stream().map(LinkRow::toLink).toList());
    }

    private ChainTable() {}
}
