package io.infrafabric.consensus;

import java.time.Duration;
import java.time.Instant;

/** What becomes of a vote: the rule. */
sealed interface Voting {

    /** It counts; {@code number} is how many this elector has cast with it. */
    record Cast(int number) implements Voting {}

    /** The elector had said exactly this: nothing changes. */
    record Same(Vote before) implements Voting {}

    /** There is no such decision in reach. */
    record Unknown() implements Voting {}

    /** It is over. */
    record Closed(Decision decision) implements Voting {}

    /** The session was not in the electorate when the decision opened. */
    record NotElector() implements Voting {}

    /** It was changed as often as it may be. */
    record TooOften(int most) implements Voting {}

    /** One vote may have no more characters: that is the room that each of so many electors has in the memo. */
    record TooLong(int electors, long most) implements Voting {}

    /** All votes of one elector on one decision, changes included, may have no more characters. */
    record TooMuch(long most) implements Voting {}

    /** The falsifier is due too early or too late. */
    record DueOutOfBounds(Duration longest) implements Voting {}

    /**
     * Most of one decision; and the latest that a falsifier may be due, from now.
     *
     * @param words characters of the votes that stand, which a memo has to hold
     * @param electorWords characters of all votes of one elector, changes included
     */
    record Bounds(int changes, long words, long electorWords, Duration falsifier) {

        /**
         * Characters that one vote may have. Everybody has an equal part, whether it is used or not: so no vote is refused
         * because of what others said, and a majority cannot talk until there is no room for who objects.
         */
        long room(int electors) {
            return words / Math.max(1, electors);
        }
    }

    /**
     * Decides, under the lock of the decision. Nothing in it depends on the votes of others.
     *
     * @param before the elector's vote as it stands, {@code null} for none
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
