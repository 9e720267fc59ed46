package io.infrafabric.escalation;

import io.infrafabric.problem.Problem;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signatures of Standard Webhooks 1.0: HMAC-SHA256 over {@code id.timestamp.body}, with the secret
 * {@code whsec_<base64 of 24 to 64 bytes>}.
 */
final class WebhookSignature {
    private static final String SECRET = "whsec_";
    private static final String ALGORITHM = "HmacSHA256";
    private static final int SHORTEST = 24;
    private static final int LONGEST = 64;

    private WebhookSignature() {}

    /** The value of {@code webhook-signature}. */
    static String of(String secret, String id, long timestamp, String body) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key(secret), ALGORITHM));
            byte[] signed = mac.doFinal((id + "." + timestamp + "." + body).getBytes(StandardCharsets.UTF_8));
            return "v1," + Base64.getEncoder().encodeToString(signed);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Gives a usable secret back, {@code null} for none; any other is a {@link Problem}, which does not show it. */
    static String check(String secret) {
        if (secret != null) {
            key(secret);
        }
        return secret;
    }

    private static byte[] key(String secret) {
        try {
            byte[] key =
                    secret.startsWith(SECRET) ? Base64.getDecoder().decode(secret.substring(SECRET.length())) : null;
            if (key != null && key.length >= SHORTEST && key.length <= LONGEST) {
                return key;
            }
        } catch (IllegalArgumentException _) {
            // The message is below.
        }
        throw Problem.badInput("secret", "whsec_ and the base64 of " + SHORTEST + " to " + LONGEST + " random bytes");
    }
}
