package io.infrafabric.coordinator.claim;

import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.task.Task;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Whose turn it is, by swarm, priority and fairness key: start-time fair queueing (Goyal, Vin and Cheng, 1996), in which each
 * grant costs its key one part of its weight. The key with the earliest start is next; a key that is new, or that had nothing
 * queued for a while, starts where the turns are now, so it is served in its first round and has saved nothing up. Tasks
 * without a key take turns as one more key.
 *
 * <p>Where nothing was read for a swarm and priority nobody takes turns, and all start at once.
 */
public final class FairTurns {
    /** Those without a key; no id looks like it. */
    static final String NO_KEY = "-";

    static final FairTurns NONE = new FairTurns(Map.of(), Map.of());

    /** The turns of one priority of a swarm. */
    public record Line(String swarm, Priority priority) {}

    /**
     * How far a line has come.
     *
     * @param time the start of the last grant
     * @param at where each key is, if it is further than that
     */
    public record Clock(double time, Map<String, Double> at) {}

    private final Map<Line, Clock> clocks;
    private final Map<String, Double> weights;
    private final Set<Line> moved = new HashSet<>();

    /**
     * Turns as they were read.
     *
     * @param weights by swarm and key ({@link FreeKeys#of}); 1 for one that is not in it
     */
    FairTurns(Map<Line, Clock> clocks, Map<String, Double> weights) {
        this.clocks = new HashMap<>(clocks);
        this.weights = Map.copyOf(weights);
    }

    /** When the next task of this key is due; less is earlier. */
    double start(String swarm, Priority priority, String fairBy) {
        Clock clock = clocks.get(new Line(swarm, priority));
        return clock == null ? 0 : Math.max(clock.time(), clock.at().getOrDefault(key(fairBy), clock.time()));
    }

    /** Whether keys take turns in this priority of the swarm. */
    boolean areTaken(String swarm, Priority priority) {
        return clocks.containsKey(new Line(swarm, priority));
    }

    /** The weight of a key, {@code null} for those without one. */
    double weight(String swarm, String fairBy) {
        return weights.getOrDefault(FreeKeys.of(swarm, key(fairBy)), 1.0);
    }

    /** A task of this key was granted. */
    void served(String swarm, Priority priority, String fairBy) {
        Line line = new Line(swarm, priority);
        Clock clock = clocks.get(line);
        if (clock == null) {
            return;
        }
        double start = start(swarm, priority, fairBy);
        double time = Math.max(clock.time(), start);
        Map<String, Double> at = new HashMap<>(clock.at());
        at.put(key(fairBy), start + 1 / weight(swarm, fairBy));
        at.values().removeIf(place -> place <= time);
        clocks.put(line, new Clock(time, at));
        moved.add(line);
    }

    /** When this task is due. */
    double start(Task task) {
        return start(
                task.swarm(), task.priority(), task.specification().dispatch().fairBy());
    }

    /** This task was granted; what is for one session alone takes no turn. */
    public void take(Task task) {
        if (task.assignee() == null) {
            served(
                    task.swarm(),
                    task.priority(),
                    task.specification().dispatch().fairBy());
        }
    }

    /** Those in which somebody was served, as they are now. */
    public Map<Line, Clock> moved() {
        Map<Line, Clock> after = new HashMap<>();
        moved.forEach(line -> after.put(line, clocks.get(line)));
        return after;
    }

    /** The same with the turns of further lines, as they were read. */
    FairTurns and(FairTurns more) {
        Map<Line, Clock> all = new HashMap<>(clocks);
        all.putAll(more.clocks);
        Map<String, Double> weighed = new HashMap<>(weights);
        weighed.putAll(more.weights);
        return new FairTurns(all, weighed);
    }

    /** The same as it was read, for deciding once more. */
    public FairTurns copy() {
        return new FairTurns(clocks, weights);
    }

    static String key(String fairBy) {
        return fairBy == null ? NO_KEY : fairBy;
    }
}
