package io.infrafabric.command;

import java.util.Map;

/** What a room shows of a thing as it is, so that the audit log can tell what it was before an operator's call. */
public interface Before {

    /**
     * For a list, as {@code coordinator/tasks}: a statement that takes an id ({@code $1}, text) and gives one column, JSON as
     * text, with the names that the thing has in answers.
     */
    Map<String, String> statements();
}
