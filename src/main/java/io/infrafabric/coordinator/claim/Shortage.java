package io.infrafabric.coordinator.claim;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Names that queued tasks of a swarm require and that no live session has together with all else that they require: the rule
 * that says how long that has been so, and when a human is asked.
 *
 * @param since when a look first found it
 * @param tasks how many tasks wait for them; each set of names that tasks require is counted up to {@link #MOST_COUNTED}
 * @param task one of those
 * @param asked whether a human was asked
 */
public record Shortage(String swarm, List<String> missing, Instant since, int tasks, String task, boolean asked) {
    /** The most that are known at once. Further ones wait until one of these ends. */
    public static final int MOST = 100;

    /** Up to here tasks that require the same are counted. */
    public static final int MOST_COUNTED = 10_000;

    private static final int LONGEST_SUBJECT = 200;

    /** Queued tasks that lack the same names, as one look finds them. */
    public record Found(String swarm, List<String> missing, int tasks, String task) {}

    /**
     * The outcome of a look.
     *
     * @param now all that there are, as they are from now on
     * @param ask those of them that a human is asked about now
     * @param over those that have ended
     */
    public record Look(List<Shortage> now, List<Shortage> ask, List<Shortage> over) {}

    /** Compares what was known with what is so now. */
    public static Look compare(List<Shortage> before, List<Found> found, Instant now, Duration after) {
        Map<String, Shortage> known = new LinkedHashMap<>();
        before.forEach(shortage -> known.put(shortage.subject(), shortage));
        Map<String, Shortage> all = new LinkedHashMap<>();
        for (Found each : found) {
            Shortage fresh = new Shortage(each.swarm(), each.missing(), now, each.tasks(), each.task(), false);
            all.merge(fresh.subject(), fresh, Shortage::and);
        }
        List<Shortage> these = new ArrayList<>();
        List<Shortage> ask = new ArrayList<>();
        int free = MOST - (int) known.keySet().stream().filter(all::containsKey).count();
        for (Shortage each : all.values()) {
            Shortage its = known.get(each.subject());
            if (its == null && free-- <= 0) {
                continue;
            }
            Instant since = its == null ? now : its.since();
            boolean asked = its != null && its.asked();
            boolean due = !since.plus(after).isAfter(now);
            Shortage latest =
                    new Shortage(each.swarm(), each.missing(), since, each.tasks(), each.task(), asked || due);
            these.add(latest);
            if (due && !asked) {
                ask.add(latest);
            }
        }
        return new Look(
                these,
                ask,
                known.values().stream()
                        .filter(shortage -> !all.containsKey(shortage.subject()))
                        .toList());
    }

    private Shortage and(Shortage more) {
        return new Shortage(swarm, missing, since, tasks + more.tasks(), task, asked);
    }

    /** The names, with commas between them. */
    public String names() {
        return String.join(",", missing);
    }

    /** Its name in cases, which no other shortage has. */
    public String subject() {
        String whole = "requires:" + swarm + ":" + names();
        return whole.length() <= LONGEST_SUBJECT
                ? whole
                : "requires:" + swarm + ":" + missing.size() + "-" + Integer.toHexString(missing.hashCode());
    }
}
