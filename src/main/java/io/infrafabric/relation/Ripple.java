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
 * What one change of the graph has touched so far: each step of its consequences adds what the next ones must look at.
 * Lives as long as the command; used by one chain.
 */
final class Ripple {
    final String swarm;
    final Instant at;
    final Trace trace;

    /** The known ids of claims. */
    final Map<Long, String> names = new HashMap<>();
    /** Pairs of claims that may contradict each other. */
    final Set<Clash> pairs = new LinkedHashSet<>();
    /** Dependencies that were added. */
    final List<Link> added = new ArrayList<>();
    /** Claims that may no longer depend on what they did. */
    final Set<Long> loosened = new LinkedHashSet<>();
    /** Claims whose contradictions may have become more or less grave. */
    final Set<Long> weigh = new LinkedHashSet<>();
    /** Claims whose standing may have changed. */
    final Set<Long> dirty = new LinkedHashSet<>();
    /** Claims that may have become disputed, or settled. */
    final Set<Long> seeds = new LinkedHashSet<>();
    /** Superseded versions: they no longer change. */
    final Set<Long> gone = new HashSet<>();
    /** Claims that get another entry in their history. */
    final Set<Long> changed = new HashSet<>();
    /** New contradictions. */
    final List<UUID> found = new ArrayList<>();
    /** Why contradictions end, if they do. */
    Contradiction.Ended cause = Contradiction.Ended.REMOVED;
    /** Whether somebody declared a contradiction between claims whose scopes do not overlap. */
    boolean apart;
    /** Whether a bound kept something out. */
    boolean bounded;

    Ripple(String swarm, Instant at, Trace trace) {
        this.swarm = swarm;
        this.at = at;
        this.trace = trace;
    }
}
