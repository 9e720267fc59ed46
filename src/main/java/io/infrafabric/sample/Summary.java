package io.infrafabric.sample;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the play showed: only measured figures, beside those in the documents of the original run.
 *
 * @param board what was played
 * @param left ids of the tasks that are not done
 * @param doneTwice tasks with more than one accepted completion
 * @param heldByTwo tasks that were granted again before the first grant can have ended
 * @param begunTooEarly tasks that were granted before a dependency was done
 * @param refusedLate completions that were refused because the lease had ended
 * @param failed attempts that were reported as failed
 * @param pickups times from claimable to claimed, for claims that waited, in nanoseconds
 * @param cost what the accepted completions reported, in USD
 * @param elapsed time of the play in nanoseconds
 * @param trouble why the play ended early; {@code null} if it did not
 */
record Summary(
        Board board,
        List<String> left,
        int doneTwice,
        int heldByTwo,
        int begunTooEarly,
        int refusedLate,
        int failed,
        Quantiles pickups,
        BigDecimal cost,
        long elapsed,
        String trouble) {
    private static final int LEFT_SHOWN = 8;

    /** Tasks that are done. */
    int done() {
        return board.tasks().size() - left.size();
    }

    /** Whether every task is done and no promise was broken. */
    boolean isAsItShouldBe() {
        return left.isEmpty() && doneTwice == 0 && heldByTwo == 0 && begunTooEarly == 0 && trouble == null;
    }

    /** The summary as lines of plain text. */
    List<String> lines() {
        Board.Documented then = board.documented();
        List<String> lines = new ArrayList<>();
        lines.add("Sample swarm %s: %d sessions, %d tasks, %s s"
                .formatted(board.swarm(), board.members().size(), board.tasks().size(), decimal(elapsed, 1e9)));
        if (trouble != null) {
            lines.add("  Ended early: " + trouble);
            lines.add("  Left: " + String.join(", ", left.subList(0, Math.min(LEFT_SHOWN, left.size())))
                    + (left.size() > LEFT_SHOWN ? " and " + (left.size() - LEFT_SHOWN) + " more" : ""));
        }
        lines.add(row("", "this play", "original run, " + then.run()));
        lines.add(row("tasks done", done() + " of " + board.tasks().size(), ""));
        lines.add(row("tasks held by two at once", heldByTwo, ""));
        lines.add(row("tasks done more than once", doneTwice, then.doneMoreThanOnce() + " [1]"));
        lines.add(row("tasks begun before a dependency was done", begunTooEarly, then.doneBeforeDependency() + " [1]"));
        if (pickups.count() > 0) {
            lines.add(row(
                    "pickup by a waiting session, p50",
                    millis(50),
                    String.format(Locale.ROOT, "%,d ms between two polls [2]", then.pollingMillis())));
            lines.add(row("pickup p99, of " + pickups.count() + " measured", millis(99), ""));
        }
        lines.add(row("late completions refused (a session froze)", refusedLate, ""));
        lines.add(row("failed attempts, tried again", failed, ""));
        lines.add(row("cost reported by the sessions", "$" + cost.setScale(2, RoundingMode.HALF_EVEN), ""));
        lines.add("  [1] " + then.countsSource() + "  [2] " + then.pollingSource()
                + ", github.com/dannystocker/infrafabric");
        return lines;
    }

    private String millis(int percent) {
        return decimal(pickups.at(percent), 1e6) + " ms";
    }

    private static String decimal(long nanos, double unit) {
        return String.format(Locale.ROOT, "%.1f", nanos / unit);
    }

    private static String row(String what, Object now, String then) {
        return "  %-43s %12s   %s".formatted(what, now, then).stripTrailing();
    }
}
