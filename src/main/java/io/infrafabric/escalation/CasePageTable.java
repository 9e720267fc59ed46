package io.infrafabric.escalation;

import io.infrafabric.bus.NewestFirst;
import io.infrafabric.bus.Rows;
import io.infrafabric.escalation.DeskTransaction.Filter;
import io.smallrye.mutiny.Uni;
import java.util.List;
import org.hibernate.reactive.mutiny.Mutiny;

/** Cases as their list shows them. Works in the session it is given. */
final class CasePageTable {

    /** One page, newest first. */
    static Uni<List<Case>> page(Mutiny.Session session, Filter filter, int limit) {
        NewestFirst page = NewestFirst.by("c.opened_at", "c.id")
                .only("c.swarm", filter.swarm())
                .only("c.function", filter.function())
                .only("c.state", filter.state() == null ? null : filter.state().name())
                .before(
                        filter.beforeAt() == null ? Rows.FOREVER : filter.beforeAt(),
                        filter.beforeAt() == null ? Rows.LAST_ID : filter.beforeId());
        var selection = session.createNativeQuery(
                "select c.* from escalation_case c where " + page.condition() + page.order(), CaseRow.class);
        page.bind(selection::setParameter);
        return selection
                .setMaxResults(limit)
                .getResultList()
                .map(rows -> rows.stream().map(CaseRow::toCase).toList());
    }

    private CasePageTable() {}
}
