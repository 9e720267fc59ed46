package io.infrafabric.escalation;

import io.smallrye.mutiny.Uni;
import java.util.List;
import org.hibernate.reactive.mutiny.Mutiny;

/** Open questions of sessions. Works in the session it is given. */
final class AskedTable {
    private static final String OPEN = "from CaseRow c where c.subject = :subject and c.deadline is not null"
            + " and c.state in (OPEN, ACKNOWLEDGED) order by c.openedAt, c.id";

    private AskedTable() {}

    /** The questions that wait for an answer, at most so many, oldest first. */
    static Uni<List<Case>> open(Mutiny.Session session, String subject, int most) {
        return session.createSelectionQuery(OPEN, CaseRow.class)
                .setParameter("subject", subject)
                .setMaxResults(most)
                .getResultList()
                .map(rows -> rows.stream().map(CaseRow::toCase).toList());
    }
}
