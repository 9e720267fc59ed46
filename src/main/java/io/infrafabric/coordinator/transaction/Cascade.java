package io.infrafabric.coordinator.transaction;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * What became of a task and all that waited for it, directly or not, when the task was cancelled with them.
 *
 * @param cancelled how many tasks the call cancelled itself
 * @param following how many follow right after it
 * @param bulk the order for those; {@code null} if the call did all
 */
public record Cascade(
        int cancelled,
        int following,
        @JsonInclude(JsonInclude.Include.NON_NULL) String bulk) {}
