package io.infrafabric.event;

import io.infrafabric.event.BusEvent.CameDue;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * All event types of this release; each interface below {@link Event} names its own. Functions declare which types they
 * hear (bus: {@code Reactions}); the docs page shows both.
 */
public final class Catalogue {

    /**
     * A type on the wire.
     *
     * @param name {@code s2.<function>.<what-happened>.v<version>}
     * @param record the record that carries it
     */
    public record Type(String name, Class<? extends Event> record) {
        /** The first version of a function's type. */
        static Type v1(String function, String what, Class<? extends Event> record) {
            return new Type("s2." + function + "." + what + ".v1", record);
        }

        /** Whether it is a state event (see {@link Versioned}). */
        public boolean isState() {
            return Versioned.class.isAssignableFrom(record);
        }

        /** Whether nobody but its function may read it (see {@link Confidential}). */
        public boolean isConfidential() {
            return Confidential.class.isAssignableFrom(record);
        }
    }

    /** The functions of this release, by the name that they have everywhere. */
    public static final Set<String> FUNCTIONS = Set.of(
            "coordinator",
            "budget",
            "escalation",
            "rescue",
            "stealing",
            "deadlock",
            "consensus",
            "dissent",
            "relation",
            "chassis",
            "bulkhead");

    private static final Map<String, Type> BY_FUNCTION = FUNCTIONS.stream()
            .collect(Collectors.toUnmodifiableMap(
                    function -> function, function -> Type.v1(function, "came-due", CameDue.class)));

    private static final List<Type> TYPES = Stream.of(
                    BY_FUNCTION.values(),
                    CoordinatorEvent.TYPES,
                    BudgetEvent.TYPES,
                    EscalationEvent.TYPES,
                    RescueEvent.TYPES,
                    StealingEvent.TYPES,
                    DeadlockEvent.TYPES,
                    ConsensusEvent.TYPES,
                    DissentEvent.TYPES,
                    RelationEvent.TYPES,
                    ChassisEvent.TYPES,
                    BulkheadEvent.TYPES)
            .flatMap(Collection::stream)
            .toList();

    private static final Map<String, Type> BY_NAME =
            TYPES.stream().collect(Collectors.toUnmodifiableMap(Type::name, type -> type));
    private static final Set<String> CONFIDENTIAL =
            TYPES.stream().filter(Type::isConfidential).map(Type::name).collect(Collectors.toUnmodifiableSet());
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
        return event instanceof CameDue due ? BY_FUNCTION.get(due.function()) : BY_RECORD.get(event.getClass());
    }

    /** Whether the type with this name on the wire is {@linkplain Confidential confidential}. */
    public static boolean isConfidential(String name) {
        return CONFIDENTIAL.contains(name);
    }

    /** The type with this name on the wire, or nothing if this release does not know it. */
    public static Optional<Type> byName(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    /**
     * The name on the wire of this record's events.
     *
     * @throws IllegalArgumentException if the record has no name of its own: {@link CameDue} has one for each function,
     *     and an interface of several records has none
     */
    public static String nameOf(Class<? extends Event> record) {
        Type type = BY_RECORD.get(record);
        if (type == null) {
            throw new IllegalArgumentException(record + " has no name of its own");
        }
        return type.name();
    }

    /** The name on the wire of the {@link CameDue} that goes to this function. */
    public static String cameDue(String function) {
        return BY_FUNCTION.get(function).name();
    }
}
