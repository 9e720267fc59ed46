package io.infrafabric.deadlock;

import io.infrafabric.bus.Rows;
import io.infrafabric.consensus.Turnouts;
import io.infrafabric.deadlock.WaitTarget.Kind;
import io.infrafabric.deadlock.Waits.Over;
import io.infrafabric.escalation.OpenCases;
import io.infrafabric.rescue.BlockerStandings;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlClient;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads how blockers, decisions and cases stand in rescue, consensus and escalation. Their events come late and are
 * forgotten; only the thing's own table can say whether it exists and whether it is over.
 */
@ApplicationScoped
class Outside {

    /**
     * An existing thing. {@code swarm} is the swarm that it belongs to; {@code over} says how it is over, {@code null}
     * while it is not.
     */
    record Known(String swarm, Over over) {}

    private final BlockerStandings blockers;
    private final Turnouts decisions;
    private final OpenCases cases;

    public Outside(BlockerStandings blockers, Turnouts decisions, OpenCases cases) {
        this.blockers = blockers;
        this.decisions = decisions;
        this.cases = cases;
    }

    /** Those of these blockers, decisions and humans that exist; ignores other names. */
    Uni<Map<String, Known>> known(SqlClient client, Collection<String> names) {
        Map<Kind, List<String>> ids = new EnumMap<>(Kind.class);
        names.forEach(name -> WaitTarget.of(name)
                .ifPresent(target -> ids.computeIfAbsent(target.kind(), none -> new ArrayList<>())
                        .add(target.id())));
        return Rows.together(
                        blockers.standing(client, ids.getOrDefault(Kind.BLOCKER, List.of())),
                        decisions.standing(client, ids.getOrDefault(Kind.DECISION, List.of())),
                        cases.standing(client, ids.getOrDefault(Kind.HUMAN, List.of())))
                .with((blocked, decided, asked) -> {
                    Map<String, Known> known = new HashMap<>();
                    blocked.forEach((id, one) -> known.put(
                            new WaitTarget(Kind.BLOCKER, id).name(),
                            new Known(one.swarm(), over(one.resolved(), one.withdrawn()))));
                    decided.forEach((id, one) -> known.put(
                            new WaitTarget(Kind.DECISION, id).name(),
                            new Known(one.swarm(), over(one.closed(), false))));
                    asked.forEach((id, one) -> known.put(
                            new WaitTarget(Kind.HUMAN, id).name(),
                            new Known(one.swarm(), over(one.resolved(), one.withdrawn()))));
                    return known;
                });
    }

    private static Over over(boolean done, boolean gone) {
        return done ? Over.DONE : gone ? Over.GONE : null;
    }
}
