package io.infrafabric.consensus;

/** What an elector can say. */
enum Ballot {
    APPROVE,
    REJECT,
    /** Was there, and takes no side. */
    ABSTAIN
}
