package io.infrafabric.consensus;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/**
 * The rule for whether the quorum of an open decision can still be reached. A decision waits for silent electors, who
 * may come back, but not for those who have left.
 */
sealed interface QuorumReach {

    /** Voters and live electors without a vote are enough. */
    record Within() implements QuorumReach {}

    /**
     * They have been too few since {@code since}, but enough with the silent ones, who have until {@code until} to come
     * back.
     */
    record Waiting(Instant since, Instant until) implements QuorumReach {}

    /** The quorum is lost: too many electors have left, or were silent for too long. */
    record Lost() implements QuorumReach {}

    /**
     * How many electors have voted, how many of the others are live, and when each silent one was last heard. All
     * remaining electors have left.
     */
    record Turnout(int votes, int live, List<Instant> silent) {}

    /**
     * Since when the quorum was known to be out of reach before these electors went; {@code null} if it was within
     * reach until then, even if nobody had looked since somebody came back.
     *
     * @param gone electors without a vote who have just gone, and were heard after {@code since}
     */
    static Instant before(Rules rules, Turnout turnout, int gone, Instant since) {
        return rules.reachable(turnout.votes(), turnout.live() + gone) ? null : since;
    }

    /**
     * Decides.
     *
     * @param since when the quorum came out of reach; {@code null} if it was within reach at the last look. If it was
     * within reach again in between, time counts from when the electors who made it so were last heard.
     */
    static QuorumReach decide(Rules rules, Turnout turnout, Instant since, Duration patience, Instant now) {
        int missing = rules.quorum() - turnout.votes() - turnout.live();
        if (missing <= 0) {
            return new Within();
        }
        if (turnout.silent().size() < missing) {
            return new Lost();
        }
        Instant enough = turnout.silent().stream()
                .sorted(Comparator.reverseOrder())
                .skip(missing - 1L)
                .findFirst()
                .orElseThrow();
        Instant start = since == null ? now : enough.isAfter(since) ? enough : since;
        Instant until = start.plus(patience);
        return until.isAfter(now) ? new Waiting(start, until) : new Lost();
    }
}
