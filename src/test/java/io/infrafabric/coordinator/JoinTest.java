package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.coordinator.join.JoinConfig;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An agent without a token joins: it asks, an operator approves the code, and the token goes to whoever has the secret. */
@QuarkusTest
class JoinTest {
    private static final String JOINS = "/coordinator/joins";
    private static final String SECRET = "S2-Join-Secret";

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Pool pool;

    @Inject
    JoinConfig config;

    private Swarm swarm;

    @BeforeEach
    void a_swarm() {
        swarm = new Swarm(fabric, operator);
    }

    @AfterEach
    void nobody_waits() {
        pool.query("DELETE FROM coordinator_join").execute().await().indefinitely();
    }

    private JsonNode asked(String name) {
        String body = Swarm.body("swarm", swarm.id(), "name", swarm.of(name), "agent", "claude");
        return expect(swarm.api().post(JOINS, body, null), 201);
    }

    private Answer fetched(JsonNode keys) {
        return swarm.api().get(join(keys), null, SECRET, keys.path("secret").asText());
    }

    private static String join(JsonNode keys) {
        return JOINS + "/" + keys.path("code").asText();
    }

    private Answer approve(JsonNode keys, String token) {
        return swarm.api().post(join(keys) + "/approve", null, token);
    }

    private String tokenOf(String operatedSwarm) {
        String body = "{\"role\":\"operator\",\"swarm\":\"" + operatedSwarm + "\",\"name\":\"op\"}";
        return expect(swarm.api().post("/coordinator/tokens", body, operator), 201)
                .path("token")
                .asText();
    }

    @Test
    void an_approved_agent_gets_a_token_that_works_once_and_only_with_the_secret() {
        JsonNode keys = asked("ann");
        JsonNode waiting = expect(fetched(keys), 202);
        assertThat(waiting.path("state").asText()).isEqualTo("WAITING");
        assertThat(waiting.has("token")).isFalse();

        JsonNode seen = expect(swarm.api().get(join(keys), operator), 200);
        assertThat(seen.path("session").asText()).isEqualTo(swarm.of("ann"));
        assertThat(seen.path("agent").asText()).isEqualTo("claude");
        assertThat(seen.path("address").asText()).isEqualTo("127.0.0.1");

        JsonNode session = expect(approve(keys, operator), 200);
        assertThat(session.path("id").asText()).isEqualTo(swarm.of("ann"));
        assertThat(session.path("swarm").asText()).isEqualTo(swarm.id());
        assertThat(expect(swarm.api().get(join(keys), operator), 200).has("token"))
                .as("an operator sees no token")
                .isFalse();

        JsonNode given = expect(fetched(keys), 200);
        String token = given.path("token").path("token").asText();
        expect(swarm.api().post("/coordinator/sessions/" + swarm.of("ann") + "/heartbeat", "{}", token), 200);
        assertThat(fetched(keys).code()).isEqualTo("IF_ERR_UNKNOWN_JOIN");
    }

    @Test
    void of_many_who_fetch_at_once_one_gets_the_token() {
        JsonNode keys = asked("ann");
        expect(approve(keys, operator), 200);
        List<Integer> answers = IntStream.range(0, 16)
                .mapToObj(_ -> CompletableFuture.supplyAsync(() -> fetched(keys).status()))
                .toList()
                .stream()
                .map(CompletableFuture::join)
                .toList();
        assertThat(answers).containsOnlyOnce(200);
        assertThat(answers.stream().filter(status -> status != 200)).containsOnly(404);
    }

    @Test
    void a_session_that_is_there_already_gets_another_token() {
        swarm.enrol("ann");
        JsonNode keys = asked("ann");
        expect(approve(keys, operator), 200);
        expect(approve(keys, operator), 200);
        String token = expect(fetched(keys), 200).path("token").path("token").asText();
        expect(swarm.api().get("/coordinator/sessions/" + swarm.of("ann"), token), 200);
        expect(swarm.api().get("/coordinator/sessions/" + swarm.of("ann"), swarm.token("ann")), 200);
    }

