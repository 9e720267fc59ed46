package io.infrafabric.gateway.hooks;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;

/**
 * Which conversations of agents a session has, one row for each session: two agents may go by one name. A conversation is open from
 * its first hook to its end, or until no hook of it was seen for {@link HookConfig#conversationPatience()}.
 */
@ApplicationScoped
class ConversationTable {
    /** The most that are kept for one session; those seen last. */
    static final int MOST = 50;

    // Written once a minute: an open conversation is told by its hours.
    private static final String SEEN = """
            INSERT INTO gateway_conversation AS c (session, enrolment, open)
            SELECT $1::text, $2::bigint, jsonb_build_object($3::text, extract(epoch FROM now()))
             WHERE NOT EXISTS (SELECT FROM gateway_conversation k WHERE k.session = $1 AND k.enrolment = $2
                                  AND (k.open ->> $3::text)::numeric > extract(epoch FROM now()) - 60)
            ON CONFLICT (session) DO UPDATE
               SET enrolment = excluded.enrolment,
                   open = excluded.open || CASE WHEN c.enrolment < excluded.enrolment THEN '{}' ELSE (
                     SELECT coalesce(jsonb_object_agg(o.key, o.value), '{}')
                       FROM (SELECT e.key, e.value FROM jsonb_each(c.open) e WHERE e.key <> $3::text
                              ORDER BY e.value DESC LIMIT %d) o) END
             WHERE c.enrolment <= excluded.enrolment
            """.formatted(MOST - 1);

    // One statement, whose row is locked: of two conversations that end at once, the later one sees that the other has
    // ended.
    private static final String ENDED = """
            UPDATE gateway_conversation c SET open = c.open - $3::text WHERE c.session = $1 AND c.enrolment = $2
            RETURNING EXISTS (SELECT FROM jsonb_each(c.open) e
                               WHERE e.value::numeric > extract(epoch FROM now()) - $4::bigint) AS others
            """;

    /** A hook of this conversation was seen. */
    Uni<Void> seen(SqlClient client, String session, long enrolment, String conversation) {
        return client.preparedQuery(SEEN)
                .execute(Tuple.of(session, enrolment, conversation))
                .replaceWithVoid();
    }

    /** This conversation has ended; whether the session has others that are open. */
    Uni<Boolean> ended(SqlClient client, String session, long enrolment, String conversation, Duration patience) {
        return client.preparedQuery(ENDED)
                .execute(Tuple.of(session, enrolment, conversation, patience.toSeconds()))
                .map(rows -> {
                    for (Row row : rows) {
                        return row.getBoolean("others");
                    }
                    return false;
                });
    }
}
