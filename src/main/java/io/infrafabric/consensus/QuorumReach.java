package io.infrafabric.consensus;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/**
 * Whether the quorum of an open decision can still be reached: the rule. Who is silent may come back, and is waited for; who
 * has left is not.
 */
sealed interface QuorumReach {

    /** Those who have voted and those who are live and could still vote are enough. */
    record Within() implements QuorumReach {}

    /** They are too few since then, but enough with those who are silent: these have until {@code until} to come back. */
    record Waiting(Instant since, Instant until) implements QuorumReach {}

    /** It is not going to be reached: too many have left, or were silent for too long. */
    record Lost() implements QuorumReach {}

    /**
     * How many electors have voted, how many of the others are live, and when each of those was last heard who are silent.
     * Who is none of them has left.
     */
    record Turnout(int votes, int live, List<Instant> silent) {}

    /**
     * Since when the quorum is out of reach as far as anybody knew before these went: not at all, if it was within reach until
     * then, although nobody had looked since somebody came back.
     *
     * @param gone electors without a vote who have just gone, and were heard after {@code since}
     */
    static Instant before(Rules rules, Turnout turnout, int gone, Instant since) {
        return rules.reachable(turnout.votes(), turnout.live() + gone) ? null : since;
    }

    /**
     * Decides.
     *
     * @param since when the quorum came out of reach, {@code null} if it was within reach when somebody looked last. If it
     *     was so again in between, time counts from when those were last heard who made it so.
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
