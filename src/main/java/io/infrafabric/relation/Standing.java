package io.infrafabric.relation;

/** The standing of a claim in view of everything that contradicts it (grounded semantics, Dung 1995). */
public enum Standing {
    /** All claims that would defeat it are rejected. */
    ACCEPTED,
    /** An accepted claim defeats it. */
    REJECTED,
    /** Neither: it opposes an equally strong claim, or itself. */
    UNDECIDED
}
