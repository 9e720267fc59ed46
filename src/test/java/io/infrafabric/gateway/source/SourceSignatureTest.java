package io.infrafabric.gateway.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.gateway.source.SourceProof.Challenge;
import io.infrafabric.gateway.source.SourceProof.Genuine;
import io.infrafabric.gateway.source.SourceProof.Refused;
import io.infrafabric.gateway.source.SourceProof.Why;
import io.infrafabric.gateway.source.SourceSignature.Window;
import io.infrafabric.problem.Problem;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SourceSignatureTest {
    /** When {@code signatures.jsonl} was signed. */
    private static final Instant AT = Instant.ofEpochSecond(1_796_000_000L);

    private static final Window WINDOW = new Window(Duration.ofDays(3), Duration.ofMinutes(5));

    static Stream<JsonNode> byOthers() {
        return Deliveries.of("signatures.jsonl").stream();
    }

    static Stream<JsonNode> byGitHub() {
        return Deliveries.of("github.jsonl").stream();
    }

    private static SourceKind kind(JsonNode one) {
        return SourceKind.valueOf(one.path("kind").textValue());
    }

    private static SourceKeys keys(JsonNode one) {
        return new SourceKeys(
                kind(one),
                one.has("secret") ? List.of(one.path("secret").textValue()) : List.of(),
                one.has("publicKey") ? List.of(one.path("publicKey").textValue()) : List.of());
    }

    private static SourceProof prove(JsonNode one, byte[] body, Instant now) {
        return SourceSignature.prove(kind(one), Deliveries.signed(one, body), keys(one), WINDOW, now);
    }

    @ParameterizedTest
    @MethodSource("byOthers")
    void what_others_sign_is_genuine_and_one_changed_byte_is_not(JsonNode one) {
        byte[] body = Deliveries.body(one);
        assertThat(prove(one, body, AT)).isInstanceOf(Genuine.class);
        for (int i = 0; i < body.length; i++) {
            byte[] changed = body.clone();
            changed[i] ^= 1;
            assertThat(prove(one, changed, AT))
                    .isInstanceOfSatisfying(
                            Refused.class, no -> assertThat(no.why()).isEqualTo(Why.SIGNATURE));
        }
    }

    @ParameterizedTest
    @MethodSource("byOthers")
    void a_timestamp_holds_up_to_both_edges_and_no_further(JsonNode one) {
        byte[] body = Deliveries.body(one);
        assertThat(prove(one, body, AT.plus(WINDOW.past()))).isInstanceOf(Genuine.class);
        assertThat(prove(one, body, AT.minus(WINDOW.ahead()))).isInstanceOf(Genuine.class);
        for (Instant now : List.of(
                AT.plus(WINDOW.past()).plusSeconds(1), AT.minus(WINDOW.ahead()).minusSeconds(1))) {
            assertThat(prove(one, body, now))
                    .isInstanceOfSatisfying(
                            Refused.class, no -> assertThat(no.why()).isEqualTo(Why.TIMESTAMP));
        }
    }

    @ParameterizedTest
    @MethodSource("byGitHub")
    void github_s_examples_are_genuine_under_their_own_signature_only(JsonNode one) {
        byte[] body = Deliveries.body(one);
        SourceKeys keys =
                new SourceKeys(SourceKind.GITHUB, List.of(one.path("secret").textValue()), List.of());
        RawDelivery delivery = Deliveries.github(one, body, "d-1");
        assertThat(SourceSignature.prove(SourceKind.GITHUB, delivery, keys, WINDOW, AT))
                .isInstanceOfSatisfying(Genuine.class, yes -> {
                    assertThat(yes.event()).isEqualTo(one.path("event").textValue());
                    assertThat(yes.delivery()).isEqualTo("d-1");
                    assertThat(yes.key()).startsWith("sha256:");
                });
        body[body.length / 2] ^= 1;
        assertThat(SourceSignature.prove(SourceKind.GITHUB, Deliveries.github(one, body, "d-1"), keys, WINDOW, AT))
                .isInstanceOf(Refused.class);
    }

    @Test
    void a_delivery_is_known_by_what_is_signed() {
        assertThat(byOthers().map(one -> ((Genuine) prove(one, Deliveries.body(one), AT)).key()))
                .containsExactly("id:msg_1", "id:msg_2", "id:msg_3", "id:evt_1", "id:Ev1", "id:/ci A-1");
    }

    @Test
    void old_and_new_secrets_count_at_once_and_then_only_the_new() {
        JsonNode one = byGitHub().findFirst().orElseThrow();
        String old = one.path("secret").textValue();
        RawDelivery delivery = Deliveries.github(one, Deliveries.body(one), "d-1");
        assertThat(SourceSignature.prove(
                        SourceKind.GITHUB,
                        delivery,
                        new SourceKeys(SourceKind.GITHUB, List.of("new", old), List.of()),
                        WINDOW,
                        AT))
                .isInstanceOf(Genuine.class);
        assertThat(SourceSignature.prove(
                        SourceKind.GITHUB,
                        delivery,
                        new SourceKeys(SourceKind.GITHUB, List.of("new"), List.of()),
                        WINDOW,
                        AT))
                .isInstanceOf(Refused.class);
    }

    @Test
    void sha1_of_github_proves_nothing() {
        RawDelivery delivery = new RawDelivery(
                Map.of("X-Hub-Signature", "sha1=7d38cdd689735b008b3c702edd92eea23791c5f6"),
                "{}".getBytes(StandardCharsets.UTF_8));
        assertThat(SourceSignature.prove(
                        SourceKind.GITHUB,
                        delivery,
                        new SourceKeys(SourceKind.GITHUB, List.of("s"), List.of()),
                        WINDOW,
                        AT))
                .isInstanceOfSatisfying(
                        Refused.class, no -> assertThat(no.text()).contains("X-Hub-Signature-256"));
    }

    @Test
    void slack_s_challenge_is_answered_only_if_it_is_signed() {
        String body = "{\"type\":\"url_verification\",\"challenge\":\"3eZbrw1aB1\",\"token\":\"x\"}";
        assertThat(slack("right", body)).isEqualTo(new Challenge("3eZbrw1aB1"));
        assertThat(slack("wrong", body)).isInstanceOf(Refused.class);
    }

    private static SourceProof slack(String secret, String body) {
        return SourceSignature.prove(
                SourceKind.SLACK,
                new RawDelivery(
                        Map.of(
                                "x-slack-request-timestamp",
                                "" + AT.getEpochSecond(),
                                "x-slack-signature",
                                "v0=" + Deliveries.hmac(secret, "v0:" + AT.getEpochSecond() + ":" + body)),
                        body.getBytes(StandardCharsets.UTF_8)),
                new SourceKeys(SourceKind.SLACK, List.of("right"), List.of()),
                WINDOW,
                AT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{", "{\"a\":1}x", "{\"a\":1,\"a\":2}", "\"text\"", "null"})
    void what_is_signed_and_is_no_json_object_is_refused(String body) {
        assertThat(github(body.getBytes(StandardCharsets.UTF_8), "application/json"))
                .isInstanceOfSatisfying(
                        Refused.class, no -> assertThat(no.why()).isEqualTo(Why.BODY));
    }

    @Test
    void deep_bodies_and_other_encodings_and_types_are_refused() {
        byte[] deep = ("{\"a\":" + "[".repeat(200) + "]".repeat(200) + "}").getBytes(StandardCharsets.UTF_8);
        assertThat(github(deep, "application/json"))
                .isInstanceOfSatisfying(
                        Refused.class, no -> assertThat(no.text()).contains("deep"));
        byte[] latin = "{\"a\":\"\u00fc\"}".getBytes(StandardCharsets.ISO_8859_1);
        assertThat(github(latin, "application/json"))
                .isInstanceOfSatisfying(
                        Refused.class, no -> assertThat(no.text()).contains("UTF-8"));
        byte[] wide = "{\"a\":1}".getBytes(StandardCharsets.UTF_16);
        assertThat(github(wide, "application/json")).isInstanceOf(Refused.class);
        assertThat(github("payload=%7B%7D".getBytes(StandardCharsets.UTF_8), "application/x-www-form-urlencoded"))
                .isInstanceOfSatisfying(
                        Refused.class, no -> assertThat(no.text()).contains("application/json"));
    }

    private static SourceProof github(byte[] body, String type) {
        return SourceSignature.prove(
                SourceKind.GITHUB,
                new RawDelivery(
                        Map.of("content-type", type, "x-hub-signature-256", "sha256=" + Deliveries.hmac("s", body)),
                        body),
                new SourceKeys(SourceKind.GITHUB, List.of("s"), List.of()),
                WINDOW,
                AT);
    }

    @Test
    void keys_of_a_wrong_form_are_refused_and_not_shown() {
        for (String bad : List.of("whsec_***", "plain secret", "c2VjcmV0")) {
            assertThatThrownBy(() -> new SourceKeys(SourceKind.STANDARD, List.of(bad), List.of()))
                    .isInstanceOf(Problem.class)
                    .hasMessageNotContaining(bad);
        }
        assertThatThrownBy(() -> new SourceKeys(SourceKind.STANDARD, List.of(), List.of("whpk_AAAA")))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("32 bytes");
    }
}
