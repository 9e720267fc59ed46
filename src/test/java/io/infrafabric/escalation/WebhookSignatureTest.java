package io.infrafabric.escalation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import io.infrafabric.problem.Problem;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Our signatures, verified by the library of the standard. */
class WebhookSignatureTest {
    private static final String BODY = "{\"type\":\"s2.escalation.case-opened.v1\",\"data\":{\"asked\":\"Größer?\"}}";

    private static String secret(int bytes) {
        return "whsec_" + Base64.getEncoder().encodeToString(new byte[bytes]);
    }

    private static Map<String, List<String>> headers(String id, long timestamp, String signature) {
        return Map.of(
                "webhook-id", List.of(id),
                "webhook-timestamp", List.of(Long.toString(timestamp)),
                "webhook-signature", List.of(signature));
    }

    @Test
    void the_library_of_the_standard_verifies_it() {
        long now = Instant.now().getEpochSecond();
        for (int bytes : new int[] {24, 32, 64}) {
            String signature = WebhookSignature.of(secret(bytes), "msg_1", now, BODY);
            assertThatCode(() -> new Webhook(secret(bytes)).verify(BODY, headers("msg_1", now, signature)))
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void it_is_over_the_id_the_time_and_the_body() {
        long now = Instant.now().getEpochSecond();
        String signature = WebhookSignature.of(secret(32), "msg_1", now, BODY);
        Webhook receiver = new Webhook(secret(32));
        assertThatThrownBy(() -> receiver.verify(BODY, headers("msg_2", now, signature)))
                .isInstanceOf(WebhookVerificationException.class);
        assertThatThrownBy(() -> receiver.verify(BODY, headers("msg_1", now - 1, signature)))
                .isInstanceOf(WebhookVerificationException.class);
        assertThatThrownBy(() -> receiver.verify(BODY + " ", headers("msg_1", now, signature)))
                .isInstanceOf(WebhookVerificationException.class);
    }

    @Test
    void a_secret_is_24_to_64_bytes() {
        for (String bad : List.of(
                "",
                "secret",
                secret(23),
                secret(65),
                "whsec_not base64!",
                secret(32).substring(6))) {
            assertThatThrownBy(() -> WebhookSignature.check(bad))
                    .as(bad)
                    .isInstanceOfSatisfying(
                            Problem.class,
                            problem -> assertThat(problem.extensions()).containsEntry("field", "secret"));
        }
        assertThat(WebhookSignature.check(null)).isNull();
    }
}
