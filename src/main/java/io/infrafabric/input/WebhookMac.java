package io.infrafabric.input;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HMAC-SHA256, by which webhooks are signed and verified, and the written form of the keys of Standard Webhooks 1.0. */
public final class WebhookMac {
    /** What a secret of Standard Webhooks begins with; the base64 of its bytes follows. */
    public static final String SECRET = "whsec_";

    private static final String ALGORITHM = "HmacSHA256";

    private WebhookMac() {}

    /**
     * The HMAC of a text and then a body.
     *
     * @param key at least one byte
     */
    public static byte[] of(byte[] key, String before, byte[] body) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            mac.update(before.getBytes(StandardCharsets.UTF_8));
            return mac.doFinal(body);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** The bytes of a key that is written as this prefix and base64; empty if it is not, or has none. */
    public static Optional<byte[]> bytes(String prefix, String text) {
        if (!text.startsWith(prefix)) {
            return Optional.empty();
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(text.substring(prefix.length()));
            return bytes.length == 0 ? Optional.empty() : Optional.of(bytes);
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }
}
