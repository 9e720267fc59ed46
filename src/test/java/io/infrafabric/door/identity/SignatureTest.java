package io.infrafabric.door.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.infrafabric.command.Caller;
import io.infrafabric.command.Role;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.smallrye.jwt.build.Jwt;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.RSAPublicKeySpec;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SignatureTest {
    private static final Caller SESSION = new Caller("s1", "red", Role.SESSION);

    @TempDir
    Path directory;

    private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    private Keys keys;
    private Signature signature;

    @BeforeEach
    void generateKey() {
        keys = newKeys("jwt.key");
        signature = new Signature(keys);
    }

    @Test
    void what_is_signed_is_read_back() {
        var session = new Signature.Grant(SESSION, 7, now.plusSeconds(60));
        var operator = new Signature.Grant(new Caller("ann", null, Role.OPERATOR), 0, now.plusSeconds(60));
        assertThat(signature.verify(signature.sign(session, now))).isEqualTo(session);
        assertThat(signature.verify(signature.sign(operator, now))).isEqualTo(operator);
    }

    @Test
    void an_expired_token_is_refused() {
        var grant = new Signature.Grant(SESSION, 0, now.minusSeconds(100));
        refused(signature.sign(grant, now.minusSeconds(200)), "EXPIRED");
    }

    @Test
    void a_token_of_another_key_is_refused() {
        var foreign = new Signature(newKeys("other.key"));
        refused(foreign.sign(new Signature.Grant(SESSION, 0, now.plusSeconds(60)), now), "FORGED");
    }

    @Test
    void a_token_that_was_changed_is_refused() {
        String[] parts = signature
                .sign(new Signature.Grant(SESSION, 0, now.plusSeconds(60)), now)
                .split("\\.", -1);
        String claims = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
        String raised = base64(claims.replace("session", "operator"));
        assertThat(raised).isNotEqualTo(parts[1]);
        refused(parts[0] + "." + raised + "." + parts[2], "FORGED");
    }

    @Test
    void a_token_cannot_choose_its_algorithm() {
        String claims = base64("{\"iss\":\"s2-fabric\",\"sub\":\"x\",\"role\":\"operator\",\"gen\":0,\"exp\":"
                + now.plusSeconds(60).getEpochSecond() + "}");
        refused(base64("{\"alg\":\"none\"}") + "." + claims + ".", "MALFORMED");
        var publicKeyAsSecret = new SecretKeySpec(keys.verifying().getEncoded(), "HmacSHA256");
        refused(Jwt.subject("x").issuer("s2-fabric").sign(publicKeyAsSecret), "MALFORMED");
    }

    @Test
    void a_token_of_another_issuer_or_with_other_claims_is_refused() {
        refused(Jwt.subject("x").issuer("else").sign(keys.signing()), "FORGED");
        refused(Jwt.subject("x").issuer("s2-fabric").sign(keys.signing()), "MALFORMED");
        refused(Jwt.subject("x").issuer("s2-fabric").claim("role", "king").sign(keys.signing()), "MALFORMED");
        refused(
                Jwt.subject("x")
                        .issuer("s2-fabric")
                        .claim("role", "session")
                        .claim("gen", 0)
                        .sign(keys.signing()),
                "MALFORMED");
        refused("what is this", "MALFORMED");
        refused("", "MALFORMED");
    }

    @ParameterizedTest
    @ValueSource(longs = {1L << 62, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE / 1000, 1L << 55})
    void a_token_with_a_time_beyond_all_clocks_is_refused(long time) {
        for (String claim : List.of("exp", "iat", "nbf")) {
            String token = Jwt.subject("x")
                    .issuer("s2-fabric")
                    .claim("role", "operator")
                    .claim("gen", 0)
                    .claim(
                            "exp",
                            claim.equals("exp") ? time : now.plusSeconds(60).getEpochSecond())
                    .claim("iat", claim.equals("iat") ? time : now.getEpochSecond())
                    .claim("nbf", claim.equals("nbf") ? time : now.getEpochSecond())
                    .sign(keys.signing());
            try {
                assertThat(signature.verify(token).caller().subject()).isEqualTo("x");
            } catch (Problem problem) {
                assertThat(problem.code()).isEqualTo(Code.IF_ERR_UNAUTHENTICATED);
            }
        }
    }

    @Test
    void a_generated_key_can_be_read_by_its_owner_alone() throws IOException {
        assertThat(Files.getPosixFilePermissions(directory.resolve("jwt.key")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(directory).isDirectoryNotContaining("glob:**.new");
    }

    @Test
    void an_existing_key_is_never_overwritten() throws IOException {
        String before = Files.readString(directory.resolve("jwt.key"));
        Keys.generate(directory.resolve("jwt.key"));
        assertThat(directory.resolve("jwt.key")).hasContent(before);
    }

    @Test
    void the_public_key_alone_verifies_and_does_not_issue() throws IOException {
        Path publicKey = directory.resolve("public.pem");
        Files.writeString(
                publicKey,
                "-----BEGIN PUBLIC KEY-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(keys.verifying().getEncoded())
                        + "\n-----END PUBLIC KEY-----\n");
        Keys verifier = Keys.load(Optional.empty(), Optional.of(publicKey));
        assertThat(verifier.canIssue()).isFalse();
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(verifier::mustIssue)
                .satisfies(refused -> assertThat(refused.code()).isEqualTo(Code.IF_ERR_ISSUES_NO_TOKENS));
        var grant = new Signature.Grant(SESSION, 0, now.plusSeconds(60));
        assertThat(new Signature(verifier).verify(signature.sign(grant, now))).isEqualTo(grant);

        newKeys("other.key");
        assertThatIllegalStateException()
                .isThrownBy(() -> Keys.load(Optional.of(directory.resolve("other.key")), Optional.of(publicKey)))
                .withMessageContaining("does not pair");
    }

    /** The steps of docs/access.md, in their order. */
    @Test
    void keys_are_exchanged_while_tokens_go_on() throws IOException {
        newKeys("old.key");
        newKeys("new.key");
        Path oldKey = directory.resolve("old.key");
        Path newKey = directory.resolve("new.key");
        Path oldPublic = Files.writeString(directory.resolve("old.pub"), publicPem(oldKey));
        Path both = Files.writeString(directory.resolve("both.pub"), publicPem(oldKey) + publicPem(newKey));
        var grant = new Signature.Grant(SESSION, 0, now.plusSeconds(60));

        // Both are accepted everywhere, before anything is signed with the new one.
        var issuer = new Signature(Keys.load(Optional.of(oldKey), List.of(both)));
        var verifier = new Signature(Keys.load(Optional.empty(), List.of(both)));
        var notYet = new Signature(Keys.load(Optional.empty(), List.of(oldPublic)));
        String before = issuer.sign(grant, now);
        for (Signature any : List.of(issuer, verifier, notYet)) {
            assertThat(any.verify(before)).isEqualTo(grant);
        }

        // The new one signs; tokens of the old one go on.
        var exchanged = new Signature(Keys.load(Optional.of(newKey), List.of(oldPublic, both)));
        String after = exchanged.sign(grant, now);
        for (Signature any : List.of(issuer, verifier, exchanged)) {
            assertThat(any.verify(after)).isEqualTo(grant);
            assertThat(any.verify(before)).isEqualTo(grant);
        }
        refused(notYet, after, "FORGED");

        // The old one is gone, and so are its tokens.
        var alone = new Signature(Keys.load(Optional.of(newKey), List.of()));
        assertThat(alone.verify(after)).isEqualTo(grant);
        refused(alone, before, "FORGED");
    }

    @Test
    void a_token_that_names_no_key_is_tried_with_each_and_one_that_names_another_is_refused() throws IOException {
        Keys first = newKeys("first.key");
        Path both = Files.writeString(
                directory.resolve("both.pub"),
                publicPem(directory.resolve("jwt.key")) + publicPem(directory.resolve("first.key")));
        var verifier = new Signature(Keys.load(Optional.empty(), List.of(both)));
        for (PrivateKey key : List.of(keys.signing(), first.signing())) {
            assertThat(verifier.verify(unnamed(key, null)).caller()).isEqualTo(SESSION);
            refused(verifier, unnamed(key, "another"), "FORGED");
        }
        // The right key, said to be the other one.
        refused(verifier, unnamed(keys.signing(), Keys.idOf(first.verifying())), "FORGED");
        refused(verifier, unnamed(newKeys("stranger.key").signing(), null), "FORGED");
    }

    /** The example of RFC 7638, 3.1. */
    @Test
    void a_key_is_named_by_its_thumbprint() throws GeneralSecurityException {
        BigInteger modulus = new BigInteger(
                1,
                Base64.getUrlDecoder()
                        .decode(
                                "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiF"
                                        + "V4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9"
                                        + "c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1"
                                        + "jF44-csFCur-kEgU8awapJzKnqDKgw"));
        assertThat(Keys.idOf(KeyFactory.getInstance("RSA")
                        .generatePublic(new RSAPublicKeySpec(modulus, BigInteger.valueOf(65537)))))
                .isEqualTo("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    @Test
    void an_operators_token_carries_its_id() {
        Caller ann = new Caller("ann", null, Role.OPERATOR, 0, UUID.randomUUID().toString());
        var grant = new Signature.Grant(ann, 0, now.plusSeconds(60));
        assertThat(signature.verify(signature.sign(grant, now))).isEqualTo(grant);
    }

    @Test
    void a_short_operator_token_is_said_in_a_sentence() {
        assertThatIllegalStateException()
                .isThrownBy(() -> Tokens.longEnough("x".repeat(31)))
                .withMessageContaining("S2_OPERATOR_TOKEN has 31 characters; it needs 32");
        assertThat(Tokens.longEnough("x".repeat(32))).hasSize(32);
    }

    private String unnamed(PrivateKey key, String named) {
        var claims = Jwt.subject(SESSION.subject())
                .issuer("s2-fabric")
                .claim("role", "session")
                .claim("swarm", SESSION.swarm())
                .claim("gen", 0)
                .expiresAt(now.plusSeconds(60))
                .jws();
        return named == null ? claims.sign(key) : claims.keyId(named).sign(key);
    }

    private static String publicPem(Path privateKey) {
        Keys pair = Keys.load(Optional.of(privateKey), Optional.empty());
        return "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(pair.verifying().getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    @Test
    void a_missing_or_wrong_key_is_said_in_a_sentence() throws IOException {
        assertThatIllegalStateException()
                .isThrownBy(() -> Keys.load(Optional.empty(), Optional.empty()))
                .withMessageContaining("S2_JWT_KEY_FILE");
        Path wrong = Files.writeString(directory.resolve("wrong.pem"), "hello");
        assertThatIllegalStateException()
                .isThrownBy(() -> Keys.load(Optional.of(wrong), Optional.empty()))
                .withMessageContaining("wrong.pem is no PEM file");
        assertThatIllegalStateException()
                .isThrownBy(() -> Keys.load(Optional.of(directory.resolve("none")), Optional.empty()))
                .withMessageContaining("Cannot read");
    }

    @Test
    void an_empty_key_of_our_own_is_made_anew_and_a_wrong_one_is_left_alone() throws IOException {
        Path own = Files.createFile(directory.resolve("own.key"));
        Keys made = Keys.own(own);
        assertThat(Keys.own(own)).isEqualTo(made);
        assertThat(Files.getPosixFilePermissions(own)).isEqualTo(PosixFilePermissions.fromString("rw-------"));

        byte[] garbage = {(byte) 0xff, (byte) 0xfe, 'x'};
        Files.write(own, garbage);
        assertThatIllegalStateException()
                .isThrownBy(() -> Keys.own(own))
                .withMessageStartingWith(own + " is no PEM file")
                .withMessageContaining("Put the right file back, or delete this one");
        assertThat(own).hasBinaryContent(garbage);
    }

    private Keys newKeys(String name) {
        Keys.generate(directory.resolve(name));
        return Keys.load(Optional.of(directory.resolve(name)), Optional.empty());
    }

    private void refused(String token, String reason) {
        refused(signature, token, reason);
    }

    private static void refused(Signature by, String token, String reason) {
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> by.verify(token))
                .satisfies(problem -> {
                    assertThat(problem.code()).isEqualTo(Code.IF_ERR_UNAUTHENTICATED);
                    assertThat(problem.extensions()).containsEntry("reason", reason);
                });
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
