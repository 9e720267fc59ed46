package io.infrafabric.escalation;

import io.infrafabric.input.WebhookMac;
import io.infrafabric.problem.Problem;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Signatures of Standard Webhooks 1.0: HMAC-SHA256 over {@code id.timestamp.body}, with the secret
 * {@code whsec_<base64 of 24 to 64 bytes>}.
 */
final class WebhookSignature {
    private static final int SHORTEST = 24;
    private static final int LONGEST = 64;

    private WebhookSignature() {}

    /** The value of {@code webhook-signature}. */
    static String of(String secret, String id, long timestamp, String body) {
        byte[] signed = WebhookMac.of(key(secret), id + "." + timestamp + ".", body.getBytes(StandardCharsets.UTF_8));
        return "v1," + Base64.getEncoder().encodeToString(signed);
    }

    /** Gives a usable secret back, {@code null} for none; any other is a {@link Problem}, which does not show it. */
    static String check(String secret) {
        if (secret != null) {
            key(secret);
        }
        return secret;
    }

    private static byte[] key(String secret) {
        return WebhookMac.bytes(WebhookMac.SECRET, secret)
                .filter(key -> key.length >= SHORTEST && key.length <= LONGEST)
                .orElseThrow(() -> Problem.badInput(
                        "secret",
                        WebhookMac.SECRET + " and the base64 of " + SHORTEST + " to " + LONGEST + " random bytes"));
    }
}
