package io.infrafabric.dissent;

import io.infrafabric.consensus.Minutes;
import java.math.BigDecimal;

/** How closely to review a decision afterwards. */
enum ReviewTier {
    /** No hazard, and at most a fifth of the votes against it. */
    ROUTINE,
    /**
     * A hazard, or more than a fifth of the votes against it (the seed's bound for a conflict), by number or by
     * confidence.
     */
    CLOSER_LOOK,
    /** The votes did not decide: a human must. */
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
