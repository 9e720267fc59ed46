package io.infrafabric.bulkhead.forward;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bulkhead.provider.Provider.Auth;
import io.vertx.core.MultiMap;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeaderRulesTest {
    private static final Auth AUTH = new Auth("env:S2_KEY_A", "authorization", "Bearer");

    private static MultiMap of(String... headers) {
        MultiMap all = MultiMap.caseInsensitiveMultiMap();
        for (int i = 0; i < headers.length; i += 2) {
            all.add(headers[i], headers[i + 1]);
        }
        return all;
    }

    @Test
    void what_is_for_one_connection_stays() {
        MultiMap sent = HeaderRules.toProvider(
                of(
                        "Connection", "keep-alive, X-Mine",
                        "x-mine", "1",
                        "Keep-Alive", "5",
                        "TE", "trailers",
                        "Transfer-Encoding", "chunked",
                        "Host", "fabric",
                        "S2-Task", "t",
                        "X-Forwarded-Proto", "https",
                        "Accept", "*/*",
                        "accept-encoding", "br"),
                null,
                null,
                value -> false,
                1);
        assertThat(sent.names()).containsExactlyInAnyOrder("accept", "accept-encoding", "s2-hops");
        assertThat(sent.get("accept-encoding")).isEqualTo("identity");
    }

    @Test
    void a_token_of_ours_leaves_in_no_header() {
        MultiMap sent = HeaderRules.toProvider(
                of("X-Some", "has ours in it", "X-Other", "not"), null, null, value -> value.contains("ours"), 1);
        assertThat(sent.contains("x-some")).isFalse();
        assertThat(sent.get("x-other")).isEqualTo("not");
    }

    @Test
    void the_key_takes_the_place_of_every_credential() {
        MultiMap sent = HeaderRules.toProvider(
                of("authorization", "Bearer a", "authorization", "Bearer b", "x-api-key", "c"),
                AUTH,
                "k",
                value -> false,
                1);
        assertThat(sent.getAll("authorization")).isEqualTo(List.of("Bearer k"));
        assertThat(sent.contains("x-api-key")).isFalse();
    }

    @Test
    void an_answer_brings_no_key_no_cookie_and_no_header_of_ours() {
        MultiMap answer = MultiMap.caseInsensitiveMultiMap();
        HeaderRules.toClient(
                of(
                        "X-Echo",
                        "the k-secret",
                        "Set-Cookie",
                        "a=b",
                        "S2-Call",
                        "forged",
                        "Connection",
                        "x-one",
                        "X-One",
                        "1",
                        "Content-Length",
                        "3",
                        "X-Fine",
                        "yes"),
                "k-secret",
                true,
                answer);
        assertThat(answer.names()).containsExactlyInAnyOrder("Content-Length", "X-Fine");
    }
}
