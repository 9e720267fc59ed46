package io.infrafabric.event;

import static io.infrafabric.event.Catalogue.Type.v1;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;

/** What becomes of modules that were run. Only chassis writes these. */
@RegisterForReflection
public sealed interface ChassisEvent extends Event {

    /** The events, each with its name on the wire. */
    List<Catalogue.Type> TYPES = List.of(v1("chassis", "check-judged", CheckJudged.class));

    /**
     * A verdict, with all that is needed to repeat the run.
     *
     * @param exitCode what the module exited with; {@code null} if it did not
     * @param fuel the instructions that it executed
     * @param broken why there is no exit code: {@code TRAP}, or the limit that was met ({@code TIME}, {@code FUEL},
     * {@code MEMORY}, {@code OUTPUT}, {@code STACK}, {@code TABLE}); {@code null} if there is one
     */
    @RegisterForReflection
    record Verdict(
            String module,
            String sha256,
            String inputSha256,
            Instant clock,
            Integer exitCode,
            long fuel,
            String broken) {}

    /**
     * A checker was run on a result (a fact).
     *
     * @param resultSha256 of the result that it was run on: with task and epoch it says which check this is
     * @param said what the checker wrote, cut off at 2 KiB
     */
    record CheckJudged(String task, String swarm, long epoch, String resultSha256, Verdict verdict, String said)
            implements ChassisEvent {
        @Override
        public String subject() {
            return "task:" + task;
        }
    }
}
