package io.infrafabric.budget;

import io.infrafabric.budget.AccountTable.View;
import io.infrafabric.bus.NewestFirst;
import io.infrafabric.bus.Rows;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;

/** Accounts as their list shows them. */
@ApplicationScoped
class AccountPageTable {
    // Something was written down about the breaker, so that it need not be closed. By these words the indices are made.
    private static final String NOTED = "(a.tripped OR a.probe_at IS NOT NULL)";

    /** Which accounts a page shows; {@code null} is any. */
    record Filter(String within, String only, String parent, Breaker.State breaker) {}

    /** One page, newest first: first which accounts it shows, then what they have spent and hold with all below them. */
    Uni<List<View>> page(SqlClient client, Filter filter, Instant before, String beforeId, int limit) {
        Tuple values = Tuple.of(limit);
        NewestFirst page = NewestFirst.by("a.created_at", "a.id")
                .only("a.parent", filter.parent())
                .before(Rows.at(before), beforeId);
        String ids = filter.breaker() == Breaker.State.CLOSED
                ? "(" + ids(filter, page, "NOT " + NOTED, values) + ") UNION ALL (" + ids(filter, page, NOTED, values)
                        + ")"
                : ids(filter, page, filter.breaker() == null ? "true" : NOTED, values);
        return client.preparedQuery(AccountTable.VIEW + " WHERE a.id = ANY(ARRAY(" + ids
                        + ")) ORDER BY a.created_at DESC, a.id DESC LIMIT $1")
                .execute(values)
                .map(rows -> Rows.all(rows, AccountTable::view));
    }

    private static String ids(Filter filter, NewestFirst page, String noted, Tuple values) {
        StringBuilder where =
                new StringBuilder(page.condition(values)).append(" AND ").append(noted);
        if (filter.only() != null) {
            where.append(" AND a.id = $").append(values.addString(filter.only()).size());
        }
        if (filter.breaker() != null) {
            String breaker = filter.breaker().name();
            where.append(" AND " + AccountTable.BREAKER + " = $")
                    .append(values.addString(breaker).size());
        }
        String from = "budget_account a";
        if (filter.within() != null) {
            // By itself, so that it is looked up, and not searched for in all that there is.
            from = "(SELECT * FROM budget_account a WHERE a.path @> ARRAY[$"
                    + values.addString(filter.within()).size() + "::text] AND " + noted + " OFFSET 0) a";
        }
        return "SELECT a.id FROM " + from + " WHERE " + where + page.order() + " LIMIT $1";
    }
}
