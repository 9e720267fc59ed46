package io.infrafabric.event;

/** Something that has happened. Immutable; safe to keep, to repeat and to deliver twice. */
public sealed interface Event
        permits BusEvent,
                CoordinatorEvent,
                BudgetEvent,
                EscalationEvent,
                RescueEvent,
                DeadlockEvent,
                StealingEvent,
                ConsensusEvent,
                DissentEvent,
                RelationEvent,
                ChassisEvent,
                BulkheadEvent {

    /** The entity that it concerns, as {@code kind:id}, for example {@code task:P0.1.1}. */
    String subject();

    /** The swarm that it belongs to, or {@code null} if it belongs to the installation. */
    String swarm();
}
