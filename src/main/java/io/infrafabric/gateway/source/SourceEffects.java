package io.infrafabric.gateway.source;

import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.claim.SourceEnding;
import io.infrafabric.coordinator.claim.SourceEnding.How;
import io.infrafabric.coordinator.published.SourceTasks;
import io.infrafabric.coordinator.published.SourceTasks.Wish;
import io.infrafabric.gateway.source.Received.Effect;
import io.infrafabric.gateway.source.Received.RuleResult;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;

/** Carries out what rules make of a delivery, in a transaction under way. */
@ApplicationScoped
class SourceEffects {
    private final SourceTasks tasks;

    SourceEffects(SourceTasks tasks) {
        this.tasks = tasks;
    }

    /** What a rule that matched comes to; one that fails comes to nothing. */
    Uni<RuleResult> of(Work work, Source source, RuleOutcome outcome) {
        return switch (outcome) {
            case RuleOutcome.Fails(String rule, String why) ->
                Uni.createFrom().item(new RuleResult(rule, null, Effect.REFUSED, why));
            case RuleOutcome.Passed(String rule, String why) ->
                Uni.createFrom().item(new RuleResult(rule, null, Effect.NOTHING, why));
            case RuleOutcome.Fires(String rule, SourceAction action) ->
                carryOut(work, source, action).map(effect -> result(rule, action, effect));
        };
    }

    private static RuleResult result(String rule, SourceAction action, SourceTasks.Effect effect) {
        return switch (effect) {
            case SourceTasks.Effect.Done(String what) -> new RuleResult(rule, action.task(), Effect.DONE, what);
            case SourceTasks.Effect.Nothing(String why) -> new RuleResult(rule, action.task(), Effect.NOTHING, why);
            case SourceTasks.Effect.Refused(String why) -> new RuleResult(rule, action.task(), Effect.REFUSED, why);
        };
    }

    /** Whether somebody holds this task, and the source may complete it. */
    Uni<Boolean> mayComplete(Work work, Source source, String task) {
        return tasks.mayComplete(work, source.name(), source.swarm(), task);
    }

    private Uni<SourceTasks.Effect> carryOut(Work work, Source source, SourceAction action) {
        try {
            Check.givenId("task", action.task());
        } catch (Problem bad) {
            return Uni.createFrom().item(new SourceTasks.Effect.Refused(bad.getMessage()));
        }
        String name = source.name();
        String swarm = source.swarm();
        return switch (action) {
            case SourceAction.Submit submit ->
                tasks.submit(
                        work,
                        name,
                        swarm,
                        new Wish(
                                submit.task(),
                                submit.title(),
                                submit.domains(),
                                submit.labels(),
                                submit.priority(),
                                submit.payload(),
                                submit.completable()));
            case SourceAction.Complete done ->
                tasks.end(
                        work,
                        new SourceEnding(
                                done.task(),
                                name,
                                swarm,
                                done.epoch(),
                                done.happened(),
                                new How.Completed(
                                        done.result() == null
                                                ? null
                                                : done.result().toString())));
            case SourceAction.Fail fail ->
                tasks.end(
                        work,
                        new SourceEnding(
                                fail.task(), name, swarm, fail.epoch(), fail.happened(), new How.Failed(fail.error())));
            case SourceAction.Cancel cancel -> tasks.cancel(work, name, swarm, cancel.task(), cancel.reason());
            case SourceAction.Retry retry -> tasks.retry(work, name, swarm, retry.task(), retry.reason());
        };
    }
}
