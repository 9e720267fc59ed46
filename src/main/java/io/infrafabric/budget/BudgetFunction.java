package io.infrafabric.budget;

import io.infrafabric.budget.CostStore.Answer;
import io.infrafabric.budget.CostStore.Cost;
import io.infrafabric.budget.Streak.Failure;
import io.infrafabric.bus.EventBatch;
import io.infrafabric.bus.Inbox;
import io.infrafabric.bus.Work;
import io.infrafabric.door.Check;
import io.infrafabric.event.BudgetEvent;
import io.infrafabric.event.BudgetEvent.CostReported;
import io.infrafabric.event.BusEvent.CameDue;
import io.infrafabric.event.ConsensusEvent;
import io.infrafabric.event.CoordinatorEvent;
import io.infrafabric.event.CoordinatorEvent.TaskFailed;
import io.infrafabric.event.DeadlockEvent;
import io.infrafabric.event.DissentEvent;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.EscalationEvent;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.event.RelationEvent;
import io.infrafabric.event.RescueEvent;
import io.infrafabric.event.StealingEvent;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/** What the budget does when its channel tells it something. */
@IfBuildProperty(name = "s2.build.budget.channel", stringValue = "true", enableIfMissing = true)
@ApplicationScoped
public class BudgetFunction {
    private final Inbox inbox;
    private final AccountStore accounts;
    private final DecisionStore decisions;
    private final FreeHoldStore holds;
    private final CostStore costs;
    private final BudgetConfig config;

    public BudgetFunction(
            Inbox inbox,
            AccountStore accounts,
            DecisionStore decisions,
            FreeHoldStore holds,
            CostStore costs,
            BudgetConfig config) {
        this.inbox = inbox;
        this.accounts = accounts;
        this.decisions = decisions;
        this.holds = holds;
        this.costs = costs;
        this.config = config;
    }

    @Incoming("budget")
    public Uni<Void> on(EventBatch batch) {
        return inbox.takeTogether(batch, this::react);
    }

    /** All accounts that the events are about are locked first and together, in the order in which everybody does. */
    private Uni<Void> react(Work work, List<Envelope> envelopes) {
        Set<String> about = new HashSet<>();
        List<Cost> reported = new ArrayList<>();
        List<String> due = new ArrayList<>();
        Map<String, List<Failure>> failures = new HashMap<>();
        Map<Envelope, CaseResolved> decided = new LinkedHashMap<>();
        for (Envelope envelope : envelopes) {
            switch (envelope.event()) {
                case CostReported cost -> {
                    reported.add(cost(envelope, cost));
                    about.add(cost.account());
                }
                case TaskFailed failed -> {
                    String account = Purses.accountOf(failed.session());
                    failures.computeIfAbsent(account, none -> new ArrayList<>()).add(failure(envelope, failed));
                    about.add(account);
                }
                case CameDue came -> {
                    due.add(came.entity());
                    about.add(name(came.entity()));
                }
                case CaseResolved resolved
                when resolved.function().equals("budget") -> {
                    decided.put(envelope, resolved);
                    about.add(DecisionStore.account(resolved));
                }
                case CoordinatorEvent _,
                        BudgetEvent _,
                        EscalationEvent _,
                        RescueEvent _,
                        DeadlockEvent _,
                        StealingEvent _,
                        ConsensusEvent _,
                        DissentEvent _,
                        RelationEvent _ -> {
                    // Not subscribed to, or not asked by the budget.
                }
            }
        }
        Uni<Void> reacted = decisions
                .prepare(work, decided.values())
                .chain(() -> costs.book(work, accounts.lockToBook(work, about), reported))
                .invoke(BudgetFunction::mustBeBooked)
                .chain(() -> accounts.failed(work, failures));
        for (Map.Entry<Envelope, CaseResolved> one : decided.entrySet()) {
            reacted = reacted.chain(
                    () -> decisions.carryOut(work, one.getValue(), one.getKey().trace()));
        }
        for (String entity : due) {
            reacted = reacted.chain(() -> due(work, entity));
        }
        return reacted;
    }

    private static Failure failure(Envelope envelope, TaskFailed failed) {
        return new Failure(failed.at() == null ? envelope.time() : failed.at(), envelope.id());
    }

    private static String name(String entity) {
        return entity.substring(entity.indexOf(':') + 1);
    }

    private Uni<Void> due(Work work, String entity) {
        String account = name(entity);
        return switch (entity.substring(0, entity.indexOf(':'))) {
            case "expiry" -> holds.expire(work, account);
            case "day" -> accounts.newDay(work, account);
            case "probe" -> accounts.probe(work, account);
            default -> throw new IllegalArgumentException("Nothing of this kind comes due here: " + entity);
        };
    }

    /** The money is gone whatever its time is said to be, and nobody waits to be told: a time that cannot be right is left out. */
    private Cost cost(Envelope envelope, CostReported cost) {
        return new Cost(
                cost.id() == null ? envelope.id().toString() : Check.id("id", cost.id()),
                Bodies.account("account", Check.given("account", cost.account())),
                Bodies.givenMoney("amount", cost.amount()),
                Check.id("task", cost.task()),
                Bodies.atLeastNothing("epoch", cost.epoch()),
                cost.model(),
                Bodies.atLeastNothing("tokensIn", cost.tokensIn()),
                Bodies.atLeastNothing("tokensOut", cost.tokensOut()),
                cost.what(),
                isTimely(cost.at(), envelope.time()) ? cost.at() : null,
                envelope.source());
    }

    /** By half of what is allowed: between the telling and the booking the database's clock goes on. */
    private boolean isTimely(Instant at, Instant told) {
        return at != null
                && at.isAfter(told.minus(config.costPast().dividedBy(2)))
                && at.isBefore(told.plus(config.costFuture().dividedBy(2)));
    }

    /** A cost that is refused fails, and ends among the dead letters with the reason: nobody waits for an answer. */
    private static void mustBeBooked(List<Answer> refused) {
        for (Answer refusal : refused) {
            if (refusal != null) {
                throw Answers.refusal(refusal);
            }
        }
    }
}
