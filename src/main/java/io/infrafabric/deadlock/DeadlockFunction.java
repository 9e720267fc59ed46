package io.infrafabric.deadlock;

import io.infrafabric.bus.EventBatch;
import io.infrafabric.bus.Inbox;
import io.infrafabric.bus.Reactions;
import io.infrafabric.bus.Work;
import io.infrafabric.deadlock.EdgeTable.Thing;
import io.infrafabric.deadlock.EndTransaction.News;
import io.infrafabric.deadlock.WaitTarget.Kind;
import io.infrafabric.deadlock.WaitTransaction.Answer;
import io.infrafabric.deadlock.WaitTransaction.Command;
import io.infrafabric.deadlock.Waits.Over;
import io.infrafabric.event.BudgetEvent.BreakerClosed;
import io.infrafabric.event.ConsensusEvent.DecisionClosed;
import io.infrafabric.event.CoordinatorEvent.SessionLeft;
import io.infrafabric.event.CoordinatorEvent.SessionLost;
import io.infrafabric.event.CoordinatorEvent.TaskMoved;
import io.infrafabric.event.DeadlockEvent.WaitReported;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.event.EscalationEvent.CaseWithdrawn;
import io.infrafabric.event.RescueEvent;
import io.infrafabric.event.RescueEvent.BlockerEscalated;
import io.infrafabric.event.RescueEvent.BlockerRaised;
import io.infrafabric.event.RescueEvent.BlockerResolved;
import io.infrafabric.event.RescueEvent.BlockerWithdrawn;
import io.infrafabric.event.RescueEvent.HelpAnswered;
import io.infrafabric.input.Check;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/**
 * What deadlock does about events. Events say only where to look: the state of things is read under the graph lock, so
 * the order of events does not matter.
 */
@ApplicationScoped
@IfBuildProperty(name = "s2.build.deadlock.channel", stringValue = "true", enableIfMissing = true)
public class DeadlockFunction {
    @Produces
    static final Reactions<Batch, Void> HEARS = Reactions.<Batch>together("deadlock")
            .note(TaskMoved.class, Batch::moved)
            .note(SessionLost.class, Batch::lost)
            .note(SessionLeft.class, Batch::left)
            .note(BreakerClosed.class, Batch::closed)
            .note(CaseResolved.class, Batch::caseResolved)
            .note(CaseWithdrawn.class, Batch::caseWithdrawn)
            .note(BlockerRaised.class, Batch::raised)
            .note(BlockerEscalated.class, Batch::escalated)
            .note(HelpAnswered.class, Batch::answered)
            .note(BlockerResolved.class, Batch::blockerResolved)
            .note(BlockerWithdrawn.class, Batch::blockerWithdrawn)
            .note(DecisionClosed.class, Batch::decided)
            .note(WaitReported.class, Batch::reported)
            .noteDue("sweep:", Batch::sweep);

    private final Inbox inbox;
    private final EdgeTable edges;
    private final EndTransaction ends;
    private final WaitTransaction waits;
    private final DeadlockConfig config;

    public DeadlockFunction(
            Inbox inbox, EdgeTable edges, EndTransaction ends, WaitTransaction waits, DeadlockConfig config) {
        this.inbox = inbox;
        this.edges = edges;
        this.ends = ends;
        this.waits = waits;
        this.config = config;
    }

    @Incoming("deadlock")
    public Uni<Void> on(EventBatch batch) {
        return inbox.takeTogether(batch, this::react);
    }

    /** Locks the graphs of all swarms that the events concern first and together, in the order that everybody uses. */
    private Uni<Void> react(Work work, List<Envelope> envelopes) {
        Batch batch = new Batch();
        HEARS.tell(batch, envelopes);
        return accounts(work, batch)
                .chain(() -> edges.lock(work, batch.swarms()).take())
                .chain(() -> batch.write(work));
    }

    /**
     * Looks where somebody may wait for accounts that opened again: in the account's own swarm, which needs the lock to
     * know, and wherever else somebody is known to wait.
     */
    private Uni<Void> accounts(Work work, Batch batch) {
        Uni<Void> all = Uni.createFrom().voidItem();
        for (BreakerClosed closed : batch.closed) {
            all = all.chain(() -> ends.swarmsWaitingFor(work, closed.account()))
                    .invoke(found -> {
                        if (closed.swarm() != null) {
                            found.add(closed.swarm());
                        }
                        found.forEach(swarm -> batch.in(swarm).accounts.add(closed.account()));
                    })
                    .replaceWithVoid();
        }
        return all;
    }

    private record Told(String swarm, Thing thing, List<String> gone) {}

    /** What the events of one transaction amount to, by swarm. */
    final class Batch {
        private final List<BreakerClosed> closed = new ArrayList<>();
        private final Map<String, News> news = new TreeMap<>();
        private final List<Told> things = new ArrayList<>();
        private final List<WaitReported> reports = new ArrayList<>();
        private final Set<String> sweeps = new TreeSet<>();

