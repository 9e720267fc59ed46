package io.infrafabric.coordinator;

import io.infrafabric.budget.Purses;
import io.infrafabric.bus.EventBatch;
import io.infrafabric.bus.Inbox;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.Submission.NewTask;
import io.infrafabric.coordinator.Submission.Submit;
import io.infrafabric.door.Check;
import io.infrafabric.event.BudgetEvent;
import io.infrafabric.event.BudgetEvent.BreakerClosed;
import io.infrafabric.event.BudgetEvent.BreakerOpened;
import io.infrafabric.event.BudgetEvent.BudgetWarned;
import io.infrafabric.event.BudgetEvent.CostReported;
import io.infrafabric.event.BudgetEvent.ProbeAllowed;
import io.infrafabric.event.BusEvent.CameDue;
import io.infrafabric.event.ConsensusEvent;
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
import io.infrafabric.event.DeadlockEvent;
import io.infrafabric.event.DissentEvent;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.EscalationEvent.CaseAcknowledged;
import io.infrafabric.event.EscalationEvent.CaseOpened;
import io.infrafabric.event.EscalationEvent.CaseRequested;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.event.EscalationEvent.CaseWithdrawn;
import io.infrafabric.event.EscalationEvent.CauseEnded;
import io.infrafabric.event.RelationEvent.ClaimDisputed;
import io.infrafabric.event.RelationEvent.ClaimRevised;
import io.infrafabric.event.RelationEvent.ClaimSettled;
import io.infrafabric.event.RelationEvent.ClaimStated;
import io.infrafabric.event.RelationEvent.ContradictionEnded;
import io.infrafabric.event.RelationEvent.ContradictionFound;
import io.infrafabric.event.RelationEvent.ContradictionWeighed;
import io.infrafabric.event.RelationEvent.RelationAdded;
import io.infrafabric.event.RelationEvent.RelationRemoved;
import io.infrafabric.event.RelationEvent.StandingChanged;
import io.infrafabric.event.RescueEvent;
import io.infrafabric.event.StealingEvent;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/** What the coordinator does when its channel tells it something. */
@IfBuildProperty(name = "s2.build.coordinator.channel", stringValue = "true", enableIfMissing = true)
@ApplicationScoped
public class CoordinatorFunction {
    private final Inbox inbox;
    private final LeaseStore leases;
    private final DepartureStore departures;
    private final StoppedStore stopped;
    private final SubmitStore submits;
    private final ResolutionStore resolutions;
    private final BasisStore bases;
    private final CoordinatorConfig config;

    public CoordinatorFunction(
            Inbox inbox,
            LeaseStore leases,
            DepartureStore departures,
            StoppedStore stopped,
            SubmitStore submits,
            ResolutionStore resolutions,
            BasisStore bases,
            CoordinatorConfig config) {
        this.inbox = inbox;
        this.leases = leases;
        this.departures = departures;
        this.stopped = stopped;
        this.submits = submits;
        this.resolutions = resolutions;
        this.bases = bases;
        this.config = config;
    }

    @Incoming("coordinator")
    public Uni<Void> on(EventBatch batch) {
        return inbox.takeTogether(batch, this::react);
    }

    /** What the deadlines and notices are about is locked first, in the order in which all do. */
    private Uni<Void> react(Work work, List<Envelope> envelopes) {
        return lock(work, envelopes).chain(resting -> {
            Uni<Void> reacted = bases.turn(work, resting);
            for (Envelope envelope : envelopes) {
                reacted = reacted.chain(() -> react(work, envelope));
            }
            return reacted;
        });
    }

    /** Gives what rests on claims that events are about. */
    private Uni<BasisStore.Resting> lock(Work work, List<Envelope> envelopes) {
        Map<String, List<String>> due = envelopes.stream()
                .map(Envelope::event)
                .filter(CameDue.class::isInstance)
                .map(event -> ((CameDue) event).entity())
                .collect(Collectors.groupingBy(
                        entity -> entity.substring(0, entity.indexOf(':')),
                        Collectors.mapping(entity -> entity.substring(entity.indexOf(':') + 1), Collectors.toList())));
        Set<String> told = new TreeSet<>(due.getOrDefault("stopped", List.of()));
        List<ClaimDisputed> disputed = new ArrayList<>();
        List<ClaimSettled> settled = new ArrayList<>();
        for (Envelope envelope : envelopes) {
            if (envelope.event() instanceof BudgetEvent budget && Purses.sessionOf(budget.account()) != null) {
                told.add(Purses.sessionOf(budget.account()));
            } else if (envelope.event() instanceof SessionLost lost && lost.enrolment() == 0) {
                told.add(lost.session());
            } else if (envelope.event() instanceof SessionLeft left && left.enrolment() == 0) {
                told.add(left.session());
            } else if (envelope.event() instanceof ClaimDisputed now) {
                disputed.add(now);
            } else if (envelope.event() instanceof ClaimSettled now) {
                settled.add(now);
            }
        }
        if (due.isEmpty() && told.isEmpty() && disputed.isEmpty() && settled.isEmpty()) {
            return Uni.createFrom().item(BasisStore.Resting.NOTHING);
        }
        List<String> leftOver = due.getOrDefault("basis", List.of());
        return bases.lock(work.connection(), disputed, settled, leftOver).chain(resting -> {
            told.addAll(resting.holders());
            return leases.lock(
                            work,
                            due.getOrDefault("lease", List.of()),
                            due.getOrDefault("silence", List.of()),
                            told,
                            resting.tasks())
                    .replaceWith(resting);
        });
    }

