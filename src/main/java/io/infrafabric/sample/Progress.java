package io.infrafabric.sample;

import java.io.PrintStream;
import java.time.Duration;

/** The progress line: rewritten in place on a terminal, otherwise a line now and then. Used by one thread. */
final class Progress {
    private static final Duration ON_A_TERMINAL = Duration.ofMillis(100);
    private static final Duration ELSEWHERE = Duration.ofSeconds(2);
    private static final int BAR = 28;

    private final PrintStream out;
    private final boolean terminal;

    Progress(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** Time between two lines. */
    Duration pause() {
        return terminal ? ON_A_TERMINAL : ELSEWHERE;
    }

    void show(int done, int all, long atWork) {
        String text = "Sample swarm: %2d of %d tasks done, %2d at work".formatted(done, all, atWork);
        if (terminal) {
            int filled = BAR * done / all;
            out.print("\r[" + "#".repeat(filled) + ".".repeat(BAR - filled) + "] " + text);
            out.flush();
        } else {
            out.println(text);
        }
    }

    /** Ends the rewritten line, so that the next output stands below it. */
    void end() {
        if (terminal) {
            out.println();
        }
    }
}
