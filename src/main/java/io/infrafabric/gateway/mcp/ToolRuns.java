package io.infrafabric.gateway.mcp;

import io.infrafabric.command.Caller;
import io.infrafabric.coordinator.published.SessionProgress;
import io.infrafabric.coordinator.published.SessionProgress.Kind;
import io.infrafabric.door.answer.Failures;
import io.infrafabric.door.tool.Told;
import io.infrafabric.door.tool.Tool;
import io.infrafabric.door.tool.ToolCall;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.util.UUID;

/** Runs tools for sessions, whichever way they call: over MCP, or by the command {@code s2}. */
@IfBuildProperty(name = "s2.build.gateway.door", stringValue = "true", enableIfMissing = true)
@Singleton
public class ToolRuns {
    private static final String RENEWS = "renew_lease";

    private final LastRefusals refusals;
    private final Failures failures;
    private final SessionProgress signs;

    ToolRuns(LastRefusals refusals, Failures failures, SessionProgress signs) {
        this.refusals = refusals;
        this.failures = failures;
        this.signs = signs;
    }

    /**
     * Runs a tool. Fails with a {@link Problem} and nothing else, and {@code why} remembers it. A session that calls a tool gets
     * somewhere, refused or not, unless it only renews.
     *
     * @param call the arguments, once they are checked
     * @param via how the session calls, for the log
     */
    public Uni<Told> run(Caller caller, Tool tool, Uni<ToolCall> call, String via) {
        Uni<Told> run = call.chain(tool.run()::apply);
        return (tool.whole() ? uncancelled(run) : run)
                .onFailure()
                .transform(failure -> refused(caller, tool, failure, via))
                .onItemOrFailure()
                .call((told, refused) -> showsThatItGoesOn(caller, tool));
    }

    private Problem refused(Caller caller, Tool tool, Throwable failure, String via) {
        Problem problem = failures.problem(
                failure, via + " " + tool.name(), UUID.randomUUID().toString());
        refusals.note(caller, tool.name(), problem);
        return problem;
    }

    private Uni<Void> showsThatItGoesOn(Caller caller, Tool tool) {
        return tool.name().equals(RENEWS)
                ? Uni.createFrom().voidItem()
                : signs.shownBeside(caller.subject(), Kind.CALL);
    }

    /** The same, which goes on if nobody waits for it any more. */
    private static <T> Uni<T> uncancelled(Uni<T> call) {
        return Uni.createFrom().emitter(answer -> call.subscribe().with(answer::complete, answer::fail));
    }
}
