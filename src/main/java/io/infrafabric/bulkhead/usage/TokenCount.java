package io.infrafabric.bulkhead.usage;

import io.infrafabric.bulkhead.usage.JsonWalk.Kind;
import io.infrafabric.bulkhead.usage.JsonWalk.Scalar;

/** Numbers of tokens, as they come from outside. */
final class TokenCount {
    /** No call uses more; what is above is no number of tokens. */
    static final long MOST = 1_000_000_000;

    private static final int LONGEST = 32;

    private TokenCount() {}

    /** The number of tokens in a value; -1 if it is none: not a number, negative, or beyond all bounds. */
    static long in(Scalar scalar) {
        return scalar.kind() == Kind.NUMBER ? in(scalar.text()) : -1;
    }

    /** The number of tokens that a text says, -1 if it says none. */
    static long in(String text) {
        if (text == null || text.isEmpty() || text.length() > LONGEST) {
            return -1;
        }
        try {
            double number = Double.parseDouble(text);
            return number >= 0 && number <= MOST ? (long) number : -1;
        } catch (NumberFormatException _) {
            return -1;
        }
    }
}
