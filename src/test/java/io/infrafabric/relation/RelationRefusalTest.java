package io.infrafabric.relation;

import static io.infrafabric.relation.Debate.CLAIMS;
import static io.infrafabric.relation.Debate.PATIENCE;
import static io.infrafabric.relation.Debate.RELATIONS;
import static io.infrafabric.relation.Debate.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Role;
import io.infrafabric.door.identity.Tokens;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who may say what about the graph, and what is refused. */
@QuarkusTest
class RelationRefusalTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Tokens tokens;

    @Inject
    Pool pool;

    private Debate debate;

    @BeforeEach
    void a_debate() {
        debate = new Debate(fabric, operator);
    }

    private String session(String id) {
        return tokens.issue(new Caller(id, debate.swarm, Role.SESSION), Duration.ofHours(1))
                .await()
                .atMost(PATIENCE)
                .token();
    }

    @Test
    void refusals() {
        debate.state("a", 0.5, 1);
        assertThat(debate.relates("a", "contradicts", "nobody").code()).isEqualTo("IF_ERR_UNKNOWN_CLAIM");
        assertThat(debate.relates("a", "contradicts", "a").code()).isEqualTo("IF_ERR_BAD_INPUT");
        assertThat(debate.relates("a", "denies", "a").code()).isEqualTo("IF_ERR_BAD_INPUT");
        assertThat(debate.api
                        .put(CLAIMS + "/" + debate.id("new"), Map.of("swarm", debate.swarm), operator)
                        .code())
                .isEqualTo("IF_ERR_BAD_INPUT");
        Debate other = new Debate(fabric, operator);
        other.state("b", 0.5, 1);
        Map<String, Object> across = Map.of("from", debate.id("a"), "type", "supports", "to", other.id("b"));
        assertThat(debate.api.post(RELATIONS, across, operator).code()).isEqualTo("IF_ERR_BAD_INPUT");
        assertThat(debate.api.post(RELATIONS, across, session("ann")).code()).isEqualTo("IF_ERR_UNKNOWN_CLAIM");
        assertThat(debate.api.get(CLAIMS + "/" + other.id("b"), session("ann")).code())
                .isEqualTo("IF_ERR_UNKNOWN_CLAIM");
        assertThat(debate.api.get("/relation/contradictions/none", operator).code())
                .isEqualTo("IF_ERR_UNKNOWN_CONTRADICTION");
    }

    @Test
    void a_session_speaks_for_itself() {
        String ann = session("ann");
        String bob = session("bob");
        String claim = CLAIMS + "/" + debate.id("mine");
        JsonNode mine = expect(201, debate.api.put(claim, Map.of("statement", "Mine"), ann));
        assertThat(mine.path("session").asText()).isEqualTo("ann");
        assertThat(debate.api.put(claim, Map.of("statement", "Not yours"), bob).code())
                .isEqualTo("IF_ERR_CLAIM_EXISTS");
        assertThat(debate.api
                        .put(claim, Map.of("statement", "x", "session", "ann"), bob)
                        .code())
                .isEqualTo("IF_ERR_NOT_YOUR_SESSION");
        expect(201, debate.api.put(CLAIMS + "/" + debate.id("his"), Map.of("statement", "His"), bob));
        Map<String, Object> said = Map.of("from", debate.id("his"), "type", "contradicts", "to", debate.id("mine"));
        JsonNode relation = expect(201, debate.api.post(RELATIONS, said, bob, "Idempotency-Key", "k"));
        Answer again = debate.api.post(RELATIONS, said, bob, "Idempotency-Key", "k");
        assertThat(again.headers().firstValue("Idempotency-Replayed")).hasValue("true");
        assertThat(again.body()).isEqualTo(relation);
        assertThat(debate.api
                        .delete(RELATIONS + "/" + relation.path("id").asText(), ann)
                        .code())
                .isEqualTo("IF_ERR_NOT_YOUR_SESSION");
        expect(200, debate.api.delete(RELATIONS + "/" + relation.path("id").asText(), bob));
        expect(200, debate.api.delete(RELATIONS + "/" + relation.path("id").asText(), bob));
        assertThat(debate.events(pool, "relation-removed")).hasSize(1);
    }
}
