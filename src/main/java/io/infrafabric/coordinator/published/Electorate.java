package io.infrafabric.coordinator.published;

import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.session.Session.State;
import io.infrafabric.coordinator.session.SessionTable;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What functions that hold votes need to know about sessions. It holds its SQL itself and opens no transaction. */
@ApplicationScoped
public class Electorate {

    /** A session that may be asked. {@code provider} and {@code model} are {@code null} if it did not say. */
    public record Member(String session, String provider, String model, boolean live) {}

    /**
     * The sessions that a swarm can ask.
     *
     * @param quorum votes that its decisions need, {@code null} for the installation's number
     */
    public record Roll(Integer quorum, List<Member> members) {}

    private static final String MEMBERS = """
            SELECT id, provider, model, state FROM coordinator_session
             WHERE swarm = $1 AND (state = 'LIVE' OR state = 'LOST' AND id = ANY($2)) ORDER BY id LIMIT $3
            """;

    private final SessionTable sessions;

    public Electorate(SessionTable sessions) {
        this.sessions = sessions;
    }

    /**
     * The swarm's live sessions and, of the named ones, the lost ones too; {@code null} if the swarm does not exist.
     *
     * @param most the most sessions
     */
    public Uni<Roll> roll(SqlClient client, String swarm, Collection<String> named, int most) {
        return client.preparedQuery("SELECT quorum FROM coordinator_swarm WHERE id = $1")
                .execute(Tuple.of(swarm))
                .chain(found -> found.size() == 0
                        ? Uni.createFrom().nullItem()
                        : client.preparedQuery(MEMBERS)
                                .execute(Tuple.of(swarm, named.toArray(String[]::new), most))
                                .map(rows -> new Roll(
                                        found.iterator().next().getInteger("quorum"),
                                        Rows.all(
                                                rows,
                                                row -> new Member(
                                                        row.getString("id"),
                                                        row.getString("provider"),
                                                        row.getString("model"),
                                                        row.getString("state").equals(State.LIVE.name()))))));
    }

    /**
     * Whether each of these sessions is {@code LIVE}, {@code LOST} or {@code LEFT} in this swarm, even if it is in
     * another by now; omits sessions that do not exist.
     */
    public Uni<Map<String, String>> states(SqlClient client, String swarm, Collection<String> ids) {
        return client.preparedQuery("SELECT id, CASE WHEN swarm = $2 THEN state ELSE 'LEFT' END AS state"
                        + " FROM coordinator_session WHERE id = ANY($1)")
                .execute(Tuple.of(ids.toArray(String[]::new), swarm))
                .map(rows -> {
                    Map<String, String> states = new HashMap<>();
                    rows.forEach(row -> states.put(row.getString("id"), row.getString("state")));
                    return states;
                });
    }

    /** When each {@code LOST} one of these sessions was last heard. */
    public Uni<List<Instant>> lastHeard(SqlClient client, String swarm, Collection<String> ids) {
        return client.preparedQuery(
                        "SELECT last_seen FROM coordinator_session WHERE id = ANY($1) AND swarm = $2 AND state = 'LOST'")
                .execute(Tuple.of(ids.toArray(String[]::new), swarm))
                .map(rows -> Rows.all(rows, row -> Rows.instant(row, "last_seen")));
    }

    /** How many of these sessions were heard after this time, and are no longer live in the swarm. */
    public Uni<Integer> goneSince(SqlClient client, String swarm, Collection<String> ids, Instant since) {
        return client.preparedQuery("SELECT count(*)::int AS gone FROM coordinator_session WHERE id = ANY($1)"
                        + " AND last_seen > $3 AND NOT (swarm = $2 AND state = 'LIVE')")
                .execute(Tuple.of(ids.toArray(String[]::new), swarm, Rows.at(since)))
                .map(rows -> rows.iterator().next().getInteger("gone"));
    }

    /** Locks the sessions, so that they can get notices. */
    public Lock<Locks.Sessions, ?> lock(Work work, Collection<String> ids) {
        return sessions.lock(work, ids);
    }
}
