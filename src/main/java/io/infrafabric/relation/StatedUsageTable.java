package io.infrafabric.relation;

import io.infrafabric.bus.Work;
import io.infrafabric.relation.Command.Answer;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;

/**
 * How many claims each swarm and each of its sessions has stated, against the quota. Counts each new claim under the
 * graph's lock, which all claims of a swarm take anyway. Versions of a claim count as one.
 */
@ApplicationScoped
class StatedUsageTable {
    // Takes from all quotas or from none. The answer names those that are used up.
    private static final String TAKE = """
            WITH wanted AS (
              SELECT i.session, i.most, coalesce(u.claims, 0) AS used FROM unnest($2::text[], $3::bigint[]) AS i(session, most)
                LEFT JOIN relation_usage u ON u.swarm = $1 AND u.session = i.session),
            taken AS (
              INSERT INTO relation_usage (swarm, session, claims)
              SELECT $1, session, 1 FROM wanted WHERE NOT EXISTS (SELECT FROM wanted WHERE used >= most)
              ON CONFLICT (swarm, session) DO UPDATE SET claims = relation_usage.claims + 1)
            SELECT session, used, most FROM wanted WHERE used >= most ORDER BY session DESC LIMIT 1
            """;

    private static final String SETTING = "s2.relation.max-stated";

    private final RelationConfig config;

    StatedUsageTable(RelationConfig config) {
        this.config = config;
    }

    /**
     * Counts a new claim. Gives the refusal if the quota is used up, otherwise {@code null}. A human's ruling is not
     * counted.
     */
    Uni<Answer> take(Work work, Command.State wish) {
        if (wish.ruling()) {
            return Uni.createFrom().nullItem();
        }
        List<String> owners = new ArrayList<>(List.of(""));
        List<Long> most = new ArrayList<>(List.of(config.maxStated()));
        if (wish.session() != null) {
            owners.add(wish.session());
            most.add(config.maxStatedOfSession());
        }
        return work.connection()
                .preparedQuery(TAKE)
                .execute(Tuple.of(wish.swarm(), owners.toArray(String[]::new), most.toArray(Long[]::new)))
                .map(rows ->
                        rows.size() == 0 ? null : refusal(wish, rows.iterator().next()));
    }

    private static Answer refusal(Command.State wish, Row row) {
        String session = row.getString("session");
        return session.isEmpty()
                ? new Answer.OverQuota("swarm:" + wish.swarm(), SETTING, row.getLong("used"), row.getLong("most"))
                : new Answer.OverQuota(
                        "session:" + session, SETTING + "-of-session", row.getLong("used"), row.getLong("most"));
    }
}
