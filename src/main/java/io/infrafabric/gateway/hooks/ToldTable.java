package io.infrafabric.gateway.hooks;

import io.infrafabric.gateway.hooks.HookRule.Told;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;

/** What agents were told by hooks, one row for each session. */
@ApplicationScoped
class ToldTable {
    // Hooks of one agent come at once: what was told meanwhile is not told again.
    private static final String NOW = """
            INSERT INTO gateway_told AS t (session, enrolment, up_to, lost, claim, stops) VALUES ($1, $2, $4, $5, $6, $7)
            ON CONFLICT (session) DO UPDATE
               SET enrolment = excluded.enrolment, up_to = excluded.up_to, lost = excluded.lost, claim = excluded.claim,
                   stops = excluded.stops
             WHERE t.enrolment < excluded.enrolment
                OR (t.enrolment = excluded.enrolment AND t.up_to = $3 AND t.stops = $8)
            """;

    /** What the session was told in this enrolment. */
    Uni<Told> read(SqlClient client, String session, long enrolment) {
        return client.preparedQuery("SELECT * FROM gateway_told WHERE session = $1 AND enrolment = $2")
                .execute(Tuple.of(session, enrolment))
                .map(rows -> {
                    if (rows.size() == 0) {
                        return Told.NOTHING;
                    }
                    Row row = rows.iterator().next();
                    return new Told(
                            row.getLong("up_to"),
                            row.getString("lost"),
                            row.getString("claim"),
                            row.getInteger("stops"));
                });
    }

    /** Writes what it is told now; {@code false} if another hook was faster. */
    Uni<Boolean> write(SqlClient client, String session, long enrolment, Told before, Told now) {
        return client.preparedQuery(NOW)
                .execute(Tuple.tuple()
                        .addString(session)
                        .addLong(enrolment)
                        .addLong(before.upTo())
                        .addLong(now.upTo())
                        .addString(now.lost())
                        .addString(now.claim())
                        .addInteger(now.stops())
                        .addInteger(before.stops()))
                .map(rows -> rows.rowCount() == 1);
    }
}
