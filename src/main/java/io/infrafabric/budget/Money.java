package io.infrafabric.budget;

import java.math.BigDecimal;

/** US dollars with up to six decimals. */
final class Money {
    /** The largest amount in one call. */
    static final BigDecimal MOST_TOLD = new BigDecimal("999999999999.999999");

    /** The largest sum of an account: below the limit of its columns, by as much as a transaction may add. */
    static final BigDecimal MOST = new BigDecimal("1e17");

    private Money() {}

    static BigDecimal orZero(BigDecimal amount) {
        return amount == null ? BigDecimal.ZERO : amount;
    }

    static boolean isAtLeast(BigDecimal amount, BigDecimal bound) {
        return amount.compareTo(bound) >= 0;
    }

    static boolean isAbove(BigDecimal amount, BigDecimal bound) {
        return amount.compareTo(bound) > 0;
    }
}
