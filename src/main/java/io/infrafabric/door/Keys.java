package io.infrafabric.door;

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
import java.util.Base64;
import java.util.Optional;

/**
 * The pair of keys behind the tokens: RSA of at least 2048 bits, used with RS256. Every process verifies and few
 * issue, and of the asymmetric algorithms this one verifies fastest: 57 µs against 425 (ES256) and 685 (Ed25519), on JDK
 * 25 and the machine this was built on.
 *
 * @param signing makes tokens; {@code null} in a process that only verifies
 * @param verifying checks tokens
 */
public record Keys(PrivateKey signing, PublicKey verifying) {
    private static final int BITS = 2048;

    /** Makes a new private key in a new file that only its owner can read. An existing file is left as it is. */
    public static void generate(Path privateKey) {
        byte[] key = pair().getPrivate().getEncoded();
        String pem = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key);
        writeSecret(privateKey, "-----BEGIN PRIVATE KEY-----\n" + pem + "\n-----END PRIVATE KEY-----\n");
    }

    /** A new pair that is kept nowhere, so that no token of another process is taken, nor one of this by another. */
    static Keys passing() {
        KeyPair pair = pair();
        return new Keys(pair.getPrivate(), pair.getPublic());
    }

    /**
     * Loads the keys from PEM files. The public key follows from the private one; if both are given, they must belong
     * together.
     *
     * @throws IllegalStateException if neither is given, or a file is not what it should be; the message says what to do
     */
    public static Keys load(Optional<Path> privateKey, Optional<Path> publicKey) {
        if (privateKey.isEmpty() && publicKey.isEmpty()) {
            throw new IllegalStateException(
                    "No key for tokens: set S2_JWT_KEY_FILE to a file with a private RSA key (PEM,"
                            + " PKCS#8; make one with: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out jwt.key),"
                            + " or S2_JWT_PUBLIC_KEY_FILE to its public key in a process that only verifies tokens.");
        }
        RSAPrivateCrtKey signing = privateKey.map(Keys::readPrivate).orElse(null);
        RSAPublicKey given = publicKey.map(Keys::readPublic).orElse(null);
        RSAPublicKey verifying = signing == null ? given : publicOf(signing);
        if (given != null && !given.getModulus().equals(verifying.getModulus())) {
            throw new IllegalStateException(
                    "The keys in S2_JWT_KEY_FILE and S2_JWT_PUBLIC_KEY_FILE are not of one pair.");
        }
        if (verifying.getModulus().bitLength() < BITS) {
            throw new IllegalStateException("The key for tokens has "
                    + verifying.getModulus().bitLength() + " bits; it needs " + BITS + " or more.");
        }
        return new Keys(signing, verifying);
    }

    /** Whether this process can make tokens. */
    public boolean canIssue() {
        return signing != null;
    }

    private static RSAPrivateCrtKey readPrivate(Path file) {
        try {
            byte[] key = pem(file, "PRIVATE KEY");
            return (RSAPrivateCrtKey) KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(key));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IllegalStateException(file + " holds no private RSA key in PKCS#8: " + e.getMessage(), e);
        }
    }

    private static RSAPublicKey readPublic(Path file) {
        try {
            byte[] key = pem(file, "PUBLIC KEY");
            return (RSAPublicKey) KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(key));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IllegalStateException(file + " holds no public RSA key in X.509: " + e.getMessage(), e);
        }
    }

    private static RSAPublicKey publicOf(RSAPrivateCrtKey key) {
        try {
            var spec = new RSAPublicKeySpec(key.getModulus(), key.getPublicExponent());
            return (RSAPublicKey) KeyFactory.getInstance("RSA").generatePublic(spec);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("The private key has no public one.", e);
        }
    }

    private static byte[] pem(Path file, String what) {
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            throw new IllegalStateException("Cannot read the key in " + file + ": " + e.getMessage(), e);
        }
        String begin = "-----BEGIN " + what + "-----";
        int from = text.indexOf(begin);
        int to = text.indexOf("-----END " + what + "-----");
        if (from < 0 || to < from) {
            throw new IllegalStateException(file + " is no PEM file with a " + what + ".");
        }
        return Base64.getMimeDecoder().decode(text.substring(from + begin.length(), to));
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

    /** Writes aside and moves by a link, so that of two processes that start together one wins and both read whole files. */
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