    private Uni<Void> react(Work work, Envelope envelope) {
        return switch (envelope.event()) {
            case CameDue due -> due(work, due.entity());
            case SessionLost lost -> departures.went(work, lost.session(), lost.enrolment());
            case SessionLeft left -> departures.went(work, left.session(), left.enrolment());
            case TaskRequested requested -> submit(work, envelope, requested);
            case BudgetWarned warned -> stopped.warned(work, warned);
            case BreakerOpened opened -> stopped.opened(work, opened);
            case ProbeAllowed probe -> stopped.mayTry(work, probe.account(), probe.swarm());
            case BreakerClosed closed -> stopped.closed(work, closed.account(), closed.swarm());
            case CaseResolved resolved -> resolutions.resolved(work, resolved);
            case TaskCompleted _,
                    TaskFailed _,
                    TaskSubmitted _,
                    TaskQueued _,
                    TaskMoved _,
                    TaskClaimed _,
                    TaskDied _,
                    TaskCancelled _,
                    TaskStranded _,
                    SessionEnrolled _,
                    SessionReturned _,
                    SessionReadied _,
                    SwarmPaused _,
                    SwarmResumed _,
                    CostReported _,
                    CaseRequested _,
                    CaseOpened _,
                    CaseAcknowledged _,
                    CaseWithdrawn _,
                    CauseEnded _,
                    RescueEvent _,
                    DeadlockEvent _,
                    StealingEvent _,
                    ConsensusEvent _,
                    DissentEvent _,
                    ClaimStated _,
                    ClaimRevised _,
                    ClaimDisputed _,
                    ClaimSettled _,
                    RelationAdded _,
                    RelationRemoved _,
                    ContradictionFound _,
                    ContradictionWeighed _,
                    ContradictionEnded _,
                    StandingChanged _ -> Uni.createFrom().voidItem();
        };
    }

    private Uni<Void> due(Work work, String entity) {
        int colon = entity.indexOf(':');
        String id = entity.substring(colon + 1);
        return switch (entity.substring(0, colon)) {
            case "lease" -> leases.expire(work, id);
            case "silence" -> departures.silent(work, id);
            case "stopped" -> stopped.stillStopped(work, id);
            // It was turned with all that rests on claims.
            case "basis" -> Uni.createFrom().voidItem();
            default -> throw new IllegalArgumentException("Nothing of this kind comes due here: " + entity);
        };
    }

    /** A request that is refused fails, and ends among the dead letters with the reason: nobody waits for an answer. */
    private Uni<Void> submit(Work work, Envelope envelope, TaskRequested wish) {
        NewTask task = new NewTask(
                wish.id() == null ? envelope.id().toString() : Check.id("id", wish.id()),
                Check.givenId("swarm", wish.swarm()),
                Check.givenText("title", wish.title(), 500),
                Bodies.or(Check.capabilities("domains", wish.domains()), List.of()),
                Bodies.or(Check.capabilities("tools", wish.tools()), List.of()),
                Bodies.or(Check.oneOf("priority", wish.priority(), Priority.class), Priority.P2),
                Check.money("estimatedCost", wish.estimatedCost()),
                Bodies.or(Check.ids("dependsOn", wish.dependsOn(), config.maxDependencies()), List.of()),
                Bodies.distinct(Check.ids("basis", wish.basis(), config.maxBasis())),
                Check.id("assignee", wish.assignee()),
                wish.payload(),
                config.maxAttempts(),
                envelope.trace().token(),
                envelope.id().toString());
        return submits.submit(work, new Submit(envelope.source(), List.of(task), false))
                .invoke(answer -> {
                    if (!(answer instanceof Submission.Answer.Accepted)) {
                        throw Answers.refusal(answer);
                    }
                })
                .replaceWithVoid();
    }
}
