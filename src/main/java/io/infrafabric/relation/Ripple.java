package io.infrafabric.relation;

import io.infrafabric.event.Trace;
import io.infrafabric.relation.Derivation.Clash;
import io.infrafabric.relation.Relation.Link;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * What one change of the graph has touched so far: each step of its consequences adds what the next ones have to look at.
 * Lives as long as the command, used by one chain.
 */
final class Ripple {
    final String swarm;
    final Instant at;
    final Trace trace;

    /** Ids of claims, as far as they are known already. */
    final Map<Long, String> names = new HashMap<>();
    /** Pairs of claims of which it is to be seen whether they contradict each other. */
    final Set<Clash> pairs = new LinkedHashSet<>();
    /** Dependencies that were added. */
    final List<Link> added = new ArrayList<>();
    /** Claims that may no longer depend on what they did. */
    final Set<Long> loosened = new LinkedHashSet<>();
    /** Claims whose contradictions may have become more grave, or less. */
    final Set<Long> weigh = new LinkedHashSet<>();
    /** Claims whose standing may have changed. */
    final Set<Long> dirty = new LinkedHashSet<>();
    /** Claims of which it may have changed whether they are disputed. */
    final Set<Long> seeds = new LinkedHashSet<>();
    /** Versions that were superseded: nothing becomes of them any more. */
    final Set<Long> gone = new HashSet<>();
    /** Claims whose history goes on. */
    final Set<Long> changed = new HashSet<>();
    /** Contradictions that were found. */
    final List<UUID> found = new ArrayList<>();
    /** Why contradictions end, if they do. */
    Contradiction.Ended cause = Contradiction.Ended.REMOVED;
    /** Whether claims are said to contradict each other whose scopes do not overlap. */
    boolean apart;
    /** Whether a bound kept something from being looked at. */
    boolean bounded;

    Ripple(String swarm, Instant at, Trace trace) {
        this.swarm = swarm;
        this.at = at;
        this.trace = trace;
    }
}
