package io.infrafabric.event;

import io.infrafabric.event.BusEvent.CameDue;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The table of all event types, and of which function subscribes to which. The docs page is checked against it. */
public final class Catalogue {

    /**
     * A type on the wire.
     *
     * @param name {@code s2.<function>.<what-happened>.v<version>}
     * @param record the record that carries it
     */
    public record Type(String name, Class<? extends Event> record) {
        /** Whether it is a state event (see {@link Versioned}). */
        public boolean isState() {
            return Versioned.class.isAssignableFrom(record);
        }
    }

    /** The functions of this release, by the name that is the same everywhere. */
    public static final Set<String> FUNCTIONS = Set.of(
            "coordinator",
            "budget",
            "escalation",
            "rescue",
            "stealing",
            "deadlock",
            "consensus",
            "dissent",
            "relation");

    private static final List<Type> TYPES = Stream.concat(
                    FUNCTIONS.stream().map(function -> new Type("s2." + function + ".came-due.v1", CameDue.class)),
                    Stream.of(
                            type("coordinator", "task-submitted", CoordinatorEvent.TaskSubmitted.class),
                            type("coordinator", "task-moved", CoordinatorEvent.TaskMoved.class),
                            type("coordinator", "task-queued", CoordinatorEvent.TaskQueued.class),
                            type("coordinator", "task-claimed", CoordinatorEvent.TaskClaimed.class),
                            type("coordinator", "task-completed", CoordinatorEvent.TaskCompleted.class),
                            type("coordinator", "task-failed", CoordinatorEvent.TaskFailed.class),
                            type("coordinator", "task-died", CoordinatorEvent.TaskDied.class),
                            type("coordinator", "task-cancelled", CoordinatorEvent.TaskCancelled.class),
                            type("coordinator", "task-stranded", CoordinatorEvent.TaskStranded.class),
                            type("coordinator", "task-requested", CoordinatorEvent.TaskRequested.class),
                            type("coordinator", "session-enrolled", CoordinatorEvent.SessionEnrolled.class),
                            type("coordinator", "session-lost", CoordinatorEvent.SessionLost.class),
                            type("coordinator", "session-returned", CoordinatorEvent.SessionReturned.class),
                            type("coordinator", "session-left", CoordinatorEvent.SessionLeft.class),
                            type("coordinator", "swarm-paused", CoordinatorEvent.SwarmPaused.class),
                            type("coordinator", "swarm-resumed", CoordinatorEvent.SwarmResumed.class),
                            type("budget", "cost-reported", BudgetEvent.CostReported.class),
                            type("budget", "budget-warned", BudgetEvent.BudgetWarned.class),
                            type("budget", "breaker-opened", BudgetEvent.BreakerOpened.class),
                            type("budget", "probe-allowed", BudgetEvent.ProbeAllowed.class),
                            type("budget", "breaker-closed", BudgetEvent.BreakerClosed.class),
                            type("escalation", "case-requested", EscalationEvent.CaseRequested.class),
                            type("escalation", "case-opened", EscalationEvent.CaseOpened.class),
                            type("escalation", "case-acknowledged", EscalationEvent.CaseAcknowledged.class),
                            type("escalation", "case-resolved", EscalationEvent.CaseResolved.class),
                            type("escalation", "cause-ended", EscalationEvent.CauseEnded.class),
                            type("escalation", "case-withdrawn", EscalationEvent.CaseWithdrawn.class),
                            type("rescue", "blocker-reported", RescueEvent.BlockerReported.class),
                            type("rescue", "blocker-raised", RescueEvent.BlockerRaised.class),
                            type("rescue", "help-requested", RescueEvent.HelpRequested.class),
                            type("rescue", "help-answered", RescueEvent.HelpAnswered.class),
                            type("rescue", "help-rated", RescueEvent.HelpRated.class),
                            type("rescue", "blocker-escalated", RescueEvent.BlockerEscalated.class),
                            type("rescue", "blocker-resolved", RescueEvent.BlockerResolved.class),
                            type("rescue", "blocker-withdrawn", RescueEvent.BlockerWithdrawn.class),
                            type("stealing", "task-stolen", StealingEvent.TaskStolen.class),
                            type("deadlock", "wait-reported", DeadlockEvent.WaitReported.class),
                            type("deadlock", "session-preempted", DeadlockEvent.SessionPreempted.class),
                            type("consensus", "decision-opened", ConsensusEvent.DecisionOpened.class),
                            type("consensus", "vote-cast", ConsensusEvent.VoteCast.class),
                            type("consensus", "hazards-raised", ConsensusEvent.HazardsRaised.class),
                            type("consensus", "hazards-lifted", ConsensusEvent.HazardsLifted.class),
                            type("consensus", "decision-closed", ConsensusEvent.DecisionClosed.class),
                            type("consensus", "decision-resolved", ConsensusEvent.DecisionResolved.class),
                            type("dissent", "memo-recorded", DissentEvent.MemoRecorded.class),
                            type("dissent", "addendum-recorded", DissentEvent.AddendumRecorded.class),
                            type("dissent", "falsifier-observed", DissentEvent.FalsifierObserved.class),
                            type("dissent", "falsifier-lapsed", DissentEvent.FalsifierLapsed.class),
                            type("relation", "claim-stated", RelationEvent.ClaimStated.class),
                            type("relation", "claim-revised", RelationEvent.ClaimRevised.class),
                            type("relation", "relation-added", RelationEvent.RelationAdded.class),
                            type("relation", "relation-removed", RelationEvent.RelationRemoved.class),
                            type("relation", "contradiction-found", RelationEvent.ContradictionFound.class),
                            type("relation", "contradiction-weighed", RelationEvent.ContradictionWeighed.class),
                            type("relation", "contradiction-ended", RelationEvent.ContradictionEnded.class),
                            type("relation", "standing-changed", RelationEvent.StandingChanged.class),
                            type("relation", "claim-disputed", RelationEvent.ClaimDisputed.class),
                            type("relation", "claim-settled", RelationEvent.ClaimSettled.class)))
            .toList();

