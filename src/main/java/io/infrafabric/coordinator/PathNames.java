package io.infrafabric.coordinator;

import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import java.util.Set;

/** Names that stand where ids do in paths of the fabric: a task or session of such a name could not be reached. */
final class PathNames {
    static final Set<String> ALL = Set.of("batch", "bulk");

    private PathNames() {}

    /** The id of a new task. */
    static String taskId(String field, String id) {
        if (id != null && ALL.contains(id)) {
            throw Problem.badInput(field, "an id other than " + id + ", which has a meaning in paths of the fabric");
        }
        return Check.id(field, id);
    }
}
