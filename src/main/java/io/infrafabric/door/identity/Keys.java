package io.infrafabric.door.identity;

import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.jose4j.jwk.RsaJsonWebKey;

/**
 * The keys behind the tokens: one pair and, during an exchange, the public key of the previous pair too (see
 * docs/access.md). RSA of at least 2048 bits, used with RS256. Every process verifies tokens and few issue them, and of
 * the asymmetric algorithms this one verifies fastest: 57 µs against 425 (ES256) and 685 (Ed25519), on JDK 25 and our
 * build machine.
 *
 * @param signing makes tokens; {@code null} in a process that only verifies
 * @param verifying checks tokens; pairs with {@code signing}, if that is there
 * @param others also check tokens: those signed before an exchange of keys, or after it
 */
public record Keys(PrivateKey signing, PublicKey verifying, List<PublicKey> others) {
    private static final int BITS = 2048;

    public Keys {
        others = List.copyOf(others);
    }

    /** Makes a new private key in a new file that only its owner can read. Leaves an existing file alone. */
    public static void generate(Path privateKey) {
        byte[] key = pair().getPrivate().getEncoded();
        String pem = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key);
        writeSecret(privateKey, "-----BEGIN PRIVATE KEY-----\n" + pem + "\n-----END PRIVATE KEY-----\n");
    }

    /**
     * Loads the key in a file of our own. It is made if there is none; an empty file is what a full disk or a crash of
     * the machine leaves.
     *
     * @throws Misconfigured if the file holds something else
     */
    static Keys own(Path privateKey) {
        try {
            if (privateKey.toFile().length() == 0) {
                Files.deleteIfExists(privateKey);
                generate(privateKey);
            }
            return load(Optional.of(privateKey), List.of());
        } catch (IOException e) {
            throw new Misconfigured("Cannot make a key in " + privateKey + ": " + e.getMessage(), e);
        } catch (Misconfigured wrong) {
            throw new Misconfigured(
                    wrong.getMessage() + " Put the right file back, or delete this one: then a new key is made, and all"
                            + " tokens that were signed with the old one end.",
                    wrong);
        }
    }

    /** A new pair that is not stored, so that this process and others do not accept each other's tokens. */
    static Keys passing() {
        KeyPair pair = pair();
        return new Keys(pair.getPrivate(), pair.getPublic(), List.of());
    }

    /** Like {@link #load(Optional, List)}, with at most one public key. */
    public static Keys load(Optional<Path> privateKey, Optional<Path> publicKey) {
        return load(privateKey, publicKey.stream().toList());
    }

    /**
     * Loads the keys from PEM files. A file of public keys may hold several. The private key implies its public key; if
     * public keys are given as well, it must be among them, because other processes get the same ones.
     *
     * @throws Misconfigured if no key is given, or a file has the wrong content
     */
    public static Keys load(Optional<Path> privateKey, List<Path> publicKeys) {
        if (privateKey.isEmpty() && publicKeys.isEmpty()) {
            throw new Misconfigured("No key for tokens: set S2_JWT_KEY_FILE to a file with a private RSA key (PEM,"
                    + " PKCS#8; make one with: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out jwt.key),"
                    + " or S2_JWT_PUBLIC_KEY_FILE to its public key in a process that only verifies tokens.");
        }
        RSAPrivateCrtKey signing = privateKey.map(Keys::readPrivate).orElse(null);
        SequencedMap<String, RSAPublicKey> given = new LinkedHashMap<>();
        publicKeys.forEach(file -> readPublic(file).forEach(key -> given.put(idOf(key), key)));
        RSAPublicKey verifying = signing == null ? given.firstEntry().getValue() : publicOf(signing);
        if (!given.isEmpty() && !given.containsKey(idOf(verifying))) {
            throw new Misconfigured("The key in S2_JWT_KEY_FILE does not pair with any key in "
                    + "S2_JWT_PUBLIC_KEY_FILE: add its public key there, in every process.");
        }
        given.put(idOf(verifying), verifying);
        given.values().forEach(Keys::checkLength);
        return new Keys(
                signing,
                verifying,
                given.values().stream()
                        .filter(key -> !key.equals(verifying))
                        .map(PublicKey.class::cast)
                        .toList());
    }

    private static void checkLength(RSAPublicKey key) {
        if (key.getModulus().bitLength() < BITS) {
            throw new Misconfigured(
                    "A key for tokens has " + key.getModulus().bitLength() + " bits; it needs " + BITS + " or more.");
        }
    }

    /**
     * All keys that check tokens, by the name that tokens use ({@code kid}); the one that belongs to {@code signing}
     * comes first.
     */
    SequencedMap<String, PublicKey> byId() {
        SequencedMap<String, PublicKey> all = new LinkedHashMap<>();
        all.put(idOf(verifying), verifying);
        others.forEach(key -> all.put(idOf(key), key));
        return all;
    }

    /** The thumbprint of a key (RFC 7638, SHA-256): the same in every process, without anybody choosing it. */
    static String idOf(PublicKey key) {
        return new RsaJsonWebKey((RSAPublicKey) key).calculateBase64urlEncodedThumbprint("SHA-256");
    }

    /** Whether this process can make tokens. */
    public boolean canIssue() {
        return signing != null;
    }

    /** Refuses to make a token where there is no key for it. */
    void mustIssue() {
        if (!canIssue()) {
            throw Problem.of(
                    Code.IF_ERR_ISSUES_NO_TOKENS,
                    "This process has S2_JWT_PUBLIC_KEY_FILE alone, and no S2_JWT_KEY_FILE.");
        }
    }

    private static RSAPrivateCrtKey readPrivate(Path file) {
        try {
            byte[] key = pem(file, "PRIVATE KEY").getFirst();
            return (RSAPrivateCrtKey) KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(key));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new Misconfigured(file + " holds no private RSA key in PKCS#8 (" + e.getMessage() + ").", e);
        }
    }

    private static List<RSAPublicKey> readPublic(Path file) {
        try {
            List<RSAPublicKey> keys = new ArrayList<>();
            for (byte[] key : pem(file, "PUBLIC KEY")) {
                keys.add((RSAPublicKey) KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(key)));
            }
            return keys;
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new Misconfigured(file + " holds no public RSA key in X.509 (" + e.getMessage() + ").", e);
        }
    }

    private static RSAPublicKey publicOf(RSAPrivateCrtKey key) {
        try {
            var spec = new RSAPublicKeySpec(key.getModulus(), key.getPublicExponent());
            return (RSAPublicKey) KeyFactory.getInstance("RSA").generatePublic(spec);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("The private key has no public key.", e);
        }
    }

    /** The contents between the lines that begin and end such a part: one or more. */
    private static List<byte[]> pem(Path file, String what) {
        String text;
        try {
            // Any bytes are text in this one; what is no PEM is refused below.
            text = Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new Misconfigured("Cannot read the key in " + file + ": " + e.getMessage(), e);
        }
        String begin = "-----BEGIN " + what + "-----";
        String end = "-----END " + what + "-----";
        List<byte[]> parts = new ArrayList<>();
        int from = text.indexOf(begin);
        while (from >= 0) {
            int to = text.indexOf(end, from);
            if (to < 0) {
                break;
            }
            parts.add(Base64.getMimeDecoder().decode(text.substring(from + begin.length(), to)));
            from = text.indexOf(begin, to);
        }
        if (parts.isEmpty()) {
            throw new Misconfigured(file + " is no PEM file with a " + what + ".");
        }
        return parts;
    }

    private static KeyPair pair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(BITS);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java runtime has RSA.", e);
        }
    }

    /**
     * Writes a temporary file and links it into place: of two processes that start together one wins, and both read
     * whole files.
     */
    private static void writeSecret(Path file, String text) {
        try {
            Path directory = file.toAbsolutePath().getParent();
            Files.createDirectories(directory);
            Path aside = Files.createTempFile(directory, file.getFileName() + ".", ".new");
            try {
                if (Files.getFileStore(aside).supportsFileAttributeView("posix")) {
                    Files.setPosixFilePermissions(aside, PosixFilePermissions.fromString("rw-------"));
                }
                Files.writeString(aside, text, StandardCharsets.US_ASCII, StandardOpenOption.TRUNCATE_EXISTING);
                Files.createLink(file, aside);
            } catch (FileAlreadyExistsException _) {
                return;
            } finally {
                Files.deleteIfExists(aside);
            }
        } catch (IOException e) {
            throw new IllegalStateException("Cannot write " + file + ": " + e.getMessage(), e);
        }
    }
}
