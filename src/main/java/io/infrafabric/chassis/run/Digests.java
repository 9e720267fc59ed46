package io.infrafabric.chassis.run;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/** A digest for a run, and the text that bytes are. */
final class Digests {
    private static final char REPLACEMENT = '\uFFFD';

    private Digests() {}

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** The text in at most so many bytes, with a replacement for what is no UTF-8 or cannot be kept. */
    static String text(byte[] bytes, int most) {
        String text = new String(Arrays.copyOf(bytes, Math.min(bytes.length, most)), StandardCharsets.UTF_8);
        String kept = text.replace('\0', REPLACEMENT);
        while (kept.getBytes(StandardCharsets.UTF_8).length > most) {
            kept = kept.substring(0, kept.length() - 1);
        }
        return kept;
    }
}
