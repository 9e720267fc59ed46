package io.infrafabric.deadlock;

import io.infrafabric.bus.EventBatch;
import io.infrafabric.bus.Inbox;
import io.infrafabric.bus.Work;
import io.infrafabric.deadlock.EdgeStore.Thing;
import io.infrafabric.deadlock.EndStore.News;
import io.infrafabric.deadlock.Target.Kind;
import io.infrafabric.deadlock.WaitStore.Answer;
import io.infrafabric.deadlock.WaitStore.Command;
import io.infrafabric.deadlock.Waits.Over;
import io.infrafabric.door.Check;
import io.infrafabric.event.BudgetEvent.BreakerClosed;
import io.infrafabric.event.BudgetEvent.BreakerOpened;
import io.infrafabric.event.BudgetEvent.BudgetWarned;
import io.infrafabric.event.BudgetEvent.CostReported;
import io.infrafabric.event.BudgetEvent.ProbeAllowed;
import io.infrafabric.event.BusEvent.CameDue;
import io.infrafabric.event.ConsensusEvent.DecisionClosed;
import io.infrafabric.event.ConsensusEvent.DecisionOpened;
import io.infrafabric.event.ConsensusEvent.DecisionResolved;
import io.infrafabric.event.ConsensusEvent.HazardsLifted;
import io.infrafabric.event.ConsensusEvent.HazardsRaised;
import io.infrafabric.event.ConsensusEvent.VoteCast;
import io.infrafabric.event.CoordinatorEvent.SessionEnrolled;
import io.infrafabric.event.CoordinatorEvent.SessionLeft;
import io.infrafabric.event.CoordinatorEvent.SessionLost;
import io.infrafabric.event.CoordinatorEvent.SessionReadied;
import io.infrafabric.event.CoordinatorEvent.SessionReturned;
import io.infrafabric.event.CoordinatorEvent.SwarmPaused;
import io.infrafabric.event.CoordinatorEvent.SwarmResumed;
import io.infrafabric.event.CoordinatorEvent.TaskCancelled;
import io.infrafabric.event.CoordinatorEvent.TaskClaimed;
import io.infrafabric.event.CoordinatorEvent.TaskCompleted;
import io.infrafabric.event.CoordinatorEvent.TaskDied;
import io.infrafabric.event.CoordinatorEvent.TaskFailed;
import io.infrafabric.event.CoordinatorEvent.TaskMoved;
import io.infrafabric.event.CoordinatorEvent.TaskQueued;
import io.infrafabric.event.CoordinatorEvent.TaskRequested;
import io.infrafabric.event.CoordinatorEvent.TaskStranded;
import io.infrafabric.event.CoordinatorEvent.TaskSubmitted;
import io.infrafabric.event.DeadlockEvent.SessionPreempted;
import io.infrafabric.event.DeadlockEvent.WaitReported;
import io.infrafabric.event.DissentEvent;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.EscalationEvent.CaseAcknowledged;
import io.infrafabric.event.EscalationEvent.CaseOpened;
import io.infrafabric.event.EscalationEvent.CaseRequested;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.event.EscalationEvent.CaseWithdrawn;
import io.infrafabric.event.EscalationEvent.CauseEnded;
import io.infrafabric.event.Event;
import io.infrafabric.event.RelationEvent;
import io.infrafabric.event.RescueEvent;
import io.infrafabric.event.RescueEvent.BlockerEscalated;
import io.infrafabric.event.RescueEvent.BlockerRaised;
import io.infrafabric.event.RescueEvent.BlockerReported;
import io.infrafabric.event.RescueEvent.BlockerResolved;
import io.infrafabric.event.RescueEvent.BlockerWithdrawn;
import io.infrafabric.event.RescueEvent.HelpAnswered;
import io.infrafabric.event.RescueEvent.HelpRated;
import io.infrafabric.event.RescueEvent.HelpRequested;
import io.infrafabric.event.StealingEvent.TaskStolen;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/**
 * What deadlock does when its channel tells it something. Events say only where to look: how things stand is read under the
 * graph lock, so it does not matter in what order they come.
 */
@ApplicationScoped
@IfBuildProperty(name = "s2.build.deadlock.channel", stringValue = "true", enableIfMissing = true)
public class DeadlockFunction {
    private static final String SWEEP = "sweep:";

    private final Inbox inbox;
    private final EdgeStore edges;
    private final EndStore ends;
    private final WaitStore waits;
    private final DeadlockConfig config;

