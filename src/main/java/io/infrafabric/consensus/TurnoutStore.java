package io.infrafabric.consensus;

import io.infrafabric.bus.Sessions;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Whose votes are still missing, for those who wait for decisions. */
@ApplicationScoped
public class TurnoutStore {
    private static final String MISSING = "from ElectorRow e where e.decision in :decisions and not exists"
            + " (select 1 from VoteRow v where v.decision = e.decision and v.session = e.session and v.current = true)"
            + " and exists (select 1 from DecisionRow d where d.id = e.decision and d.swarm = :swarm and d.state = OPEN)"
            + " order by e.decision, e.session";

    private final Sessions sessions;

    TurnoutStore(Sessions sessions) {
        this.sessions = sessions;
    }

    /**
     * Who has not voted yet on those of these decisions that are open in the swarm, by decision; at most {@code most} in all.
     * That is no secret, also of a sealed decision.
     */
    public Uni<Map<String, List<String>>> missing(String swarm, Collection<String> decisions, int most) {
        return decisions.isEmpty()
                ? Uni.createFrom().item(Map.of())
                : sessions.read(session -> session.createSelectionQuery(MISSING, ElectorRow.class)
                                .setParameter("decisions", decisions)
                                .setParameter("swarm", swarm)
                                .setMaxResults(most)
                                .getResultList())
                        .map(rows -> rows.stream()
                                .collect(Collectors.groupingBy(
                                        row -> row.decision,
                                        Collectors.mapping(row -> row.session, Collectors.toList()))));
    }
}
