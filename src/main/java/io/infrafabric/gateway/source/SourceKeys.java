package io.infrafabric.gateway.source;

import io.infrafabric.input.WebhookMac;
import io.infrafabric.problem.Problem;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The secrets and public keys of a source. All of them count, so that one can be replaced by another without a gap. How long an
 * answer takes says nothing about a secret: each is tried, and compared in constant time.
 */
public final class SourceKeys {
    private static final String WHPK = "whpk_";
    private static final int ED25519_BYTES = 32;

    /** What stands before the 32 bytes in an encoded public key (RFC 8410). */
    private static final byte[] ED25519 = HexFormat.of().parseHex("302a300506032b6570032100");

    private final List<byte[]> secrets = new ArrayList<>();
    private final List<PublicKey> keys = new ArrayList<>();

    /**
     * Keys of a source of this kind.
     *
     * @throws Problem if one has a wrong form; it does not show it
     */
    public SourceKeys(SourceKind kind, List<String> secrets, List<String> publicKeys) {
        for (String secret : secrets) {
            this.secrets.add(
                    kind.takesPublicKeys()
                            ? decoded("secrets", WebhookMac.SECRET, secret)
                            : secret.getBytes(StandardCharsets.UTF_8));
        }
        for (String key : publicKeys) {
            keys.add(publicKey(key));
        }
    }

    /** The bytes after a prefix: what Standard Webhooks hands out. */
    private static byte[] decoded(String field, String prefix, String text) {
        return WebhookMac.bytes(prefix, text).orElseThrow(() -> Problem.badInput(field, prefix + " and base64"));
    }

    private static PublicKey publicKey(String text) {
        byte[] raw = decoded("publicKeys", WHPK, text);
        if (raw.length != ED25519_BYTES) {
            throw Problem.badInput("publicKeys", WHPK + " and the base64 of " + ED25519_BYTES + " bytes");
        }
        byte[] encoded = new byte[ED25519.length + raw.length];
        System.arraycopy(ED25519, 0, encoded, 0, ED25519.length);
        System.arraycopy(raw, 0, encoded, ED25519.length, raw.length);
        try {
            return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
        } catch (GeneralSecurityException _) {
            throw Problem.badInput("publicKeys", "ed25519 keys");
        }
    }

    /** Whether one of the secrets made one of these HMAC-SHA256 of what is signed: first this text, then the body. */
    boolean made(String before, byte[] body, List<byte[]> signatures) {
        boolean one = false;
        for (byte[] secret : secrets) {
            byte[] right = WebhookMac.of(secret, before, body);
            for (byte[] signature : signatures) {
                one |= MessageDigest.isEqual(right, signature);
            }
        }
        return one;
    }

    /** Whether one of the public keys verifies one of these signatures. */
    boolean verifies(String before, byte[] body, List<byte[]> signatures) {
        boolean one = false;
        for (PublicKey key : keys) {
            for (byte[] signature : signatures) {
                one |= verifies(key, before, body, signature);
            }
        }
        return one;
    }

    private static boolean verifies(PublicKey key, String before, byte[] body, byte[] signature) {
        try {
            Signature verifier = Signature.getInstance("Ed25519");
            verifier.initVerify(key);
            verifier.update(before.getBytes(StandardCharsets.UTF_8));
            verifier.update(body);
            return verifier.verify(signature);
        } catch (GeneralSecurityException _) {
            // A signature of a wrong length is one that was not made by the key.
            return false;
        }
    }
}
