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
                            coordinator("task-submitted", CoordinatorEvent.TaskSubmitted.class),
                            coordinator("task-moved", CoordinatorEvent.TaskMoved.class),
                            coordinator("task-queued", CoordinatorEvent.TaskQueued.class),
                            coordinator("task-claimed", CoordinatorEvent.TaskClaimed.class),
                            coordinator("task-completed", CoordinatorEvent.TaskCompleted.class),
                            coordinator("task-failed", CoordinatorEvent.TaskFailed.class),
                            coordinator("task-died", CoordinatorEvent.TaskDied.class),
                            coordinator("task-cancelled", CoordinatorEvent.TaskCancelled.class),
                            coordinator("task-stranded", CoordinatorEvent.TaskStranded.class),
                            coordinator("task-requested", CoordinatorEvent.TaskRequested.class),
                            coordinator("session-enrolled", CoordinatorEvent.SessionEnrolled.class),
                            coordinator("session-lost", CoordinatorEvent.SessionLost.class),
                            coordinator("session-returned", CoordinatorEvent.SessionReturned.class),
                            coordinator("session-left", CoordinatorEvent.SessionLeft.class),
                            coordinator("swarm-paused", CoordinatorEvent.SwarmPaused.class),
                            coordinator("swarm-resumed", CoordinatorEvent.SwarmResumed.class),
                            budget("cost-reported", BudgetEvent.CostReported.class),
                            budget("budget-warned", BudgetEvent.BudgetWarned.class),
                            budget("breaker-opened", BudgetEvent.BreakerOpened.class),
                            budget("probe-allowed", BudgetEvent.ProbeAllowed.class),
                            budget("breaker-closed", BudgetEvent.BreakerClosed.class),
                            escalation("case-requested", EscalationEvent.CaseRequested.class),
                            escalation("case-opened", EscalationEvent.CaseOpened.class),
                            escalation("case-acknowledged", EscalationEvent.CaseAcknowledged.class),
                            escalation("case-resolved", EscalationEvent.CaseResolved.class),
                            escalation("cause-ended", EscalationEvent.CauseEnded.class),
                            escalation("case-withdrawn", EscalationEvent.CaseWithdrawn.class),
                            rescue("blocker-reported", RescueEvent.BlockerReported.class),
                            rescue("blocker-raised", RescueEvent.BlockerRaised.class),
                            rescue("help-requested", RescueEvent.HelpRequested.class),
                            rescue("help-answered", RescueEvent.HelpAnswered.class),
                            rescue("help-rated", RescueEvent.HelpRated.class),
                            rescue("blocker-escalated", RescueEvent.BlockerEscalated.class),
                            rescue("blocker-resolved", RescueEvent.BlockerResolved.class),
                            rescue("blocker-withdrawn", RescueEvent.BlockerWithdrawn.class),
                            stealing("task-stolen", StealingEvent.TaskStolen.class),
                            deadlock("wait-reported", DeadlockEvent.WaitReported.class),
                            deadlock("session-preempted", DeadlockEvent.SessionPreempted.class),
                            consensus("decision-opened", ConsensusEvent.DecisionOpened.class),
                            consensus("vote-cast", ConsensusEvent.VoteCast.class),
                            consensus("hazards-raised", ConsensusEvent.HazardsRaised.class),
                            consensus("decision-closed", ConsensusEvent.DecisionClosed.class),
                            consensus("decision-resolved", ConsensusEvent.DecisionResolved.class),
                            dissent("memo-recorded", DissentEvent.MemoRecorded.class),
                            dissent("addendum-recorded", DissentEvent.AddendumRecorded.class),
                            dissent("falsifier-observed", DissentEvent.FalsifierObserved.class),
                            dissent("falsifier-lapsed", DissentEvent.FalsifierLapsed.class),
                            relation("claim-stated", RelationEvent.ClaimStated.class),
                            relation("claim-revised", RelationEvent.ClaimRevised.class),
                            relation("relation-added", RelationEvent.RelationAdded.class),
                            relation("relation-removed", RelationEvent.RelationRemoved.class),
                            relation("contradiction-found", RelationEvent.ContradictionFound.class),
                            relation("contradiction-weighed", RelationEvent.ContradictionWeighed.class),
                            relation("contradiction-ended", RelationEvent.ContradictionEnded.class),
                            relation("standing-changed", RelationEvent.StandingChanged.class),
                            relation("claim-disputed", RelationEvent.ClaimDisputed.class),
                            relation("claim-settled", RelationEvent.ClaimSettled.class)))
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

    private static Type coordinator(String what, Class<? extends Event> record) {
        return new Type("s2.coordinator." + what + ".v1", record);
    }

    private static Type escalation(String what, Class<? extends Event> record) {
        return new Type("s2.escalation." + what + ".v1", record);
    }

    private static Type relation(String what, Class<? extends Event> record) {
        return new Type("s2.relation." + what + ".v1", record);
    }

    private static Type stealing(String what, Class<? extends Event> record) {
        return new Type("s2.stealing." + what + ".v1", record);
    }

    private static Type deadlock(String what, Class<? extends Event> record) {
        return new Type("s2.deadlock." + what + ".v1", record);
    }

    private static Type consensus(String what, Class<? extends Event> record) {
        return new Type("s2.consensus." + what + ".v1", record);
    }

    private static Type dissent(String what, Class<? extends Event> record) {
        return new Type("s2.dissent." + what + ".v1", record);
    }

    private static Type budget(String what, Class<? extends Event> record) {
        return new Type("s2.budget." + what + ".v1", record);
    }

    private static Type rescue(String what, Class<? extends Event> record) {
        return new Type("s2.rescue." + what + ".v1", record);
    }
}
