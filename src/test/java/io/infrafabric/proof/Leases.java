package io.infrafabric.proof;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What ran under concurrency keys, and how much was allowed meanwhile: from what a trigger writes down as it happens, under
 * the locks of whoever does it. A lease counts from the statement that grants it to the statement that ends it.
 */
final class Leases {
    private static final double MICROS = 1e6;

    /** What happened under a key, in order: a limit of {@code value}, or that many leases more. */
    private record Step(String key, double at, boolean limit, int value) {}

    /**
     * A key over a time.
     *
     * @param most leases at once
     * @param over steps at which a grant exceeded what was allowed then
     * @param used the part of what was allowed that ran, on average
     * @param idle the longest time in seconds that less ran than allowed
     */
    record Use(int most, List<String> over, double used, double idle) {}

    private final Cluster cluster;

    private Leases(Cluster cluster) {
        this.cluster = cluster;
    }

    /** Writes down from now on what happens in this cluster. */
    static Leases watch(Cluster cluster) {
        cluster.update(
                "CREATE TABLE step (n bigserial, at timestamptz DEFAULT clock_timestamp(), task text, keys text[],"
                        + " at_most int, value int)");
        cluster.update("""
                CREATE FUNCTION note_lease() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    INSERT INTO step (task, keys, value)
                    VALUES (NEW.id, NEW.concurrency, CASE WHEN NEW.state = 'CLAIMED' THEN 1 ELSE -1 END);
                    RETURN NULL;
                END $$
                """);
        cluster.update("""
                CREATE FUNCTION note_limit() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    INSERT INTO step (keys, at_most) VALUES (ARRAY[NEW.key], NEW.at_most);
                    RETURN NULL;
                END $$
                """);
        cluster.update("CREATE TRIGGER lease AFTER UPDATE ON coordinator_task FOR EACH ROW"
                + " WHEN (NEW.concurrency IS NOT NULL AND (NEW.state = 'CLAIMED') <> (OLD.state = 'CLAIMED'))"
                + " EXECUTE FUNCTION note_lease()");
        cluster.update("CREATE TRIGGER made AFTER INSERT ON coordinator_task FOR EACH ROW"
                + " WHEN (NEW.concurrency IS NOT NULL AND NEW.state = 'CLAIMED') EXECUTE FUNCTION note_lease()");
        cluster.update("CREATE TRIGGER key AFTER INSERT OR UPDATE ON coordinator_concurrency FOR EACH ROW"
                + " EXECUTE FUNCTION note_limit()");
        return new Leases(cluster);
    }

    /** The time of the database, in seconds. */
    double now() {
        return cluster.number("SELECT extract(epoch FROM clock_timestamp())");
    }

    /** How each key was used between these times. */
    Map<String, Use> between(double from, double until) {
        Map<String, List<Step>> steps = new HashMap<>();
        cluster
                .texts("SELECT concat_ws(' ', k, round(extract(epoch FROM at) * 1000000), coalesce(value, at_most),"
                        + " at_most IS NOT NULL) FROM step, unnest(keys) k ORDER BY at, value, n")
                .stream()
                .map(row -> row.split(" "))
                .map(row ->
                        new Step(row[0], Long.parseLong(row[1]) / MICROS, row[3].equals("t"), Integer.parseInt(row[2])))
                .sorted(Comparator.comparingDouble(Step::at))
                .forEach(step -> steps.computeIfAbsent(step.key(), none -> new ArrayList<>())
                        .add(step));
        Map<String, Use> uses = new HashMap<>();
        steps.forEach((key, all) -> uses.put(key, use(all, from, until)));
        return uses;
    }

    private static Use use(List<Step> steps, double from, double until) {
        List<String> over = new ArrayList<>();
        int limit = 1;
        int held = 0;
        int most = 0;
        double used = 0;
        double idle = 0;
        double idleSince = from;
        double last = from;
        for (Step step : steps) {
            double at = Math.clamp(step.at(), from, until);
            // More may be held than allowed for a while after a limit was lowered: what is held goes on.
            used += (at - last) * (held >= limit ? 1 : held / (double) limit);
            last = at;
            boolean wasFull = held >= limit;
            if (step.limit()) {
                limit = step.value();
            } else {
                held += step.value();
                if (step.value() > 0 && held > limit) {
                    over.add(held + " of " + limit + " at " + step.at());
                }
            }
            most = Math.max(most, held);
            if (!wasFull) {
                idle = Math.max(idle, at - idleSince);
            }
            if (wasFull || held >= limit) {
                idleSince = at;
            }
        }
        used += (until - last) * (held >= limit ? 1 : held / (double) limit);
        if (held < limit) {
            idle = Math.max(idle, until - idleSince);
        }
        return new Use(most, over, used / (until - from), idle);
    }
}
