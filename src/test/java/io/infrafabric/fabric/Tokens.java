package io.infrafabric.fabric;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.UUID;

/**
 * What processes of one installation share to trust each other's tokens.
 *
 * @param keyFile private RSA key, PEM, PKCS#8
 * @param operatorToken accepted as an operator's of everything
 */
public record Tokens(Path keyFile, String operatorToken) {

    private static final int KEY_BITS = 2048;

    /** Makes a key in a file in this directory, and an operator token. */
    public static Tokens make(Path directory) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(KEY_BITS);
            String key = Base64.getMimeEncoder(64, new byte[] {'\n'})
                    .encodeToString(generator.generateKeyPair().getPrivate().getEncoded());
            Path file = Files.createDirectories(directory).resolve("jwt.key");
            Files.writeString(file, "-----BEGIN PRIVATE KEY-----\n" + key + "\n-----END PRIVATE KEY-----\n");
            return new Tokens(file.toAbsolutePath(), UUID.randomUUID().toString() + UUID.randomUUID());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The settings that give them to a {@link FabricProcess}. */
    public Map<String, String> settings() {
        return Map.of("S2_JWT_KEY_FILE", keyFile.toString(), "S2_OPERATOR_TOKEN", operatorToken);
    }
}
