package io.infrafabric.input;

import io.infrafabric.problem.Problem;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Checks of values that come from outside. Each gives the value back, or throws a {@link Problem} that names the field
 * and says what was expected. {@code null} means absent and passes, unless the name of the check says otherwise.
 */
public final class Check {
    private static final Pattern VISIBLE = Pattern.compile("[\\x21-\\x7e]+");
    private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");
    private static final int TRACE_TOKEN_LENGTH = 128;

    /** The form of a trace token, in words. */
    public static final String TRACE_TOKEN_EXPECTED = "1 to " + TRACE_TOKEN_LENGTH + " visible ASCII characters";

    /** DESIGN.md, section 4: the form of every id. */
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

    /** No comma, because it separates capabilities on their way into the database. */
    private static final Pattern CAPABILITY = Pattern.compile("[^,\\p{Cntrl}]{1,64}");

    private static final int MOST_CAPABILITIES = 500;
    private static final int MONEY_DECIMALS = 6;
    private static final int MONEY_DIGITS = 12;

    private Check() {}

    /** A value that must be there. */
    public static <T> T given(String field, T value) {
        if (value == null) {
            throw Problem.badInput(field, "a value");
        }
        return value;
    }

    /** An id: 1 to 128 of letters, digits, dot, underscore and hyphen, the first a letter or digit. */
    public static String id(String field, String value) {
        if (value != null && !ID.matcher(value).matches()) {
            throw Problem.badInput(
                    field, "1 to 128 of letters, digits, '.', '_' and '-', starting with a letter or digit");
        }
        return value;
    }

    /** An id that must be there. */
    public static String givenId(String field, String value) {
        return id(field, given(field, value));
    }

    /** The UUID that a path names; {@code unknown} is the refusal of anything else. */
    public static UUID uuid(String id, Supplier<Problem> unknown) {
        try {
            return UUID.fromString(id);
        } catch (IllegalArgumentException _) {
            throw unknown.get();
        }
    }

    /** The SHA-256 in this field; {@code null} if the field is absent. */
    public static String sha256(String field, String value) {
        if (value != null && !SHA_256.matcher(value).matches()) {
            throw Problem.badInput(field, "64 hexadecimal digits in lower case");
        }
        return value;
    }

    /** A list of ids, at most {@code most} of them. */
    public static List<String> ids(String field, List<String> values, int most) {
        atMost(field, values, most);
        if (values != null) {
            for (int i = 0; i < values.size(); i++) {
                givenId(field + "[" + i + "]", values.get(i));
            }
        }
        return values;
    }

    /** A list with at most {@code most} entries, none of them {@code null}. */
    public static <T> List<T> atMost(String field, List<T> values, int most) {
        if (values != null && values.size() > most) {
            throw Problem.badInput(field, "at most " + most + " entries, not " + values.size());
        }
        if (values != null && values.stream().anyMatch(value -> value == null)) {
            throw Problem.badInput(field, "entries without null");
        }
        return values;
    }

    /** Text of 1 to {@code most} characters that is not all blank and can be kept as it is ({@link Unicode}). */
    public static String text(String field, String value, int most) {
        if (value != null && (value.isBlank() || value.length() > most || value.indexOf('\0') >= 0)) {
            throw Problem.badInput(field, "text of 1 to " + most + " characters, not blank, without NUL");
        }
        return unicode(field, value);
    }

    /** Text that must be there; otherwise as {@link #text}. */
    public static String givenText(String field, String value, int most) {
        return text(field, given(field, value), most);
    }

    /** Text that can be kept byte for byte: without NUL and without half of a surrogate pair ({@link Unicode}). */
    public static String unicode(String field, String value) {
        if (value != null && !Unicode.canBeKept(value)) {
            throw Problem.badInput(field, Unicode.EXPECTED);
        }
        return value;
    }

