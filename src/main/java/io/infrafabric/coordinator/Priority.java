package io.infrafabric.coordinator;

/** How important a task is. {@code P0} is claimed first; {@code P2} is the default. */
public enum Priority {
    P0,
    P1,
    P2,
    P3;

    /** One step more important; {@code P0} stays. */
    public Priority raised() {
        return this == P0 ? P0 : values()[ordinal() - 1];
    }
}
