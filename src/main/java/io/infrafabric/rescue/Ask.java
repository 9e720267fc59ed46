package io.infrafabric.rescue;

import io.infrafabric.coordinator.session.Match.Parts;
import io.infrafabric.event.RescueEvent.Answer;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;

/**
 * A session that was asked to help with a blocker.
 *
 * @param parts the parts of its score when it was asked
 * @param until when it falls silent, if it has said nothing
 * @param hold the hold that was placed when it accepted, {@code null} before
 * @param estimate what was held, US dollars
 * @param cost what it said that its help has cost so far, {@code null} if it said nothing
 * @param helped what the blocked session said in the end
 */
public record Ask(
        String session,
        State state,
        Parts parts,
        Instant askedAt,
        Instant until,
        Instant answeredAt,
        String hold,
        BigDecimal estimate,
        BigDecimal cost,
        Boolean helped) {
    private static final int DECIMALS = 6;
    private static final BigDecimal SECONDS_AN_HOUR = BigDecimal.valueOf(3600);

    /** What became of it: {@code ASKED}, then one of {@link Answer}. */
    public enum State {
        ASKED,
        ACCEPTED,
        DECLINED,
        SILENT,
        GONE,
        TAKEN_BACK;

        /** Whether it helps, or may still say that it does. */
        boolean isActive() {
            return this == ASKED || this == ACCEPTED;
        }

        static State of(Answer answer) {
            return valueOf(answer.name());
        }
    }

    static Ask fresh(String session, Parts parts, Instant now, Duration patience) {
        return new Ask(session, State.ASKED, parts, now, now.plus(patience), null, null, null, null, null);
    }

    /** Whether it helps, or may still say that it does. */
    boolean isActive() {
        return state.isActive();
    }

    /** Whether it is not to be asked again: who fell away or was taken back may be. */
    boolean isSettled() {
        return isActive() || state == State.DECLINED || state == State.SILENT;
    }

    Ask answered(Answer answer, Instant now) {
        return new Ask(session, State.of(answer), parts, askedAt, until, now, hold, estimate, cost, helped);
    }

    Ask holding(String itsHold, BigDecimal amount) {
        return new Ask(session, state, parts, askedAt, until, answeredAt, itsHold, amount, cost, helped);
    }

    Ask costing(BigDecimal soFar) {
        return new Ask(session, state, parts, askedAt, until, answeredAt, hold, estimate, soFar, helped);
    }

    Ask rated(Boolean its) {
        return new Ask(session, state, parts, askedAt, until, answeredAt, hold, estimate, cost, its);
    }

    /**
     * What its help came to: what it said; if it said nothing, the estimate if it helped and nothing if it did not, as for
     * claims.
     */
    BigDecimal settlement() {
        if (cost != null) {
            return cost;
        }
        return Boolean.TRUE.equals(helped) && estimate != null ? estimate : BigDecimal.ZERO;
    }

    /**
     * What help is expected to cost, US dollars.
     *
     * @param hourlyCost of the rescuer, {@code null} if not known
     * @param time that help usually takes
     * @param unknown for one whose cost is not known
     */
    static BigDecimal estimate(BigDecimal hourlyCost, Duration time, BigDecimal unknown) {
        return hourlyCost == null
                ? unknown
                : hourlyCost
                        .multiply(BigDecimal.valueOf(time.toSeconds()))
                        .divide(SECONDS_AN_HOUR, DECIMALS, RoundingMode.HALF_UP);
    }
}
