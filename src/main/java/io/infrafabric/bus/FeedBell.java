package io.infrafabric.bus;

import java.time.Duration;

/**
 * Rings for the followers of the log after a commit, if there are any: a process with followers says so now and then, and
 * others ring only for those. So a commit costs no message where nobody follows.
 */
final class FeedBell {
    /** The bells of the feed are {@code feed:follows} and {@code feed:more}. */
    static final String NAME = "feed";

    private static final String FOLLOWS = "follows";
    static final String MORE = "more";

    private final Bells bells;
    private final long lingerNanos;
    private volatile long until = System.nanoTime();

    FeedBell(Bells bells, Duration linger) {
        this.bells = bells;
        this.lingerNanos = linger.toNanos();
        bells.listen(NAME, this::heard);
    }

    private void heard(String what) {
        if (FOLLOWS.equals(what)) {
            until = System.nanoTime() + lingerNanos;
        }
    }

    /** There are events: followers look again. */
    void ring() {
        if (until - System.nanoTime() > 0) {
            bells.ring(NAME + ':' + MORE);
        }
    }

    /** This process has followers. */
    static void follow(Bells bells) {
        bells.ring(NAME + ':' + FOLLOWS);
    }
}
