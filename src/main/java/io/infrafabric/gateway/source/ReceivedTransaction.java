package io.infrafabric.gateway.source;

import io.infrafabric.bus.RunAgain;
import io.infrafabric.bus.Transactions;
import io.infrafabric.bus.Work;
import io.infrafabric.gateway.source.Received.Effect;
import io.infrafabric.gateway.source.Received.RuleResult;
import io.infrafabric.gateway.source.Received.State;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;

/**
 * Applies deliveries: the oldest of a source first, one command in one transaction together with the note that it was carried out.
 * The lock of the source keeps their order, whichever process applies them. A cancellation may be put off, and does not hold up the
 * others.
 */
@ApplicationScoped
class ReceivedTransaction {
    private static final int RETRIES = 3;

    /** What would happen: it ends its transaction, so that nothing does. */
    private static final class Rehearsed extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient List<RuleResult> results;

        Rehearsed(List<RuleResult> results) {
            super("rehearsed", null, false, false);
            this.results = results;
        }
    }

    private final Transactions transactions;
    private final SourceEffects effects;
    private final DeliveryPlan plans;
    private final SourceConfig config;

    ReceivedTransaction(Transactions transactions, SourceEffects effects, DeliveryPlan plans, SourceConfig config) {
        this.transactions = transactions;
        this.effects = effects;
        this.plans = plans;
        this.config = config;
    }

    /** Takes one step with the oldest delivery of the source that waits; {@code false} if there is none for now. */
    Uni<Boolean> step(String source) {
        return transactions
                .run(work -> SourceTable.lockUnlessBusy(work, source)
                        .chain(found -> found == null
                                ? nothing(work)
                                : ReceivedTable.next(work, source)
                                        .chain(next ->
                                                next == null || !next.due() ? nothing(work) : step(work, found, next))))
                .onFailure(RunAgain.class)
                .retry()
                .atMost(RETRIES);
    }

    private static Uni<Boolean> nothing(Work work) {
        work.nothingWritten();
        return Uni.createFrom().item(false);
    }

    private Uni<Boolean> step(Work work, Source source, ReceivedTable.Next next) {
        List<RuleOutcome> plan = next.plan() == null
                ? plans.make(source, next.event(), next.body(), next.receivedAt())
                : plans.read(next.plan());
        List<RuleResult> results = new ArrayList<>(plans.results(next.results()));
        if (plan.isEmpty()) {
            return note(work, next, null, results, true);
        }
        RuleOutcome outcome = plan.get(next.step());
        return comesTooSoon(work, source, outcome, next)
                .chain(soon -> soon
                        ? ReceivedTable.putOff(work, next, config.sourceCancelAfter())
                        : effects.of(work, source, outcome).chain(result -> {
                            results.add(result);
                            boolean last = next.step() + 1 == plan.size();
                            return note(work, next, last ? null : plans.write(plan), results, last);
                        }));
    }

    /** Whether it would cancel a claim that the source may be about to complete, and has not waited for that. */
    private Uni<Boolean> comesTooSoon(Work work, Source source, RuleOutcome outcome, ReceivedTable.Next next) {
        return !next.again()
                        && config.sourceCancelAfter().isPositive()
                        && outcome instanceof RuleOutcome.Fires fires
                        && fires.action() instanceof SourceAction.Cancel cancel
                        && cancel.unlessCompleted()
                ? effects.mayComplete(work, source, cancel.task())
                : Uni.createFrom().item(false);
    }

    private Uni<Boolean> note(Work work, ReceivedTable.Next next, String plan, List<RuleResult> results, boolean last) {
        String why = results.stream()
                .filter(result -> result.effect() == Effect.REFUSED)
                .map(result -> result.rule() + ": " + result.text())
                .findFirst()
                .orElse(null);
        State state = !last ? State.PENDING : why == null ? State.APPLIED : State.DEAD;
        return ReceivedTable.advance(work, next, plan, plans.writeResults(results), state, last ? why : null)
                .invoke(noted -> {
                    if (!noted) {
                        throw new IllegalStateException("The source of delivery " + next.id() + " is locked.");
                    }
                });
    }

    /** What would happen now, rule by rule; nothing does. */
    Uni<List<RuleResult>> rehearse(Source source, List<RuleOutcome> outcomes) {
        return transactions
                .<List<RuleResult>>run(work -> rehearse(work, source, outcomes, 0, new ArrayList<>()))
                .onFailure(Rehearsed.class)
                .recoverWithItem(end -> end.results);
    }

    private Uni<List<RuleResult>> rehearse(
            Work work, Source source, List<RuleOutcome> outcomes, int at, List<RuleResult> results) {
        if (at == outcomes.size()) {
            return Uni.createFrom().failure(new Rehearsed(results));
        }
        return effects.of(work, source, outcomes.get(at)).chain(result -> {
            results.add(result);
            return rehearse(work, source, outcomes, at + 1, results);
        });
    }
}
