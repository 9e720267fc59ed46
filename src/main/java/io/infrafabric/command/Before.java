package io.infrafabric.command;

import java.util.Map;

/**
 * How a room shows the present state of a thing, so that the audit log can record the state before an operator's call.
 */
public interface Before {

    /**
     * A statement for each list, for example {@code coordinator/tasks}. It takes an id ({@code $1}, text; below a
     * swarm, the swarm's id, a slash and its own) and gives one
     * column: JSON as text, with the field names that answers use.
     */
    Map<String, String> statements();
}