        Set<String> swarms() {
            Set<String> swarms = new TreeSet<>(news.keySet());
            swarms.addAll(sweeps);
            reports.forEach(report -> swarms.add(Check.givenId("swarm", report.swarm())));
            return swarms;
        }

        private News in(String swarm) {
            return news.computeIfAbsent(swarm, any -> new News());
        }

        void lost(SessionLost lost) {
            in(lost.swarm()).departed.add(lost.session());
        }

        void left(SessionLeft left) {
            in(left.swarm()).departed.add(left.session());
        }

        void closed(BreakerClosed again) {
            closed.add(again);
        }

        void caseResolved(CaseResolved resolved) {
            over(resolved.swarm(), new WaitTarget(Kind.HUMAN, resolved.caseId()).name(), Over.DONE);
        }

        void caseWithdrawn(CaseWithdrawn withdrawn) {
            over(withdrawn.swarm(), new WaitTarget(Kind.HUMAN, withdrawn.caseId()).name(), Over.GONE);
        }

        void raised(BlockerRaised raised) {
            blocked(raised.swarm(), raised.session(), raised.blocker(), false);
        }

        void escalated(BlockerEscalated escalated) {
            blocked(escalated.swarm(), escalated.session(), escalated.blocker(), true);
        }

        void blockerResolved(BlockerResolved resolved) {
            over(resolved.swarm(), blocker(resolved.blocker()), Over.DONE);
        }

        void blockerWithdrawn(BlockerWithdrawn withdrawn) {
            over(withdrawn.swarm(), blocker(withdrawn.blocker()), Over.GONE);
        }

        void decided(DecisionClosed closed) {
            over(closed.swarm(), new WaitTarget(Kind.DECISION, closed.decision()).name(), Over.DONE);
        }

        void reported(WaitReported report) {
            reports.add(report);
        }

        void sweep(String swarm) {
            sweeps.add(swarm);
        }

        void moved(TaskMoved moved) {
            News news = in(moved.swarm());
            String task = WaitTarget.task(moved.task());
            switch (moved.standing()) {
                case DONE -> news.over.put(task, Over.DONE);
                case GONE -> news.over.putIfAbsent(task, Over.GONE);
                case OPEN -> news.changed.add(task);
                case CLAIMED -> {
                    news.changed.add(task);
                    news.claimed
                            .computeIfAbsent(moved.session(), any -> new TreeSet<>())
                            .add(task);
                }
            }
        }

        private void over(String swarm, String name, Over how) {
            if (swarm != null) {
                in(swarm).over.put(name, how);
                things.add(new Told(swarm, new Thing(name, how, false, List.of()), List.of()));
            }
        }

        private static String blocker(String id) {
            return new WaitTarget(Kind.BLOCKER, id).name();
        }

        /** Both events say that the session waits, because the newer one may be the only one that arrives. */
        private void blocked(String swarm, String session, String id, boolean human) {
            String name = blocker(id);
            things.add(new Told(swarm, new Thing(name, null, human, List.of()), List.of()));
            in(swarm).blocked.computeIfAbsent(session, any -> new TreeSet<>()).add(name);
            in(swarm).changed.add(name);
        }

        void answered(HelpAnswered answered) {
            String name = blocker(answered.blocker());
            List<String> who = List.of(answered.session());
            boolean helps = answered.answer() == RescueEvent.Answer.ACCEPTED;
            things.add(new Told(
                    answered.swarm(), new Thing(name, null, false, helps ? who : List.of()), helps ? List.of() : who));
            in(answered.swarm()).changed.add(name);
        }

        Uni<Void> write(Work work) {
            Uni<Void> all = Uni.createFrom().voidItem();
            for (Told told : things) {
                all = all.chain(() -> ends.tell(work, told.swarm(), told.thing(), told.gone()));
            }
            for (Map.Entry<String, News> entry : news.entrySet()) {
                all = all.chain(() -> ends.take(work, entry.getKey(), entry.getValue()));
            }
            for (WaitReported report : reports) {
                all = all.chain(() -> report(work, report));
            }
            for (String swarm : sweeps) {
                all = all.chain(() -> ends.sweep(work, swarm));
            }
            return all;
        }
    }

    /** A refused report fails, and becomes a dead letter with the reason, because nobody waits for an answer. */
    private Uni<Void> report(Work work, WaitReported report) {
        Command command = new Command(
                Check.givenId("session", report.session()),
                report.swarm(),
                new DeadlockBodies.PutBody(
                                report.waitingOn(),
                                report.mode(),
                                report.reason(),
                                report.task(),
                                report.since() == null ? null : report.since().toString(),
                                report.sequence())
                        .check(config.maxEdges()),
                false);
        return waits.tell(work, List.of(command))
                .invoke(told -> {
                    if (!(told.getFirst() instanceof Answer.Told)) {
                        throw DeadlockAnswers.refusal(told.getFirst(), report.session());
                    }
                })
                .replaceWithVoid();
    }
}
