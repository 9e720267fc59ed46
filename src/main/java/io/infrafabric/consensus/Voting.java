package io.infrafabric.consensus;

import java.time.Duration;
import java.time.Instant;

/** The rule for what becomes of a vote. */
sealed interface Voting {

    /** It counts; {@code number} is the number of votes that this elector has cast, including it. */
    record Cast(int number) implements Voting {}

    /** The elector had already said exactly this: nothing changes. */
    record Same(Vote before) implements Voting {}

    /** The decision is out of reach. */
    record Unknown() implements Voting {}

    /** The decision is over. */
    record Closed(Decision decision) implements Voting {}

    /** The session was not in the electorate when the decision opened. */
    record NotElector() implements Voting {}

    /** The vote was changed as often as it may be. */
    record TooOften(int most) implements Voting {}

    /** The vote has too many characters: each of the electors has an equal share of the memo. */
    record TooLong(int electors, long most) implements Voting {}

    /** All votes of this elector on the decision, changes included, have too many characters. */
    record TooMuch(long most) implements Voting {}

    /** The falsifier is due too early or too late. */
    record DueOutOfBounds(Duration longest) implements Voting {}

    /**
     * The limits of one decision, and the longest time until a falsifier is due.
     *
     * @param words characters of the current votes, which a memo must hold
     * @param electorWords characters of all votes of one elector, changes included
     */
    record Bounds(int changes, long words, long electorWords, Duration falsifier) {

        /**
         * The most characters of one vote. Everybody has an equal share, used or not, so no vote is refused because of
         * what others said, and a majority cannot leave objectors without room.
         */
        long room(int electors) {
            return words / Math.max(1, electors);
        }
    }

    /**
     * Decides, under the lock of the decision. Nothing depends on the votes of others.
     *
     * @param before the elector's current vote, or {@code null}
     * @param said characters of all votes of the elector on the decision so far
     */
    static Voting decide(
            Decision decision, boolean elector, Vote before, Vote.Words words, long said, Bounds bounds, Instant at) {
        if (!decision.takesVotes(at)) {
            return new Closed(decision);
        }
        if (!elector) {
            return new NotElector();
        }
        if (before != null && before.says(words)) {
            return new Same(before);
        }
        if (words.falsifier() != null
                && (!words.falsifier().dueAt().isAfter(at)
                        || words.falsifier().dueAt().isAfter(at.plus(bounds.falsifier())))) {
            return new DueOutOfBounds(bounds.falsifier());
        }
        int number = before == null ? 1 : before.number() + 1;
        if (number > bounds.changes()) {
            return new TooOften(bounds.changes());
        }
        if (said + words.length() > bounds.electorWords()) {
            return new TooMuch(bounds.electorWords());
        }
        long room = bounds.room(decision.electors());
        return words.length() > room ? new TooLong(decision.electors(), room) : new Cast(number);
    }
}
