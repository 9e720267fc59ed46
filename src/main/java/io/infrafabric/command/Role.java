package io.infrafabric.command;

/** The role that a token gives its bearer. */
public enum Role {
    /** An agent: acts only as itself, in its swarm, on its account. */
    SESSION,
    /** Enrols, sets limits, resets, closes, replays, cancels; never claims or votes in a session's name. */
    OPERATOR,
    /** Reads. */
    VIEWER
}
