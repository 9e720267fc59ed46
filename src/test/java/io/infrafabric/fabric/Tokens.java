package io.infrafabric.fabric;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.UUID;

/**
 * What processes of one installation share to trust each other's tokens.
 *
 * @param keyFile private RSA key, PEM, PKCS#8
 * @param publicKeyFile its public key, PEM, X.509
 * @param operatorToken accepted as an operator's of everything
 */
public record Tokens(Path keyFile, Path publicKeyFile, String operatorToken) {

    private static final int KEY_BITS = 2048;

    /** Makes a key in a file in this directory, and an operator token. */
    public static Tokens make(Path directory) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(KEY_BITS);
            KeyPair pair = generator.generateKeyPair();
            Files.createDirectories(directory);
            return new Tokens(
                    pem(directory.resolve("jwt.key"), "PRIVATE KEY", pair.getPrivate()),
                    pem(directory.resolve("jwt.pub"), "PUBLIC KEY", pair.getPublic()),
                    UUID.randomUUID().toString() + UUID.randomUUID());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Path pem(Path file, String what, Key key) throws IOException {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded());
        Files.writeString(file, "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n");
        return file.toAbsolutePath();
    }

    /** The settings that give them to a {@link FabricProcess}. */
    public Map<String, String> settings() {
        return Map.of("S2_JWT_KEY_FILE", keyFile.toString(), "S2_OPERATOR_TOKEN", operatorToken);
    }

    /** The same for one that checks tokens and makes none. */
    public Map<String, String> settingsWithoutPrivateKey() {
        return Map.of("S2_JWT_PUBLIC_KEY_FILE", publicKeyFile.toString(), "S2_OPERATOR_TOKEN", operatorToken);
    }
}
