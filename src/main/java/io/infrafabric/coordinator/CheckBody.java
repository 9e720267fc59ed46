package io.infrafabric.coordinator;

import io.infrafabric.chassis.ChassisConfig;
import io.infrafabric.chassis.CheckLimits;
import io.infrafabric.coordinator.task.Checker;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** The checker of a submitted task: {@code check}. */
@Schema(name = "TaskCheckBody")
record CheckBody(
        @Schema(description = "A module of the chassis", examples = "json-schema")
        String module,

        @Schema(description = "Its version; the newest one if absent")
        String sha256,

        @Schema(description = "What one run may take, if not what is usual")
        CheckLimits limits) {
    private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

    /** A {@link Problem} names the limit that is beyond what the chassis grants. */
    static void mustFit(String path, Checker checker, ChassisConfig chassis) {
        if (checker != null && checker.limits() != null) {
            var _ = checker.limits().check(path + "limits.", chassis);
        }
    }

    Checker checked(String path) {
        String name = Check.givenId(path + "module", module);
        if (sha256 != null && !SHA_256.matcher(sha256).matches()) {
            throw Problem.badInput(path + "sha256", "a SHA-256 of 64 digits 0-9 and a-f");
        }
        return new Checker(name, sha256, limits);
    }
}