    @Test
    void codes_are_read_as_people_type_them() {
        JsonNode keys = asked("ann");
        String typed = keys.path("code").asText().toLowerCase(Locale.ROOT).replace("-", "");
        expect(swarm.api().post(JOINS + "/" + typed + "/approve", null, operator), 200);
    }

    @Test
    void only_operators_of_the_swarm_approve_and_nobody_else_looks() {
        JsonNode keys = asked("ann");
        swarm.enrol("bob");
        assertThat(approve(keys, null).status()).isEqualTo(401);
        assertThat(approve(keys, swarm.token("bob")).code()).isEqualTo("IF_ERR_FORBIDDEN");
        assertThat(approve(keys, tokenOf(swarm.of("another"))).status()).isEqualTo(403);
        assertThat(swarm.api().get(join(keys), null).status()).isEqualTo(401);
        assertThat(swarm.api().get(join(keys), swarm.token("bob")).status()).isEqualTo(403);
        assertThat(fetched(keys).status()).as("nobody approved it").isEqualTo(202);
        expect(approve(keys, tokenOf(swarm.id())), 200);
    }

    @Test
    void a_wrong_secret_and_an_unknown_code_look_alike() {
        JsonNode keys = asked("ann");
        expect(approve(keys, operator), 200);
        Answer wrong = swarm.api().get(join(keys), null, SECRET, "x".repeat(43));
        Answer unknown = swarm.api().get(JOINS + "/BCDF-GHJK", null, SECRET, "x".repeat(43));
        assertThat(wrong.status()).isEqualTo(404);
        assertThat(wrong.code()).isEqualTo(unknown.code()).isEqualTo("IF_ERR_UNKNOWN_JOIN");
        assertThat(swarm.api().get(JOINS + "/nothing", null, SECRET, "x").code())
                .isEqualTo("IF_ERR_UNKNOWN_JOIN");
        assertThat(approve(keys, operator).status()).isEqualTo(200);
        expect(fetched(keys), 200);
    }

    @Test
    void a_join_ends_with_its_time() {
        JsonNode keys = asked("ann");
        expect(approve(keys, operator), 200);
        pool.preparedQuery("UPDATE coordinator_join SET expires_at = now() WHERE code = $1")
                .execute(Tuple.of(keys.path("code").asText()))
                .await()
                .indefinitely();
        assertThat(fetched(keys).code()).isEqualTo("IF_ERR_UNKNOWN_JOIN");
        assertThat(approve(keys, operator).code()).isEqualTo("IF_ERR_UNKNOWN_JOIN");
    }

    @Test
    void so_many_of_one_address_wait_and_no_more_and_there_is_room_again_when_their_time_is_over() {
        int most = config.maxJoinsPerAddress();
        pool.preparedQuery("""
                        INSERT INTO coordinator_join (code, secret, session, swarm, address, expires_at)
                        SELECT 'full-' || i, 'none', 'none', 'none', '127.0.0.1', now() + interval '1 hour'
                          FROM generate_series(1, $1) AS i
                        """).execute(Tuple.of(most - 1)).await().indefinitely();
        asked("ann");
        String body = Swarm.body("swarm", swarm.id(), "name", swarm.of("bob"));
        Answer refused = swarm.api().post(JOINS, body, null);
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.code()).isEqualTo("IF_ERR_QUOTA_EXCEEDED");
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        pool.query("UPDATE coordinator_join SET expires_at = now()")
                .execute()
                .await()
                .indefinitely();
        asked("bob");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}|name",
                "{\"name\":\"ann\"}|swarm",
                "{\"name\":\"a b\",\"swarm\":\"s\"}|name",
                "{\"name\":\"ann\",\"swarm\":\"../s\"}|swarm",
                "{\"name\":\"ann\",\"swarm\":\"s\",\"agent\":\"<b>\"}|agent",
            })
    void a_bad_wish_names_the_field(String body, String field) {
        Answer answer = swarm.api().post(JOINS, body, null);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body().path("field").asText()).isEqualTo(field);
    }
}
