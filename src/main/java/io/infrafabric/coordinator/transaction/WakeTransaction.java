package io.infrafabric.coordinator.transaction;

import io.infrafabric.bus.Rows;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.claim.Claiming.Claim;
import io.infrafabric.coordinator.claim.Lane;
import io.infrafabric.coordinator.claim.LaneTable;
import io.infrafabric.coordinator.claim.Lanes;
import io.infrafabric.coordinator.claim.LimitTable;
import io.infrafabric.coordinator.claim.QueueTable;
import io.infrafabric.coordinator.claim.WaitingRoom;
import io.infrafabric.coordinator.claim.WakeTable;
import io.infrafabric.coordinator.claim.WakeTable.Common;
import io.infrafabric.coordinator.claim.Waking;
import io.infrafabric.coordinator.claim.WhyNot;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.session.SessionTable;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** Says which waiting claims should look. It reads what decides that ({@link Waking}), and locks nothing. */
@ApplicationScoped
public class WakeTransaction implements WaitingRoom.Choosing {
    private final Pool pool;
    private final SessionTable sessions;
    private final LaneTable lanes;
    private final CoordinatorConfig config;

    WakeTransaction(Pool pool, SessionTable sessions, LaneTable lanes, CoordinatorConfig config) {
        this.pool = pool;
        this.sessions = sessions;
        this.lanes = lanes;
        this.config = config;
    }

    @Override
    public Uni<Set<String>> forWhom(String swarm, List<Claim> waiting) {
        return WakeTable.common(pool, swarm, waiting.size())
                .chain(common -> !common.laned() && waiting.stream().allMatch(Claim::isPlain)
                        ? Uni.createFrom().item(first(waiting, common.tasks()))
                        : forWhom(swarm, waiting, common));
    }

    @Override
    public Uni<Set<String>> forWhomKeysAreFree(String swarm, List<Claim> waiting) {
        return WakeTable.own(pool, swarm, waiting.stream().map(Claim::session).toList());
    }

    private static Set<String> first(List<Claim> waiting, int most) {
        return waiting.stream().limit(most).map(Claim::session).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private Uni<Set<String>> forWhom(String swarm, List<Claim> waiting, Common common) {
        List<String> ids = waiting.stream().map(Claim::session).distinct().toList();
        List<String> picky = waiting.stream()
                .filter(claim -> claim.minScore() != null)
                .map(Claim::session)
                .toList();
        return Rows.together(
                        sessions.find(pool, ids),
                        common.laned()
                                ? lanes.common(pool, swarm)
                                : Uni.createFrom().item(List.<Lane>of()),
                        Rows.together(QueueTable.outcomes(pool, picky), Rows.now(pool))
                                .asTuple())
                .with((known, all, scores) -> {
                    List<Lane> some = any(all, waiting, known);
                    return WakeTable.tasks(pool, swarm, some, waiting.size())
                            .chain(counted -> LimitTable.glance(pool, some)
                                    .map(limits -> new Waking(
                                                    tasks(swarm, common, some, counted),
                                                    limits.keys(),
                                                    scores.getItem1(),
                                                    scores.getItem2(),
                                                    config.outcomeHalfLife())
                                            .choose(waiting, known)));
                })
                .chain(chosen -> chosen);
    }

    /** Lanes that some of them may look into; all, if one of them is not known any more. */
    private static List<Lane> any(List<Lane> all, List<Claim> waiting, Map<String, Session> known) {
        List<Session> looking = waiting.stream()
                .map(claim -> known.get(claim.session()))
                .filter(Objects::nonNull)
                .toList();
        return looking.size() < waiting.size() ? new ArrayList<>(all) : Lanes.forAny(all, looking);
    }

    private static Map<Lane, Integer> tasks(String swarm, Common common, List<Lane> lanes, Map<Lane, Integer> counted) {
        Map<Lane, Integer> tasks = new LinkedHashMap<>();
        tasks.put(WhyNot.plain(swarm).getFirst(), common.tasks());
        lanes.forEach(lane -> tasks.put(lane, counted.getOrDefault(lane, 0)));
        return tasks;
    }
}
