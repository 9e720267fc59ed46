package io.infrafabric.coordinator.join;

import io.infrafabric.command.Canonical;
import java.util.Base64;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * What an agent that asks to join is given.
 *
 * @param code short, for people: eight letters that make no words and are not mistaken for one another (RFC 8628, section 6.1)
 * @param secret for the agent alone, 256 bits
 */
public record JoinKeys(String code, String secret) {
    private static final String LETTERS = "BCDFGHJKLMNPQRSTVWXZ";
    private static final int LENGTH = 8;
    private static final int HALF = LENGTH / 2;
    private static final int SECRET_BYTES = 32;
    private static final Pattern FORM = Pattern.compile("[" + LETTERS + "]{4}-[" + LETTERS + "]{4}");

    /** Draws both. */
    public static JoinKeys draw(RandomGenerator random) {
        StringBuilder code = new StringBuilder(LENGTH + 1);
        for (int i = 0; i < LENGTH; i++) {
            if (i == HALF) {
                code.append('-');
            }
            code.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        return new JoinKeys(
                code.toString(), Base64.getUrlEncoder().withoutPadding().encodeToString(secret));
    }

    /** The code as it is kept, from what somebody typed: case, spaces and dashes do not matter. {@code null} if it is none. */
    public static String typed(String code) {
        String letters = code.toUpperCase(Locale.ROOT).replaceAll("[\\s-]", "");
        if (letters.length() != LENGTH) {
            return null;
        }
        String whole = letters.substring(0, HALF) + "-" + letters.substring(HALF);
        return FORM.matcher(whole).matches() ? whole : null;
    }

    /** What is kept of the secret. */
    String hash() {
        return hash(secret);
    }

    static String hash(String secret) {
        return Canonical.sha256(secret);
    }
}
