package io.infrafabric.coordinator;

import io.infrafabric.chassis.ChassisConfig;
import io.infrafabric.chassis.CheckLimits;
import io.infrafabric.coordinator.task.Checker;
import io.infrafabric.event.CoordinatorEvent.RequestedCheck;
import io.infrafabric.event.CoordinatorEvent.RequestedLimits;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
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
    /** A {@link Problem} names the limit that is beyond what the chassis grants. */
    static void mustFit(String path, Checker checker, ChassisConfig chassis) {
        if (checker != null && checker.limits() != null) {
            var _ = checker.limits().check(path + "limits.", chassis);
        }
    }

    /** The checker that an event asks for; {@code null} for none. */
    static Checker checker(RequestedCheck wish) {
        if (wish == null) {
            return null;
        }
        RequestedLimits its = wish.limits();
        return new CheckBody(
                        wish.module(),
                        wish.sha256(),
                        its == null
                                ? null
                                : new CheckLimits(its.millis(), its.fuel(), its.memoryMb(), its.outputBytes()))
                .checked("check.");
    }

    Checker checked(String path) {
        String name = Check.givenId(path + "module", module);
        return new Checker(name, Check.sha256(path + "sha256", sha256), limits);
    }
}
