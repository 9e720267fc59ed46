package io.infrafabric.consensus;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** The count of votes: one for each elector who has voted. */
record VoteTally(int approve, int reject, int abstain) {
    static final VoteTally NONE = new VoteTally(0, 0, 0);

    private static final int SHOWN_DECIMALS = 4;

    /** All votes. */
    int votes() {
        return approve + reject + abstain;
    }

    /** Votes that took a side. */
    int sides() {
        return approve + reject;
    }

    /** The tally with {@code more} further votes of this kind. */
    VoteTally and(Ballot ballot, int more) {
        return switch (ballot) {
            case APPROVE -> new VoteTally(approve + more, reject, abstain);
            case REJECT -> new VoteTally(approve, reject + more, abstain);
            case ABSTAIN -> new VoteTally(approve, reject, abstain + more);
        };
    }

    /** Whether approvals are at least this share of all votes. Exact: nothing is divided. */
    boolean reaches(BigDecimal share) {
        return compare(approve, share, votes()) >= 0;
    }

    /** Whether approvals are more than this share of the votes that took a side. Exact. */
    boolean exceeds(BigDecimal share) {
        return compare(approve, share, sides()) > 0;
    }

    private static int compare(int part, BigDecimal share, int whole) {
        return BigDecimal.valueOf(part).compareTo(share.multiply(BigDecimal.valueOf(whole)));
    }

    /** Approvals divided by all votes (seed: {@code approval_rate}), 0 without votes; see {@link #rate}. */
    BigDecimal approvalRate() {
        return rate(approve, votes());
    }

    /**
     * A share for display: four decimals, rounded down, so that it never seems to have reached a gate that it has not.
     * No rule uses it.
     */
    static BigDecimal rate(int part, int whole) {
        return whole == 0
                ? BigDecimal.ZERO
                : BigDecimal.valueOf(part)
                        .divide(BigDecimal.valueOf(whole), SHOWN_DECIMALS, RoundingMode.DOWN)
                        .stripTrailingZeros();
    }
}
