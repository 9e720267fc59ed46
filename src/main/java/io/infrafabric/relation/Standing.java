package io.infrafabric.relation;

/** What becomes of a claim in view of all that contradicts it (grounded semantics, Dung 1995). */
public enum Standing {
    /** Whatever would defeat it is rejected itself. */
    ACCEPTED,
    /** A claim that is accepted defeats it. */
    REJECTED,
    /** Neither: it stands against a claim that is as strong, or against itself. */
    UNDECIDED
}
