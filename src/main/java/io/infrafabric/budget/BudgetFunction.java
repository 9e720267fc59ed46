package io.infrafabric.budget;

import io.infrafabric.budget.CostRulingTransaction.Carried;
import io.infrafabric.budget.CostTransaction.Booking;
import io.infrafabric.budget.CostTransaction.Cost;
import io.infrafabric.budget.Streak.Failure;
import io.infrafabric.bus.EventBatch;
import io.infrafabric.bus.Inbox;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Reactions;
import io.infrafabric.bus.Work;
import io.infrafabric.event.BudgetEvent.CostReported;
import io.infrafabric.event.CoordinatorEvent.TaskFailed;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.input.Check;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/** What the budget does about events. */
@IfBuildProperty(name = "s2.build.budget.channel", stringValue = "true", enableIfMissing = true)
@ApplicationScoped
public class BudgetFunction {
    private static final String FUNCTION = "budget";

    @Produces
    static final Reactions<Batch, Void> HEARS = Reactions.<Batch>together(FUNCTION)
            .note(CostReported.class, Batch::reported)
            .note(TaskFailed.class, Batch::failed)
            .note(CaseResolved.class, Batch::decided)
            .noteDue("expiry:", Batch::expiry)
            .noteDue("day:", Batch::day)
            .noteDue("probe:", Batch::probe)
            .noteDue(SilenceTable.LOOK, Batch::silent);

    private final Inbox inbox;
    private final AccountTable accounts;
    private final CostRulingTransaction decisions;
    private final FreeHolds holds;
    private final CostTransaction costs;
    private final UnknownCosts unknown;
    private final BudgetConfig config;

    public BudgetFunction(
            Inbox inbox,
            AccountTable accounts,
            CostRulingTransaction decisions,
            FreeHolds holds,
            CostTransaction costs,
            UnknownCosts unknown,
            BudgetConfig config) {
        this.inbox = inbox;
        this.accounts = accounts;
        this.decisions = decisions;
        this.holds = holds;
        this.costs = costs;
        this.unknown = unknown;
        this.config = config;
    }

    @Incoming("budget")
    public Uni<Void> on(EventBatch batch) {
        return inbox.takeTogether(batch, this::react);
    }

    private Uni<Void> react(Work work, List<Envelope> envelopes) {
        Batch batch = new Batch(work);
        HEARS.tell(batch, envelopes);
        return batch.write();
    }

    /** What the events of one transaction amount to. All accounts that they concern are locked first and together. */
    final class Batch {
        private final Work work;
        private final Set<String> about = new HashSet<>();
        private final List<Cost> reported = new ArrayList<>();
        private final Map<String, List<Failure>> failures = new HashMap<>();
        private final Map<Envelope, CostRuling> decided = new LinkedHashMap<>();
        private final List<Supplier<Uni<Void>>> due = new ArrayList<>();

        Batch(Work work) {
            this.work = work;
        }

        void reported(CostReported cost, Envelope envelope) {
            reported.add(cost(envelope, cost));
            about.add(cost.account());
        }

        void failed(TaskFailed failed, Envelope envelope) {
            String account = Purses.accountOf(failed.session());
            failures.computeIfAbsent(account, none -> new ArrayList<>()).add(failure(envelope, failed));
            about.add(account);
        }

        void decided(CaseResolved resolved, Envelope envelope) {
            if (resolved.function().equals(FUNCTION) && !UnknownCosts.REASON.equals(resolved.reason())) {
                CostRuling ruling = CostRuling.of(resolved);
                decided.put(envelope, ruling);
                about.add(ruling.account());
            }
        }

        void expiry(String account) {
            about.add(account);
            due.add(() -> holds.expire(work, account));
        }

        void day(String account) {
            about.add(account);
            due.add(() -> accounts.newDay(work, account));
        }

        void probe(String account) {
            about.add(account);
            due.add(() -> accounts.probe(work, account));
        }

        void silent(String account) {
            due.add(() -> unknown.look(work, account));
        }

        /** Locks all accounts that this is about, and books what was reported. */
        private Lock<Locks.Accounts, List<Booking>> book() {
            return Lock.of(costs.book(work, accounts.lockToBook(work, about), reported));
        }

        Uni<Void> write() {
            Uni<Void> reacted = decisions
                    .prepare(work, decided.values())
                    .then(this::book)
                    .take()
                    .invoke(BudgetFunction::mustBeBooked)
                    .chain(() -> accounts.failed(work, failures));
            for (Map.Entry<Envelope, CostRuling> one : decided.entrySet()) {
                reacted = reacted.chain(() -> decisions
                        .carryOut(work, one.getValue(), one.getKey().trace())
                        .invoke(BudgetFunction::mustBeDone)
                        .replaceWithVoid());
            }
            for (Supplier<Uni<Void>> one : due) {
                reacted = reacted.chain(one::get);
            }
            return reacted;
        }
    }

    private static Failure failure(Envelope envelope, TaskFailed failed) {
        return new Failure(failed.at() == null ? envelope.time() : failed.at(), envelope.id());
    }

    /**
     * The money is gone whatever its stated time, and no caller waits for a refusal, so an impossible time is dropped.
     */
    private Cost cost(Envelope envelope, CostReported cost) {
        return new Cost(
                cost.id() == null ? envelope.id().toString() : Check.id("id", cost.id()),
                BudgetBodies.account("account", Check.given("account", cost.account())),
                BudgetBodies.givenMoney("amount", cost.amount()),
                Check.id("task", cost.task()),
                BudgetBodies.atLeastNothing("epoch", cost.epoch()),
                cost.model(),
                BudgetBodies.atLeastNothing("tokensIn", cost.tokensIn()),
                BudgetBodies.atLeastNothing("tokensOut", cost.tokensOut()),
                cost.what(),
                isTimely(cost.at(), envelope.time()) ? cost.at() : null,
                false,
                envelope.source());
    }

    /** Uses half of the allowed range, because the database's clock goes on between the report and the booking. */
    private boolean isTimely(Instant at, Instant told) {
        return at != null
                && at.isAfter(told.minus(config.costPast().dividedBy(2)))
                && at.isBefore(told.plus(config.costFuture().dividedBy(2)));
    }

    /** A refused cost fails, and becomes a dead letter with the reason, because nobody waits for an answer. */
    private static void mustBeBooked(List<Booking> refused) {
        for (Booking refusal : refused) {
            if (refusal != null) {
                throw BudgetAnswers.refusal(refusal);
            }
        }
    }

    /** The same for what a human decided. */
    private static void mustBeDone(Carried carried) {
        if (!(carried instanceof Carried.Done)) {
            throw BudgetAnswers.refusal(carried);
        }
    }
}
