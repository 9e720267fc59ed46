package io.infrafabric.coordinator.claim;

import io.infrafabric.coordinator.claim.Claiming.Claim;
import io.infrafabric.coordinator.session.Match;
import io.infrafabric.coordinator.session.Match.Outcomes;
import io.infrafabric.coordinator.session.Session;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which waiting claims look again: those for which there is something, and no more than there is. It knows nothing of money, and of
 * what rests for a session: who looks in vain for such a reason is passed over when it is asked again.
 *
 * @param tasks how many tasks there are, by lane; those in no lane are a lane of their own
 * @param keys what may be held under the keys of these lanes
 * @param outcomes by session, then domain, of those who ask for a score
 */
public record Waking(
        Map<Lane, Integer> tasks,
        FreeKeys keys,
        Map<String, Map<String, Outcomes>> outcomes,
        Instant now,
        Duration halfLife) {

    /** The sessions of those claims, in their order. A claim for one task looks whatever there is. */
    public Set<String> choose(List<Claim> waiting, Map<String, Session> sessions) {
        Set<String> chosen = new LinkedHashSet<>();
        Map<Lane, Integer> left = new LinkedHashMap<>(tasks);
        FreeKeys free = keys;
        for (Claim claim : waiting) {
            if (claim.taskId() != null) {
                chosen.add(claim.session());
                continue;
            }
            for (Lane lane : left.keySet()) {
                if (left.get(lane) > 0
                        && free.fit(lane.swarm(), lane.dispatch().concurrency())
                        && may(lane, claim, sessions.get(claim.session()))) {
                    left.merge(lane, -1, Integer::sum);
                    free = free.take(lane.swarm(), lane.dispatch().concurrency());
                    chosen.add(claim.session());
                    break;
                }
            }
        }
        return chosen;
    }

    private boolean may(Lane lane, Claim claim, Session session) {
        return session == null
                || (lane.requirements()
                                .missing(session.domains(), session.tools())
                                .isEmpty()
                        && (claim.minScore() == null || score(lane, session) >= claim.minScore()));
    }

    private double score(Lane lane, Session session) {
        Map<String, Outcomes> own = outcomes.getOrDefault(session.id(), Map.of());
        return Match.score(lane.requirements().need(), session, own, now, halfLife)
                .score();
    }
}
