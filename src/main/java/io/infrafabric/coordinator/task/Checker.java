package io.infrafabric.coordinator.task;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.infrafabric.chassis.CheckLimits;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * The module that must accept the result of a task before the task counts as done.
 *
 * @param module its name
 * @param sha256 its version; in a submit {@code null} for the newest one. A task keeps the version that it was submitted with
 * @param limits of a run; {@code null} for the usual ones
 */
@Schema(name = "TaskCheck")
public record Checker(
        String module,
        String sha256,
        @JsonInclude(JsonInclude.Include.NON_NULL) CheckLimits limits) {
    /** The same with this version. */
    Checker pinned(String version) {
        return new Checker(module, version, limits);
    }
}