    /** Who reacts to what. A function always gets its own {@link CameDue} besides. */
    private static final Map<String, Set<Class<? extends Event>>> SUBSCRIPTIONS = Map.of(
            "coordinator",
            Set.of(
                    CoordinatorEvent.TaskRequested.class,
                    CoordinatorEvent.SessionLost.class,
                    CoordinatorEvent.SessionLeft.class,
                    BudgetEvent.BudgetWarned.class,
                    BudgetEvent.BreakerOpened.class,
                    BudgetEvent.ProbeAllowed.class,
                    BudgetEvent.BreakerClosed.class,
                    EscalationEvent.CaseResolved.class,
                    RelationEvent.ClaimDisputed.class,
                    RelationEvent.ClaimSettled.class),
            "budget",
            Set.of(
                    BudgetEvent.CostReported.class,
                    CoordinatorEvent.TaskFailed.class,
                    EscalationEvent.CaseResolved.class),
            "escalation",
            Set.of(
                    CoordinatorEvent.TaskStranded.class,
                    BudgetEvent.BreakerOpened.class,
                    BudgetEvent.BreakerClosed.class,
                    EscalationEvent.CaseRequested.class,
                    EscalationEvent.CauseEnded.class),
            "rescue",
            Set.of(
                    RescueEvent.BlockerReported.class,
                    CoordinatorEvent.TaskMoved.class,
                    CoordinatorEvent.SessionLost.class,
                    CoordinatorEvent.SessionLeft.class,
                    EscalationEvent.CaseResolved.class),
            "stealing",
            Set.of(BudgetEvent.BreakerOpened.class),
            "deadlock",
            Set.of(
                    DeadlockEvent.WaitReported.class,
                    CoordinatorEvent.TaskMoved.class,
                    CoordinatorEvent.SessionLost.class,
                    CoordinatorEvent.SessionLeft.class,
                    BudgetEvent.BreakerClosed.class,
                    RescueEvent.BlockerRaised.class,
                    RescueEvent.HelpAnswered.class,
                    RescueEvent.BlockerEscalated.class,
                    RescueEvent.BlockerResolved.class,
                    RescueEvent.BlockerWithdrawn.class,
                    ConsensusEvent.DecisionClosed.class,
                    EscalationEvent.CaseResolved.class),
            "consensus",
            Set.of(
                    CoordinatorEvent.SessionLost.class,
                    CoordinatorEvent.SessionLeft.class,
                    EscalationEvent.CaseResolved.class,
                    DissentEvent.FalsifierObserved.class,
                    RelationEvent.ContradictionFound.class,
                    RelationEvent.ContradictionEnded.class),
            "dissent",
            Set.of(ConsensusEvent.DecisionClosed.class, ConsensusEvent.DecisionResolved.class),
            "relation",
            Set.of(EscalationEvent.CaseResolved.class));

    private static final Map<String, Type> BY_NAME =
            TYPES.stream().collect(Collectors.toUnmodifiableMap(Type::name, type -> type));
    private static final Map<Class<? extends Event>, Type> BY_RECORD = TYPES.stream()
            .filter(type -> type.record() != CameDue.class)
            .collect(Collectors.toUnmodifiableMap(Type::record, type -> type));

    private Catalogue() {}

    /** All types of this release. */
    public static List<Type> types() {
        return TYPES;
    }

    /** The type of an event. */
    public static Type typeOf(Event event) {
        return event instanceof CameDue due
                ? BY_NAME.get("s2." + due.function() + ".came-due.v1")
                : BY_RECORD.get(event.getClass());
    }

    /** The type with this name on the wire, or nothing if this release does not know it. */
    public static Optional<Type> byName(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    /** The names of the types that {@code function} reacts to. */
    public static Set<String> subscriptionsOf(String function) {
        return Stream.concat(
                        Stream.of("s2." + function + ".came-due.v1"),
                        SUBSCRIPTIONS.getOrDefault(function, Set.of()).stream()
                                .map(record -> BY_RECORD.get(record).name()))
                .collect(Collectors.toUnmodifiableSet());
    }

    private static Type type(String function, String what, Class<? extends Event> record) {
        return new Type("s2." + function + "." + what + ".v1", record);
    }
}
