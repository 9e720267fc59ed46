package io.infrafabric.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A certificate authority of one test, and a server's certificate for {@code localhost} that it signed, made by the
 * JDK's own {@code keytool}.
 */
final class Certificates {

    private static final String PASSWORD = "changeit";
    private static final String SERVER = "server";

    private final Path directory;

    private Certificates(Path directory) {
        this.directory = directory;
    }

    static Certificates make(Path directory) throws Exception {
        var made = new Certificates(Files.createDirectories(directory).toAbsolutePath());
        made.keytool("-genkeypair", "-alias", "ca", "-dname", "CN=An authority", "-ext", "bc:c", "-keystore", "ca.p12");
        made.keytool("-exportcert", "-rfc", "-alias", "ca", "-keystore", "ca.p12", "-file", "ca.pem");
        made.keytool("-genkeypair", "-alias", SERVER, "-dname", "CN=localhost", "-keystore", "server.p12");
        made.keytool("-certreq", "-alias", SERVER, "-keystore", "server.p12", "-file", "server.csr");
        made.keytool(
                "-gencert",
                "-rfc",
                "-alias",
                "ca",
                "-keystore",
                "ca.p12",
                "-infile",
                "server.csr",
                "-outfile",
                "server.pem",
                "-ext",
                "san=dns:localhost");
        made.keytool("-importcert", "-noprompt", "-alias", "ca", "-keystore", "server.p12", "-file", "ca.pem");
        made.keytool("-importcert", "-alias", SERVER, "-keystore", "server.p12", "-file", "server.pem");
        made.writeKey();
        return made;
    }

    /** Whom clients are to trust (PEM). */
    Path authority() {
        return directory.resolve("ca.pem");
    }

    /** The server's certificate (PEM). */
    Path certificate() {
        return directory.resolve("server.pem");
    }

    /** The server's key (PEM, mode 0600). */
    Path key() {
        return directory.resolve("server.key");
    }

    /** For a server in Java. */
    SSLContext context() throws GeneralSecurityException, IOException {
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store(), PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    private void writeKey() throws GeneralSecurityException, IOException {
        byte[] encoded = store().getKey(SERVER, PASSWORD.toCharArray()).getEncoded();
        Files.createFile(key(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(
                key(),
                "-----BEGIN PRIVATE KEY-----\n"
                        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded)
                        + "\n-----END PRIVATE KEY-----\n");
    }

    private KeyStore store() throws GeneralSecurityException, IOException {
        return KeyStore.getInstance(directory.resolve("server.p12").toFile(), PASSWORD.toCharArray());
    }

    private void keytool(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storepass", PASSWORD));
        if (arguments[0].equals("-genkeypair")) {
            command.addAll(List.of("-keyalg", "RSA", "-keysize", "2048", "-storetype", "PKCS12", "-validity", "2"));
        }
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("keytool.log").toFile())
                .start();
        if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
            throw new IllegalStateException(Files.readString(directory.resolve("keytool.log")));
        }
    }
}
