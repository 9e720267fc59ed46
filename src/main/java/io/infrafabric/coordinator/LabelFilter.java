package io.infrafabric.coordinator;

import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Labels to find tasks by, as callers write them: a name, a colon and a value. */
final class LabelFilter {
    private LabelFilter() {}

    /** The labels, each once and sorted; none for {@code null}. A {@link Problem} names the field of one that is none. */
    static List<String> of(String field, List<String> labels) {
        for (String label :
                CoordinatorBodies.or(Check.atMost(field, labels, CoordinatorBodies.MOST_LABELS), List.<String>of())) {
            int colon = label.indexOf(':');
            if (colon < 0) {
                throw Problem.badInput(field, "a name, a colon and a value, as in team:parsers");
            }
            Check.id(field, label.substring(0, colon));
            Check.id(field, label.substring(colon + 1));
        }
        return CoordinatorBodies.sorted(labels);
    }

    /** Labels by name, sorted; none for {@code null}. A {@link Problem} names the field of what is none. */
    static Map<String, String> labelled(String field, Map<String, String> labels) {
        if (labels == null) {
            return Map.of();
        }
        if (labels.size() > CoordinatorBodies.MOST_LABELS) {
            throw Problem.badInput(field, "at most " + CoordinatorBodies.MOST_LABELS + " labels");
        }
        Map<String, String> sorted = new TreeMap<>();
        labels.forEach(
                (name, value) -> sorted.put(Check.givenId(field, name), Check.givenId(field + "." + name, value)));
        return sorted;
    }
}
