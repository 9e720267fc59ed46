package io.infrafabric.budget;

import io.infrafabric.input.Decimals;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** What has been spent on work under way. */
@ApplicationScoped
public class SunkCost {

    /** US dollars reported so far for the standing claims of these tasks, by task. */
    public Uni<Map<String, BigDecimal>> sunk(SqlClient client, Collection<String> tasks) {
        return client.preparedQuery("SELECT task, drawn FROM budget_hold"
                        + " WHERE task = ANY($1) AND state = 'PLACED' AND task IS NOT NULL")
                .execute(Tuple.of(tasks.toArray(String[]::new)))
                .map(rows -> {
                    Map<String, BigDecimal> sunk = new HashMap<>();
                    rows.forEach(row -> sunk.put(row.getString("task"), Decimals.plain(row.getBigDecimal("drawn"))));
                    return sunk;
                });
    }
}
