package io.infrafabric.dissent;

import io.infrafabric.consensus.Minutes;
import java.math.BigDecimal;

/** How closely what was decided should be looked at afterwards. */
enum ReviewTier {
    /** No hazard, and at most a fifth against it. */
    ROUTINE,
    /** A hazard, or more than a fifth against it (the seed's bound for a conflict), by heads or by confidence. */
    CLOSER_LOOK,
    /** The votes did not decide: a human has to. */
    HUMAN;

    private static final BigDecimal CONFLICT = new BigDecimal("0.20");

    static ReviewTier of(Minutes minutes, BigDecimal dissentStrength, BigDecimal dissentScore) {
        if (!minutes.result().outcome().isValid()) {
            return HUMAN;
        }
        boolean contested = dissentStrength.max(dissentScore).compareTo(CONFLICT) > 0;
        return contested || !minutes.motion().hazards().isEmpty() ? CLOSER_LOOK : ROUTINE;
    }
}
