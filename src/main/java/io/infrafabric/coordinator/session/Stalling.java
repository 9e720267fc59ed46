package io.infrafabric.coordinator.session;

import java.time.Duration;
import java.time.Instant;

/**
 * The rule that tells being alive from getting somewhere. A session is alive as long as it is heard, even if only a keeper
 * beside a hung agent calls. It makes progress if the agent itself does something. One that holds work and makes no
 * progress for {@code stall} is stalled: it is asked, and marked. After {@value #PARTS_UNTIL_THE_END} times that its
 * leases end, and never earlier than one such time after it was asked.
 *
 * @param progress when it last showed progress, {@code null} if it never has: then it is not judged
 * @param toolUntil until when the tool that it runs counts as progress; {@code null} if it runs none
 * @param heldSince when it got what it got last of what it holds; {@code null} if it holds nothing
 * @param stall how long it may go without progress
 * @param stalledSince when it was asked, {@code null} if it is not stalled
 */
public record Stalling(Instant progress, Instant toolUntil, Instant heldSince, Duration stall, Instant stalledSince) {
    static final int PARTS_UNTIL_THE_END = 3;

    /** What to do now. */
    public sealed interface Decision {
        /** It has shown no progress ever, so nobody can say that it shows none any more. */
        record NotJudged() implements Decision {}

        /** It is not stalled; the next look is then. */
        record GoesOn(Instant look) implements Decision {}

        /** It is stalled from now on, and was last seen to get somewhere at {@code since}. */
        record Stalls(Instant since, Instant endsAt) implements Decision {}

        /** It is stalled, and its time is not over. */
        record StaysStalled(Instant endsAt) implements Decision {}

        /** Its leases end; the next look is then. */
        record Ends(Instant look) implements Decision {}
    }

    /** Decides, by the clock of the database. */
    public Decision decide(Instant now) {
        if (progress == null) {
            return new Decision.NotJudged();
        }
        if (heldSince == null) {
            return new Decision.GoesOn(now.plus(stall));
        }
        Instant since = later(later(progress, heldSince), toolUntil);
        if (since.plus(stall).isAfter(now)) {
            return new Decision.GoesOn(since.plus(stall));
        }
        if (stalledSince == null) {
            return new Decision.Stalls(since, end(since, now));
        }
        Instant end = end(since, stalledSince);
        return end.isAfter(now) ? new Decision.StaysStalled(end) : new Decision.Ends(now.plus(stall));
    }

    private Instant end(Instant since, Instant asked) {
        return later(since.plus(stall.multipliedBy(PARTS_UNTIL_THE_END)), asked.plus(stall));
    }

    private static Instant later(Instant one, Instant other) {
        return other != null && other.isAfter(one) ? other : one;
    }
}