    public DeadlockFunction(Inbox inbox, EdgeStore edges, EndStore ends, WaitStore waits, DeadlockConfig config) {
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

    /** The graphs of all swarms that the events are about are locked first and together, in the order in which all do. */
    private Uni<Void> react(Work work, List<Envelope> envelopes) {
        return accounts(work, envelopes).chain(accounts -> {
            Batch batch = new Batch(accounts);
            envelopes.forEach(envelope -> batch.take(envelope.event()));
            return edges.lock(work, batch.swarms()).chain(() -> batch.write(work));
        });
    }

    /**
     * Where somebody may wait for accounts that opened again: in the account's own swarm, whose lock must be had to know, and
     * wherever else somebody is known to.
     */
    private Uni<Map<String, Set<String>>> accounts(Work work, List<Envelope> envelopes) {
        Map<String, Set<String>> swarms = new TreeMap<>();
        Uni<Void> all = Uni.createFrom().voidItem();
        for (Envelope envelope : envelopes) {
            if (envelope.event() instanceof BreakerClosed closed) {
                all = all.chain(() -> ends.swarmsWaitingFor(work, closed.account()))
                        .invoke(found -> {
                            if (closed.swarm() != null) {
                                found.add(closed.swarm());
                            }
                            swarms.put(closed.account(), found);
                        })
                        .replaceWithVoid();
            }
        }
        return all.replaceWith(swarms);
    }

    private record Told(String swarm, Thing thing, List<String> gone) {}

    /** What one transaction's events come to, by swarm. */
    private final class Batch {
        private final Map<String, Set<String>> accounts;
        private final Map<String, News> news = new TreeMap<>();
        private final List<Told> things = new ArrayList<>();
        private final List<WaitReported> reports = new ArrayList<>();
        private final Set<String> sweeps = new TreeSet<>();

        Batch(Map<String, Set<String>> accounts) {
            this.accounts = accounts;
        }

        Set<String> swarms() {
            Set<String> swarms = new TreeSet<>(news.keySet());
            swarms.addAll(sweeps);
            reports.forEach(report -> swarms.add(Check.givenId("swarm", report.swarm())));
            return swarms;
        }

        private News in(String swarm) {
            return news.computeIfAbsent(swarm, any -> new News());
        }

        void take(Event event) {
            switch (event) {
                case TaskMoved moved -> moved(in(moved.swarm()), moved);
                case SessionLost lost -> in(lost.swarm()).departed.add(lost.session());
                case SessionLeft left -> in(left.swarm()).departed.add(left.session());
                case BreakerClosed closed ->
                    accounts.getOrDefault(closed.account(), Set.of())
                            .forEach(swarm -> in(swarm).accounts.add(closed.account()));
                case CaseResolved resolved ->
                    over(resolved.swarm(), new Target(Kind.HUMAN, resolved.caseId()).name(), Over.DONE);
                case CaseWithdrawn withdrawn ->
                    over(withdrawn.swarm(), new Target(Kind.HUMAN, withdrawn.caseId()).name(), Over.GONE);
                case BlockerRaised raised -> blocked(raised.swarm(), raised.session(), raised.blocker(), false);
                case BlockerEscalated escalated ->
                    blocked(escalated.swarm(), escalated.session(), escalated.blocker(), true);
                case HelpAnswered answered -> helps(answered);
                case BlockerResolved resolved -> over(resolved.swarm(), blocker(resolved.blocker()), Over.DONE);
                case BlockerWithdrawn withdrawn -> over(withdrawn.swarm(), blocker(withdrawn.blocker()), Over.GONE);
                case DecisionClosed closed ->
                    over(closed.swarm(), new Target(Kind.DECISION, closed.decision()).name(), Over.DONE);
                case WaitReported report -> reports.add(report);
                case CameDue due -> sweeps.add(due.entity().substring(SWEEP.length()));
                case TaskSubmitted _,
                        TaskClaimed _,
                        TaskQueued _,
                        TaskCompleted _,
                        TaskDied _,
                        TaskCancelled _,
                        TaskFailed _,
                        TaskStranded _,
                        TaskRequested _,
                        SessionEnrolled _,
                        SessionReturned _,
                        SessionReadied _,
                        SwarmPaused _,
                        SwarmResumed _,
                        CostReported _,
                        BudgetWarned _,
                        RelationEvent _,
                        BreakerOpened _,
                        ProbeAllowed _,
                        CaseRequested _,
                        CaseOpened _,
                        CaseAcknowledged _,
                        CauseEnded _,
                        TaskStolen _,
                        DecisionOpened _,
                        VoteCast _,
                        HazardsRaised _,
                        HazardsLifted _,
                        DecisionResolved _,
                        DissentEvent _,
                        SessionPreempted _,
                        BlockerReported _,
                        HelpRequested _,
                        HelpRated _ -> {
                    // Nobody waits for less because of it, nor for more.
                }
            }
        }

        private static void moved(News news, TaskMoved moved) {
            String task = Target.task(moved.task());
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
            return new Target(Kind.BLOCKER, id).name();
        }

        /** A newer event may be the only one that arrives: both say that the session waits. */
        private void blocked(String swarm, String session, String id, boolean human) {
            String name = blocker(id);
            things.add(new Told(swarm, new Thing(name, null, human, List.of()), List.of()));
            in(swarm).blocked.computeIfAbsent(session, any -> new TreeSet<>()).add(name);
            in(swarm).changed.add(name);
        }

        private void helps(HelpAnswered answered) {
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

    /** A report that is refused fails, and ends among the dead letters with the reason: nobody waits for an answer. */
    private Uni<Void> report(Work work, WaitReported report) {
        Command command = new Command(
                Check.givenId("session", report.session()),
                report.swarm(),
                new Bodies.PutBody(
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
                        throw Answers.refusal(told.getFirst(), report.session());
                    }
                })
                .replaceWithVoid();
    }
}
