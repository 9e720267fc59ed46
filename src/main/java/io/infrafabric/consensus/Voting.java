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

    /** All votes that stand on one decision together may have no more characters: a memo has to hold them. */
    record TooLong(long most) implements Voting {}

    /** All votes of one elector on one decision, changes included, may have no more characters. */
    record TooMuch(long most) implements Voting {}

    /** The falsifier is due too early or too late. */
    record DueOutOfBounds(Duration longest) implements Voting {}

    /**
     * Most of one decision; and the latest that a falsifier may be due, from now.
     *
     * @param words characters of the votes that stand
     * @param electorWords characters of all votes of one elector, changes included
     */
    record Bounds(int changes, long words, long electorWords, Duration falsifier) {}

    /**
     * Characters so far.
     *
     * @param standing of the votes that stand on the decision: who talks long and often takes nobody else's room
     * @param own of all votes of the elector on it
     */
    record Said(long standing, long own) {}

    /**
     * Decides, under the lock of the decision.
     *
     * @param before the elector's vote as it stands, {@code null} for none
     */
    static Voting decide(
            Decision decision, boolean elector, Vote before, Vote.Words words, Said said, Bounds bounds, Instant at) {
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
        if (said.own() + words.length() > bounds.electorWords()) {
            return new TooMuch(bounds.electorWords());
        }
        long standing = said.standing() + words.length() - (before == null ? 0 : before.length());
        return standing > bounds.words() ? new TooLong(bounds.words()) : new Cast(number);
    }
}
