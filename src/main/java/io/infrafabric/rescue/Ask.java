package io.infrafabric.rescue;

import io.infrafabric.coordinator.session.Match.Parts;
import io.infrafabric.event.RescueEvent.Answer;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * A session that was asked to help with a blocker.
 *
 * @param parts the parts of its score when it was asked
 * @param until when it counts as silent, if it has not answered
 * @param hold the hold placed when it accepted, {@code null} before
 * @param estimate the held amount, US dollars
 * @param cost the reported cost of its help so far, or {@code null}
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

    /** The state of a request: {@code ASKED}, then one of {@link Answer}. */
    @Schema(name = "AskState")
    public enum State {
        ASKED,
        ACCEPTED,
        DECLINED,
        SILENT,
        GONE,
        TAKEN_BACK;

        /** Whether it helps, or may still accept. */
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

    /** Whether it helps, or may still accept. */
    boolean isActive() {
        return state.isActive();
    }

    /** Whether it must not be asked again; sessions that fell away or were taken back may be. */
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
     * The cost of its help: what it reported; without a report, the estimate if it helped, otherwise nothing, as for
     * claims.
     */
    BigDecimal settlement() {
        if (cost != null) {
            return cost;
        }
        return Boolean.TRUE.equals(helped) && estimate != null ? estimate : BigDecimal.ZERO;
    }

    /**
     * The expected cost of help, US dollars.
     *
     * @param hourlyCost the rescuer's hourly cost, {@code null} if not known
     * @param time the usual time of help
     * @param unknown the amount if the hourly cost is not known
     */
    static BigDecimal estimate(BigDecimal hourlyCost, Duration time, BigDecimal unknown) {
        return hourlyCost == null
                ? unknown
                : hourlyCost
                        .multiply(BigDecimal.valueOf(time.toSeconds()))
                        .divide(SECONDS_AN_HOUR, DECIMALS, RoundingMode.HALF_UP);
    }
}
