package io.infrafabric.input;

import java.math.BigDecimal;

/** Decimal numbers as they are shown. */
public final class Decimals {
    private Decimals() {}

    /** The same number without trailing zeros and without an exponent; {@code null} stays. */
    public static BigDecimal plain(BigDecimal number) {
        if (number == null || number.signum() == 0) {
            return number == null ? null : BigDecimal.ZERO;
        }
        BigDecimal plain = number.stripTrailingZeros();
        return plain.scale() < 0 ? plain.setScale(0) : plain;
    }
}
