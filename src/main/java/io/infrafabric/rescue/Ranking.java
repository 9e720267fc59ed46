package io.infrafabric.rescue;

import io.infrafabric.coordinator.session.Match;
import io.infrafabric.coordinator.session.Match.Need;
import io.infrafabric.coordinator.session.Match.Parts;
import io.infrafabric.coordinator.session.Session;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * Which sessions fit one need, best first, and why the others do not. Every session is either in {@link #fits} or in
 * {@link #leftOut}.
 */
public record Ranking(List<Fit> fits, List<LeftOut> leftOut) {

    /** A session that fits, and how well. */
    public record Fit(Candidate candidate, Parts parts, double score) {
        static final Comparator<Fit> BEST =
                Comparator.comparingDouble(Fit::score).reversed().thenComparing(Fit::candidate, Candidate.TIES);
    }

    /** A session that is not asked; {@code parts} is {@code null} if the score did not matter. */
    public record LeftOut(String session, Why why, Parts parts) {}

    /** The best fits first: what a reader wants to know. */
    static final Comparator<LeftOut> TELLING = Comparator.comparingDouble(
                    (LeftOut left) -> left.parts() == null ? -1 : left.parts().score())
            .reversed()
            .thenComparing(LeftOut::session);

    /** Why a session is not asked, in the order of the checks. */
    @Schema(name = "LeftOutReason")
    public enum Why {
        /** It is the blocked session itself. */
        ITSELF,
        /** It was asked about this blocker before: it declined, was silent, or fell away. */
        ASKED_BEFORE,
        /** It is lost. */
        LOST,
        /** It waits for help itself. */
        BLOCKED,
        /** Its breaker is open. */
        OVER_BUDGET,
        /** It has no free place. */
        FULLY_LOADED,
        /** It fits, but not well enough. */
        SCORE_TOO_LOW,
        /** It fits, but others are asked that fit better or are not needed elsewhere. */
        OTHERS_TAKEN
    }

    /**
     * The terms of a score.
     *
     * @param least the least score of a session that is asked
     * @param halfLife age at which an outcome counts half
     */
    public record Terms(double least, Duration halfLife) {}

    /**
     * Ranks all candidates. The order of {@code candidates} does not matter.
     *
     * @param blocked who needs help, {@code null} if nobody in particular
     * @param asked sessions that must not be asked again
     */
    public static Ranking of(
            Need need, String blocked, Set<String> asked, Collection<Candidate> candidates, Instant now, Terms terms) {
        List<Fit> fits = new ArrayList<>();
        List<LeftOut> leftOut = new ArrayList<>();
        for (Candidate candidate : candidates) {
            Why barred = barred(candidate, blocked, asked);
            if (barred != null) {
                leftOut.add(new LeftOut(candidate.id(), barred, null));
                continue;
            }
            Parts parts = Match.score(need, candidate.session(), candidate.outcomes(), now, terms.halfLife());
            double score = parts.score();
            if (score >= terms.least()) {
                fits.add(new Fit(candidate, parts, score));
            } else {
                leftOut.add(new LeftOut(candidate.id(), Why.SCORE_TOO_LOW, parts));
            }
        }
        fits.sort(Fit.BEST);
        leftOut.sort(Comparator.comparing(LeftOut::session));
        return new Ranking(fits, leftOut);
    }

    private static Why barred(Candidate candidate, String blocked, Set<String> asked) {
        if (candidate.id().equals(blocked)) {
            return Why.ITSELF;
        }
        if (asked.contains(candidate.id())) {
            return Why.ASKED_BEFORE;
        }
        if (candidate.session().state() != Session.State.LIVE) {
            return Why.LOST;
        }
        if (candidate.blocked()) {
            return Why.BLOCKED;
        }
        if (candidate.stopped()) {
            return Why.OVER_BUDGET;
        }
        return candidate.free() == 0 ? Why.FULLY_LOADED : null;
    }
}
