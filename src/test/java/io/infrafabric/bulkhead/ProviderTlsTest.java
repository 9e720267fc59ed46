package io.infrafabric.bulkhead;

import static io.infrafabric.bulkhead.Bulkhead.code;
import static io.infrafabric.bulkhead.Bulkhead.json;
import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A provider whose certificate is not accepted gets nothing, and that counts as a failure to connect. */
@QuarkusTest
class ProviderTlsTest {
    private static final String PASSWORD = "changeit";
    private static final char[] SECRET = PASSWORD.toCharArray();
    private static final String TRUSTED = "javax.net.ssl.trustStore";
    private static final String TRUSTED_WITH = "javax.net.ssl.trustStorePassword";
    private static final Origin.Script WELL = (asked, out) -> out.whole(200, "ok");

    @TempDir
    static Path directory;

    private static String trustedBefore;

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private Bulkhead bulkhead;

    /** An authority that the JVM trusts for as long as these tests run, and certificates that it signed. */
    @BeforeAll
    static void certificates() throws Exception {
        keytool("ca", "-dname", "CN=An authority", "-ext", "bc:c");
        keytool("good", "-dname", "CN=localhost", "-ext", "san=dns:localhost", "-signer", "ca");
        keytool("other", "-dname", "CN=example.org", "-ext", "san=dns:example.org", "-signer", "ca");
        keytool("expired", "-dname", "CN=localhost", "-ext", "san=dns:localhost", "-signer", "ca", "-startdate", "-9d");
        keytool("unknown", "-dname", "CN=localhost", "-ext", "san=dns:localhost");
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("ca", all().getCertificate("ca"));
        try (var file = Files.newOutputStream(directory.resolve("trusted.p12"))) {
            trusted.store(file, SECRET);
        }
        trustedBefore = System.getProperty(TRUSTED);
        System.setProperty(TRUSTED, directory.resolve("trusted.p12").toString());
        System.setProperty(TRUSTED_WITH, PASSWORD);
    }

    @AfterAll
    static void the_jvm_trusts_whom_it_did() {
        System.clearProperty(TRUSTED_WITH);
        if (trustedBefore == null) {
            System.clearProperty(TRUSTED);
        } else {
            System.setProperty(TRUSTED, trustedBefore);
        }
    }

    @BeforeEach
    void a_swarm() {
        bulkhead = new Bulkhead(fabric, operator);
    }

    @Test
    void a_certificate_of_its_name_from_an_authority_that_is_trusted_is_accepted() throws Exception {
        try (Origin origin = Origin.of(context("good"), WELL)) {
            provider(origin);
            HttpResponse<String> answer = bulkhead.post("p", "/x", "{}");
            assertThat(answer.statusCode() + answer.body()).isEqualTo("200ok");
        }
    }

    @ParameterizedTest
    @CsvSource({"unknown, certification path", "other, localhost", "expired, NotAfter"})
    void another_one_is_not(String alias, String why) throws Exception {
        try (Origin origin = Origin.of(context(alias), WELL)) {
            provider(origin);
            for (int call = 0; call < 2; call++) {
                HttpResponse<String> answer = bulkhead.post("p", "/x", "{}");
                assertThat(answer.statusCode() + " " + code(answer)).isEqualTo("502 IF_ERR_PROVIDER_UNREACHABLE");
                JsonNode problem = json(answer.body());
                assertThat(problem.path("sent").asBoolean()).isFalse();
                assertThat(problem.path("reason").asText())
                        .contains("certificate is not accepted")
                        .contains(why);
                assertThat(problem.at("/error/message").asText()).contains(why);
                assertThat(answer.headers().firstValue("x-should-retry")).isEmpty();
                assertThat(answer.headers().firstValue("retry-after")).isPresent();
            }
            mustBeOpen();
            assertThat(origin.requests).isEmpty();
        }
    }

    @Test
    void a_provider_that_speaks_no_tls_is_said_to() throws Exception {
        try (Origin origin = Origin.of((asked, out) -> out.whole(200, "sk-secret"))) {
            provider(origin);
            for (int call = 0; call < 2; call++) {
                HttpResponse<String> answer = bulkhead.post("p", "/x", "{}");
                assertThat(answer.statusCode() + " " + code(answer)).isEqualTo("502 IF_ERR_PROVIDER_UNREACHABLE");
                assertThat(json(answer.body()).path("reason").asText()).isEqualTo("TLS failed");
            }
            mustBeOpen();
        }
    }

    private void provider(Origin origin) {
        bulkhead.provider(
                "p",
                "https://localhost:" + origin.port(),
                ",\"timeouts\":{\"connect\":30},\"breaker\":{\"minCalls\":2,\"openSeconds\":300}");
    }

    private void mustBeOpen() throws Exception {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> expect(bulkhead.swarm().api().get(bulkhead.path("p"), operator), 200)
                        .at("/live/breaker/state")
                        .asText()
                        .equals("OPEN"));
        assertThat(code(bulkhead.post("p", "/x", "{}"))).isEqualTo("IF_ERR_PROVIDER_OPEN");
    }

    private static SSLContext context(String alias) throws GeneralSecurityException, IOException {
        KeyStore one = KeyStore.getInstance("PKCS12");
        one.load(null, null);
        Certificate[] chain = all().getCertificateChain(alias);
        one.setKeyEntry(alias, all().getKey(alias, SECRET), SECRET, chain);
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(one, SECRET);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    private static KeyStore all() throws GeneralSecurityException, IOException {
        return KeyStore.getInstance(directory.resolve("all.p12").toFile(), SECRET);
    }

    /** A key pair of this name, of elliptic curves, which takes no time, and valid for two days. */
    private static void keytool(String alias, String... more) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-J-XX:TieredStopAtLevel=1",
                "-J-XX:+UseSerialGC",
                "-genkeypair",
                "-alias",
                alias,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-validity",
                "2",
                "-keystore",
                "all.p12",
                "-storepass",
                PASSWORD));
        command.addAll(List.of(more));
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