    /** A list of texts, at most {@code most} of them, each of at most {@code length} characters. */
    public static List<String> texts(String field, List<String> values, int most, int length) {
        atMost(field, values, most);
        if (values != null) {
            for (int i = 0; i < values.size(); i++) {
                givenText(field + "[" + i + "]", values.get(i), length);
            }
        }
        return values;
    }

    /** Domains or tools, each once: at most {@value #MOST_CAPABILITIES} of 1 to 64 characters. */
    public static List<String> capabilities(String field, List<String> values) {
        atMost(field, values, MOST_CAPABILITIES);
        if (values != null
                && !values.stream()
                        .allMatch(value -> CAPABILITY.matcher(value).matches() && Unicode.canBeKept(value))) {
            throw Problem.badInput(field, "entries of 1 to 64 characters, without commas or control characters");
        }
        return values == null ? null : values.stream().distinct().toList();
    }

    /** Whether the text is 1 to {@code most} visible ASCII characters. */
    public static boolean isVisible(String text, int most) {
        return text != null && text.length() <= most && VISIBLE.matcher(text).matches();
    }

    /** A trace token, wherever it comes from: 1 to 128 visible ASCII characters. */
    public static String traceToken(String field, String value) {
        if (value != null && !isVisible(value, TRACE_TOKEN_LENGTH)) {
            throw Problem.badInput(field, TRACE_TOKEN_EXPECTED);
        }
        return value;
    }

    /** A moment in a query, as in {@link Rfc3339}. */
    public static Instant instant(String field, String value) {
        return value == null
                ? null
                : Rfc3339.parse(value).orElseThrow(() -> Problem.badInput(field, Rfc3339.expectedFor(value)));
    }

    /** A whole number within both bounds. */
    public static long between(String field, long value, long least, long most) {
        if (value < least || value > most) {
            throw Problem.badInput(field, "a whole number from " + least + " to " + most);
        }
        return value;
    }

    /** A share or a confidence: from 0 to 1, with at most so many decimals; without trailing zeros. */
    public static BigDecimal share(String field, BigDecimal value, int decimals) {
        if (value == null) {
            return null;
        }
        BigDecimal plain = value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
        if (plain.signum() < 0 || plain.compareTo(BigDecimal.ONE) > 0 || plain.scale() > decimals) {
            throw Problem.badInput(field, "a number from 0 to 1 with at most " + decimals + " decimals");
        }
        return plain.setScale(Math.max(0, plain.scale()));
    }

    /** The same, with as many decimals as there are. */
    public static Double share(String field, Double value) {
        if (value != null && !(value >= 0 && value <= 1)) {
            throw Problem.badInput(field, "a number from 0 to 1");
        }
        return value;
    }

    /** Money in US dollars: not negative, at most 6 decimals and 12 digits before them; without trailing zeros. */
    public static BigDecimal money(String field, BigDecimal value) {
        if (value == null) {
            return null;
        }
        BigDecimal plain = value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
        // Check in this order, and before any arithmetic: 1e999999999 must not be written out.
        boolean fits = plain.scale() <= MONEY_DECIMALS && (long) plain.precision() - plain.scale() <= MONEY_DIGITS;
        if (plain.signum() < 0 || !fits) {
            throw Problem.badInput(
                    field,
                    "US dollars, 0 or more, with at most " + MONEY_DECIMALS + " decimals and " + MONEY_DIGITS
                            + " digits before them");
        }
        return plain.scale() < 0 ? plain.setScale(0) : plain;
    }

    /** A constant of {@code type}, written in any case. */
    public static <E extends Enum<E>> E oneOf(String field, String value, Class<E> type) {
        if (value == null) {
            return null;
        }
        for (E constant : type.getEnumConstants()) {
            if (constant.name().equals(value.toUpperCase(Locale.ROOT))) {
                return constant;
            }
        }
        throw Problem.badInput(
                field,
                "one of "
                        + Arrays.stream(type.getEnumConstants()).map(Enum::name).collect(Collectors.joining(", ")));
    }
}
