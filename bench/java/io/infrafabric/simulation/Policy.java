package io.infrafabric.simulation;

/** Who is sent to help with a blocker. */
enum Policy {
    /** Everybody who has time, as in the documented run. */
    EVERYBODY("everybody who has time"),
    /** Two at random. */
    RANDOM("two at random"),
    /** The two who have not been asked for longest. */
    FIRST_COME("first come"),
    /** What the fabric does: {@code Ranking} and {@code Assignment}, at least 0.70, at most two. */
    MATCHED("matched");

    private final String shown;

    Policy(String shown) {
        this.shown = shown;
    }

    String shown() {
        return shown;
    }
}
