package io.infrafabric.simulation;

/** Who is sent to help with a blocker. */
enum Policy {
    /** Everybody who has time, as in the documented run. */
    EVERYBODY("everybody who has time", false),
    /** Two at random. */
    RANDOM("two at random", false),
    /** Two at random, and a human when nobody is left: what matched is compared with like for like. */
    RANDOM_THEN_HUMAN("two at random, then a human", true),
    /** The two who have not been asked for longest. */
    FIRST_COME("first come", false),
    /** What the fabric does: {@code Ranking} and {@code Assignment}, at least 0.70, at most two. */
    MATCHED("matched", true);

    private final String shown;
    private final boolean asksHumans;

    Policy(String shown, boolean asksHumans) {
        this.shown = shown;
        this.asksHumans = asksHumans;
    }

    /** Whether a human is asked where nobody is left who could be sent. */
    boolean asksHumans() {
        return asksHumans;
    }

    String shown() {
        return shown;
    }
}
