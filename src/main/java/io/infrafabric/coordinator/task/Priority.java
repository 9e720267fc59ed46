package io.infrafabric.coordinator.task;

/** How important a task is. {@code P0} is claimed first; {@code P2} is the default. */
public enum Priority {
    P0,
    P1,
    P2,
    P3;

    /** The next more urgent one; nothing comes before {@code P0}. */
    Priority higher() {
        return this == P0 ? P0 : of(level() - 1);
    }

    /** From 0 (first) to 3, as it stands in the database. */
    public short level() {
        return switch (this) {
            case P0 -> 0;
            case P1 -> 1;
            case P2 -> 2;
            case P3 -> 3;
        };
    }

    /** The priority of a level from the database. */
    public static Priority of(int level) {
        return valueOf("P" + level);
    }
}
