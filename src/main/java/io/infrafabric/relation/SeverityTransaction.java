package io.infrafabric.relation;

import io.infrafabric.bus.Work;
import io.infrafabric.event.EscalationEvent.CaseRequested;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.event.RelationEvent.ContradictionFound;
import io.infrafabric.event.RelationEvent.ContradictionWeighed;
import io.infrafabric.relation.GraphWalk.Way;
import io.infrafabric.relation.Relation.Link;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Updates the severity of contradictions as more or less rests on their claims. Asks humans once for each pair of
 * claims that contradict each other, because whatever is derived from the pair has the same cause.
 */
@ApplicationScoped
class SeverityTransaction {
    /** What an operator can decide about a contradiction. */
    static final String REJECT_FIRST = "REJECT_FIRST";

    static final String REJECT_SECOND = "REJECT_SECOND";
    static final String DISMISS = "DISMISS";
    static final String KEEP_OPEN = "KEEP_OPEN";
    static final String REASON = "CONTRADICTION";

    /** The most steps of a path that a case shows. */
    private static final int MOST_STEPS = 40;

    /** {@code mayAsk} is false for all contradictions of a pair except the first one that asks. */
    record Weighed(Row row, Gravity gravity, boolean mayAsk) {
        UUID id() {
            return row.getUUID("id");
        }

        Severity before() {
            return Severity.valueOf(row.getString("severity"));
        }

        boolean asks() {
            // Do not ask again what a human has decided.
            return mayAsk
                    && !row.getBoolean("asked")
                    && !row.getBoolean("ruled")
                    && Gravity.asksHuman(gravity.severity());
        }

        /** The same, but silent if its pair has already asked. */
        Weighed after(Set<List<Long>> asked) {
            return asks() && !asked.add(List.of(row.getLong("first_node"), row.getLong("second_node")))
                    ? new Weighed(row, gravity, false)
                    : this;
        }
    }

    private final EvidenceGraphTable graph;
    private final RelationConfig config;

    SeverityTransaction(EvidenceGraphTable graph, RelationConfig config) {
        this.graph = graph;
        this.config = config;
    }

    /** Weighs new contradictions and those that the change made more or less grave, and reports them. */
    Uni<Void> follow(Work work, Ripple ripple) {
        if (ripple.weigh.isEmpty() && ripple.found.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        return graph.follow(work, List.copyOf(ripple.weigh), Way.BELOW)
                .invoke(walk -> ripple.bounded |= walk.bounded())
                .chain(walk -> SeverityTable.read(work, ripple.found, walk.claims(), config.maxWeighed()))
                .chain(all -> {
                    Set<Long> sides = new LinkedHashSet<>();
                    all.forEach(row -> sides.addAll(sides(row)));
                    return graph.follow(work, sides, Way.ABOVE)
                            .invoke(walk -> {
                                ripple.bounded |= walk.bounded() || all.size() >= config.maxWeighed();
                                write(work, ripple, weigh(all, walk.links()));
                            })
                            .replaceWithVoid();
                });
    }

    private static List<Weighed> weigh(List<Row> rows, Set<Link> dependencies) {
        Map<Long, List<Long>> above = new HashMap<>();
        dependencies.forEach(link ->
                above.computeIfAbsent(link.to(), none -> new ArrayList<>()).add(link.from()));
        Set<List<Long>> asked = new HashSet<>();
        // Declared ones ask before derived ones.
        return rows.stream()
                .sorted(Comparator.comparing((Row row) -> row.getLong("through_node") != null)
                        .thenComparing(row -> row.getUUID("id")))
                .map(row -> new Weighed(
                        row,
                        Gravity.of(
                                row.getDouble("certainty"),
                                row.getDouble("confidence1"),
                                row.getDouble("confidence2"),
                                resting(sides(row), above)),
                        true))
                .map(one -> one.after(asked))
                .toList();
    }

    /** How many claims depend on one of these, counted only as far as it makes a difference. */
    private static int resting(List<Long> sides, Map<Long, List<Long>> above) {
        Set<Long> seen = new HashSet<>(sides);
        ArrayDeque<Long> queue = new ArrayDeque<>(sides);
        while (!queue.isEmpty() && seen.size() - sides.size() < Gravity.MOST_RESTING) {
            for (long next : above.getOrDefault(queue.poll(), List.of())) {
                if (seen.add(next)) {
                    queue.add(next);
                }
            }
        }
        return seen.size() - sides.size();
    }

    private static List<Long> sides(Row row) {
        Long through = row.getLong("through_node");
        return through == null ? List.of(row.getLong("first_node"), row.getLong("second_node")) : List.of(through);
    }

    private static void write(Work work, Ripple ripple, List<Weighed> all) {
        Set<UUID> found = Set.copyOf(ripple.found);
        List<Weighed> changed = all.stream()
                .filter(one -> found.contains(one.id())
                        || one.gravity().score() != one.row().getDouble("score")
                        || one.gravity().resting() != one.row().getInteger("resting"))
                .toList();
        if (changed.isEmpty()) {
            return;
        }
        changed.forEach(one -> tell(work, ripple, one, found.contains(one.id())));
        SeverityTable.write(work, changed, ripple.at);
    }

    private static void tell(Work work, Ripple ripple, Weighed one, boolean isNew) {
        Row row = one.row();
        String id = one.id().toString();
        Severity severity = one.gravity().severity();
        if (isNew) {
            work.emit(
                    new ContradictionFound(
                            id,
                            ripple.swarm,
                            row.getString("claim1"),
                            row.getString("claim2"),
                            row.getString("kind"),
                            row.getString("through"),
                            severity,
                            List.of(row.getArrayOfStrings("path"))),
                    ripple.trace);
        } else if (one.before() != severity) {
            work.emit(
                    new ContradictionWeighed(
                            id, ripple.swarm, row.getString("claim1"), row.getString("claim2"), one.before(), severity),
                    ripple.trace);
        }
        if (one.asks()) {
            work.emit(question(ripple, one), ripple.trace);
        }
    }

    private static CaseRequested question(Ripple ripple, Weighed one) {
        Row row = one.row();
        String first = row.getString("claim1");
        String second = row.getString("claim2");
        String through = row.getString("through");
        List<String> evidence = new ArrayList<>(List.of("claim:" + first, "claim:" + second));
        if (through != null) {
            evidence.add("claim:" + through);
        }
        // As many as a case shows; the contradiction has the whole path.
        List.of(row.getArrayOfStrings("path")).stream().limit(MOST_STEPS).forEach(evidence::add);
        return new CaseRequested(
                "relation",
                "contradiction:" + one.id(),
                ripple.swarm,
                REASON,
                one.gravity().severity(),
                "Claims " + first + " and " + second + " contradict each other"
                        + (through == null ? "" : ", and claim " + through + " depends on both")
                        + "; " + one.gravity().resting() + " claims rest on that. What holds?",
                List.of(REJECT_FIRST, REJECT_SECOND, DISMISS, KEEP_OPEN),
                evidence,
                "1",
                ripple.at,
                "contradiction of " + first + " and " + second + (through == null ? "" : " in " + through));
    }
}
