package io.infrafabric.deadlock;

import io.infrafabric.deadlock.WaitGraph.Knot;
import io.infrafabric.deadlock.WaitGraph.Node;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * How a deadlock ends: one session of the cycle is preempted. Its waits in the deadlock end, and so do the claims that
 * others in it wait for: the awaited tasks, or all of them if a session waits for it. This is repeated until nobody is
 * deadlocked. A session that waits for its help with a blocker waits for none of its claims. A session that only waits
 * for itself (for a task that depends on what it holds) loses none.
 *
 * @param cycle the cycle in which the victim was found: each waits for the next, the last for the first
 * @param members everything deadlocked with it; more than the cycle if waits for alternatives are involved, too
 * @param victim the session's id
 * @param endedWaits what the victim no longer waits for
 * @param releasedTasks tasks in the deadlock that the victim gives up
 * @param allClaims whether it gives up everything that it holds
 * @param why the reason for the choice, in words
 */
record Preemption(
        List<String> cycle,
        Set<String> members,
        String victim,
        Set<String> endedWaits,
        Set<String> releasedTasks,
        boolean allClaims,
        String why) {

    /** Which session of a cycle is preempted. */
    enum Policy {
        /** The one that has waited longest (the seed's rule). */
        LONGEST_WAITING,
        /** The one whose claims have cost least so far. */
        LEAST_MONEY
    }

    /**
     * What the choice depends on, for one session.
     *
     * @param preemptedAt when it was last preempted, {@code null} for never
     * @param sunk US dollars spent so far on what it holds
     */
    record Past(Instant preemptedAt, BigDecimal sunk) {
        static final Past NONE = new Past(null, BigDecimal.ZERO);
    }

    /** Everything that the rule uses besides the graph. */
    record Rules(Policy policy, Duration spare, Instant now) {}

    /**
     * All preemptions needed until nobody reachable from {@code starts} is deadlocked, in order.
     *
     * @param nodes the graph
     * @param queued what a task needs once its holder has given it back, by name
     * @param waits the waits of the sessions in the graph, by id
     * @param pasts by session id; nothing is {@link Past#NONE}
     */
    static List<Preemption> resolve(
            Map<String, Node> nodes,
            Map<String, Node> queued,
            Map<String, Waits> waits,
            Map<String, Past> pasts,
            Collection<String> starts,
            Rules rules) {
        Map<String, Node> left = new HashMap<>(nodes);
        WaitGraph graph = WaitGraph.of(left);
        Map<String, Past> known = new HashMap<>(pasts);
        // A released task is a change of its own: it may be assigned to a session that waits for it.
        Set<String> from = new LinkedHashSet<>(starts);
        List<Preemption> preemptions = new ArrayList<>();
        for (List<Knot> knots = graph.knots(from); !knots.isEmpty(); knots = graph.knots(from)) {
            Preemption next = decide(graph, knots.getFirst(), from, waits, known, rules);
            from.addAll(next.releasedTasks());
            preemptions.add(next);
            left.put(
                    WaitTarget.session(next.victim()),
                    graph.node(WaitTarget.session(next.victim())).without(next.endedWaits()));
            next.releasedTasks().forEach(task -> left.put(task, queued.getOrDefault(task, Node.free(task))));
            known.put(
                    next.victim(),
                    new Past(
                            rules.now(),
                            known.getOrDefault(next.victim(), Past.NONE).sunk()));
        }
        return preemptions;
    }

    private static Preemption decide(
            WaitGraph graph,
            Knot knot,
            Collection<String> starts,
            Map<String, Waits> waits,
            Map<String, Past> pasts,
            Rules rules) {
        String from = starts.stream()
                .filter(knot.members()::contains)
                .findFirst()
                .orElseGet(() -> knot.members().iterator().next());
        List<String> cycle = graph.cycle(knot, from);
        List<Candidate> candidates = cycle.stream()
                .filter(member -> member.startsWith(WaitTarget.Kind.SESSION.prefix()))
                .map(member -> Candidate.of(member, knot, waits, pasts, rules))
                .sorted(order(rules.policy()))
                .toList();
        if (candidates.isEmpty()) {
            throw new IllegalStateException("Nobody waits in " + cycle);
        }
        Candidate victim = candidates.getFirst();
        Set<String> ended = needed(graph, victim.node());
        ended.retainAll(knot.members());
        Set<String> released = new TreeSet<>();
        boolean all = false;
        // If nobody else waits, it need not give up what it waits for itself.
        boolean others = knot.members().stream()
                .anyMatch(
                        member -> member.startsWith(WaitTarget.Kind.SESSION.prefix()) && !member.equals(victim.node()));
        for (String member : others ? knot.members() : Set.<String>of()) {
            if (!member.equals(victim.node()) && needed(graph, member).contains(victim.node())) {
                if (member.startsWith(WaitTarget.Kind.TASK.prefix())) {
                    released.add(member);
                } else if (member.startsWith(WaitTarget.Kind.SESSION.prefix())) {
                    all = true;
                }
            }
        }
        return new Preemption(
                cycle, knot.members(), victim.session(), ended, released, all, why(candidates, rules.policy()));
    }

    private static Set<String> needed(WaitGraph graph, String name) {
        Node node = graph.node(name);
        Set<String> needed = new LinkedHashSet<>(node.all());
        needed.addAll(node.any());
        return needed;
    }

    private record Candidate(String node, String session, Instant since, BigDecimal sunk, boolean spared) {
        static Candidate of(String node, Knot knot, Map<String, Waits> waits, Map<String, Past> pasts, Rules rules) {
            String id = node.substring(WaitTarget.Kind.SESSION.prefix().length());
            Past past = pasts.getOrDefault(id, Past.NONE);
            Waits itsWaits = waits.get(id);
            Instant since = itsWaits == null ? null : itsWaits.since(knot.members());
            boolean spared = past.preemptedAt() != null
                    && past.preemptedAt().plus(rules.spare()).isAfter(rules.now());
            return new Candidate(node, id, since == null ? rules.now() : since, past.sunk(), spared);
        }
    }

    /** The first is chosen. The id breaks ties, so that everybody would choose the same. */
    private static Comparator<Candidate> order(Policy policy) {
        Comparator<Candidate> bySpared = Comparator.comparing(Candidate::spared);
        Comparator<Candidate> byPolicy = switch (policy) {
            case LONGEST_WAITING -> Comparator.comparing(Candidate::since);
            case LEAST_MONEY -> Comparator.comparing(Candidate::sunk).thenComparing(Candidate::since);
        };
        return bySpared.thenComparing(byPolicy).thenComparing(Candidate::session);
    }

    private static String why(List<Candidate> candidates, Policy policy) {
        Candidate victim = candidates.getFirst();
        List<String> spared = candidates.stream()
                .filter(Candidate::spared)
                .map(Candidate::session)
                .toList();
        String chosen = switch (policy) {
            case LONGEST_WAITING -> "It has waited longest, since " + victim.since() + ".";
            case LEAST_MONEY ->
                "Least was spent on what it holds: " + victim.sunk().toPlainString() + " US dollars.";
        };
        if (spared.isEmpty()) {
            return chosen;
        }
        return victim.spared()
                ? chosen + " All sessions of the cycle were preempted recently, so none could be spared."
                : chosen + " Spared, because they were preempted recently: " + String.join(", ", spared) + ".";
    }
}
