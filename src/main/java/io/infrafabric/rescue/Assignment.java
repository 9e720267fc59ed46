package io.infrafabric.rescue;

import io.infrafabric.rescue.Ranking.Fit;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jgrapht.Graph;
import org.jgrapht.alg.matching.MaximumWeightBipartiteMatching;
import org.jgrapht.graph.DefaultWeightedEdge;
import org.jgrapht.graph.SimpleWeightedGraph;

/**
 * Decides who is asked about which blocker when several compete for few: the best overall result, not first come, first
 * served.
 *
 * <p>It works in rounds: first every blocker that has nobody gets one rescuer, then those that have one get a second
 * from the remaining sessions. In each round as many blockers as possible get somebody. Of all ways to do that, the one
 * with the highest sum of scores wins; then the one with less load, lower hourly cost, smaller ids. Each round is a
 * maximum-weight matching of blockers with the free places of sessions, by JGraphT.
 *
 * <p>The three criteria become one weight: one step of a more important criterion outweighs all less important ones
 * together. Weights are whole numbers that a {@code double} holds exactly, and JGraphT adds them up as decimals; for
 * more than {@value #MOST} blockers they could become too large.
 */
public final class Assignment {
    /** The most blockers that are assigned at once. */
    public static final int MOST = 1000;

    private static final double STEPS = 1e6;
    private static final double EXACT = 0x1p53;

    /**
     * A blocker that wants rescuers.
     *
     * @param has how many it has already: it comes after all that have fewer
     * @param rescuers how many more it wants, 0 or more
     * @param fits the sessions that fit, best first, from {@link Ranking}; a session appears with the same load
     * everywhere
     */
    public record Wish(String blocker, int has, int rescuers, List<Fit> fits) {
        /** A wish of a blocker that has nobody yet. */
        public Wish(String blocker, int rescuers, List<Fit> fits) {
            this(blocker, 0, rescuers, fits);
        }
    }

    /** A free place of a session: its load before it takes the place. */
    private record Place(int load, BigDecimal hourlyCost, String session) {
        static final Comparator<Place> TIES = Comparator.comparingInt(Place::load)
                .thenComparing(Place::hourlyCost, Comparator.nullsLast(Comparator.naturalOrder()))
                .thenComparing(Place::session);

        static Place of(Candidate candidate, int taken) {
            return new Place(candidate.load() + taken, candidate.session().hourlyCost(), candidate.id());
        }
    }

    /** A place, and how well its session fits. */
    private record Option(Place place, Fit fit) {
        static final Comparator<Option> BEST = Comparator.comparingDouble((Option option) -> option.fit.score())
                .reversed()
                .thenComparing(Option::place, Place.TIES);
    }

    private final Map<String, List<Fit>> assigned = new LinkedHashMap<>();
    private final Map<String, Integer> taken = new HashMap<>();

    private Assignment() {}

    /**
     * Assigns. Among equals the first wish is served first, so the caller decides which is more urgent.
     *
     * @return for each blocker the sessions to ask, at most as many as it wants, best first; no session is asked about
     * more blockers than it has free places
     * @throws IllegalArgumentException if there are more than {@value #MOST} wishes
     */
    public static Map<String, List<Fit>> of(List<Wish> wishes) {
        if (wishes.size() > MOST) {
            throw new IllegalArgumentException("At most " + MOST + " blockers at once, not " + wishes.size());
        }
        Assignment assignment = new Assignment();
        wishes.forEach(wish -> assignment.assigned.put(wish.blocker(), new ArrayList<>()));
        int rounds = wishes.stream()
                .mapToInt(wish -> wish.has() + wish.rescuers())
                .max()
                .orElse(0);
        for (int round = 0; round < rounds; round++) {
            int others = round;
            assignment.round(wishes.stream()
                    .filter(wish -> wish.has() <= others && wish.has() + wish.rescuers() > others)
                    .toList());
        }
        assignment.assigned.values().forEach(fits -> fits.sort(Fit.BEST));
        return assignment.assigned;
    }

    private void round(List<Wish> wishes) {
        Map<String, Map<Place, Fit>> edges = new LinkedHashMap<>();
        wishes.forEach(wish -> edges.put(wish.blocker(), places(wish, wishes.size())));
        edges.values().removeIf(Map::isEmpty);
        if (edges.size() == 1) {
            // A single wish gets its first choice.
            edges.forEach((blocker, places) ->
                    take(blocker, places.values().iterator().next()));
        } else if (!edges.isEmpty()) {
            match(edges);
        }
    }

    /**
     * The best places for one wish. As many places as there are wishes are enough: the others can take all but one of
     * them, and the remaining one is as good as any other.
     */
    private Map<Place, Fit> places(Wish wish, int enough) {
        Set<String> already = new HashSet<>();
        assigned.get(wish.blocker()).forEach(fit -> already.add(fit.candidate().id()));
        List<Option> options = new ArrayList<>();
        for (Fit fit : wish.fits()) {
            // Places of equal scores are sorted together, because a second place of a session has more load.
            if (options.size() >= enough
                    && fit.score() < options.getLast().fit().score()) {
                break;
            }
            int used = taken.getOrDefault(fit.candidate().id(), 0);
            int free =
                    already.contains(fit.candidate().id()) ? 0 : fit.candidate().free() - used;
            for (int i = 0; i < Math.min(free, enough); i++) {
                options.add(new Option(Place.of(fit.candidate(), used + i), fit));
            }
        }
        options.sort(Option.BEST);
        Map<Place, Fit> best = new LinkedHashMap<>();
        options.stream().limit(enough).forEach(option -> best.put(option.place(), option.fit()));
        return best;
    }

    private void match(Map<String, Map<Place, Fit>> edges) {
        List<Place> places = edges.values().stream()
                .flatMap(some -> some.keySet().stream())
                .distinct()
                .sorted(Place.TIES)
                .toList();
        Map<Place, Integer> rank = new HashMap<>();
        places.forEach(place -> rank.put(place, rank.size()));
        double lowest = edges.values().stream()
                .flatMap(some -> some.values().stream())
                .mapToDouble(Fit::score)
                .min()
                .orElseThrow();
        // What one step of the score must outweigh, and the weight of having somebody at all.
        double step = (double) edges.size() * places.size() + 1;
        double one = (edges.size() * steps(1 - lowest) + 1) * step;
        if (one + steps(1 - lowest) * step + places.size() >= EXACT) {
            throw new IllegalStateException("Too many blockers and sessions to be weighed exactly");
        }
        Graph<Object, DefaultWeightedEdge> graph = new SimpleWeightedGraph<>(DefaultWeightedEdge.class);
        edges.keySet().forEach(graph::addVertex);
        places.forEach(graph::addVertex);
        edges.forEach((blocker, some) -> some.forEach((place, fit) -> graph.setEdgeWeight(
                graph.addEdge(blocker, place),
                one + steps(fit.score() - lowest) * step + (places.size() - 1 - rank.get(place)))));
        Set<Object> blockers = new LinkedHashSet<>(edges.keySet());
        for (DefaultWeightedEdge edge : new MaximumWeightBipartiteMatching<>(
                        graph, blockers, new LinkedHashSet<>(places))
                .getMatching()
                .getEdges()) {
            String blocker = (String) graph.getEdgeSource(edge);
            take(blocker, edges.get(blocker).get((Place) graph.getEdgeTarget(edge)));
        }
    }

    private static double steps(double score) {
        return Math.rint(score * STEPS);
    }

    private void take(String blocker, Fit fit) {
        assigned.get(blocker).add(fit);
        taken.merge(fit.candidate().id(), 1, Integer::sum);
    }
}
