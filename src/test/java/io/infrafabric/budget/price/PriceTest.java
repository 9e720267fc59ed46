package io.infrafabric.budget.price;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Prices through the door, on a real PostgreSQL. */
@QuarkusTest
class PriceTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Pool pool;

    @Inject
    Prices prices;

    private Api api;

    @BeforeEach
    void connect() {
        api = new Api(fabric.toString().replaceAll("/$", ""));
    }

    @Test
    void a_price_that_is_set_holds_from_its_moment_on() {
        Answer set = put("/budget/prices/corner/tiny/model:1b", Map.of("input", 0.5, "output", 2));
        assertThat(set.status()).isEqualTo(200);
        assertThat(set.body().path("model").asText()).isEqualTo("tiny/model:1b");
        assertThat(find("corner", "tiny/model:1b").cost(1_000_000, 1_000_000, 0, 0, 0))
                .isEqualByComparingTo("2.5");
        // One that begins later does not hold yet; one that is said again is the same.
        assertThat(put(
                                "/budget/prices/corner/tiny/model:1b",
                                Map.of("input", 9, "output", 9, "from", "2090-01-01T00:00:00Z"))
                        .status())
                .isEqualTo(200);
        assertThat(find("corner", "tiny/model:1b").input()).isEqualByComparingTo("0.5");
        put("/budget/prices/corner/tiny/model:1b", Map.of("input", 0.50, "output", 2.0));
        assertThat(items("/budget/prices?provider=corner")).hasSize(2);
        put("/budget/prices/corner/tiny/model:1b", Map.of("input", 0, "output", 0));
        assertThat(find("corner", "tiny/model:1b").isFree()).isTrue();
        assertThat(prices.of(pool, "nameless", "anthropic", List.of("unheard-of"))
                        .await()
                        .atMost(PATIENCE)
                        .how())
                .isEqualTo(Priced.How.DEAREST);
        assertThat(find("nameless", "unheard-of").isKnown()).isFalse();
        // What it does not list costs as its dearest model.
        put(
                "/budget/prices/corner/large",
                Map.of("input", 5, "output", 7, "tiers", List.of(Map.of("above", 1000, "input", 6, "output", 8))));
        assertThat(find("corner", "never-heard-of").how()).isEqualTo(Priced.How.DEAREST);
        assertThat(find("corner", "large").cost(2000, 0, 0, 0, 0)).isEqualByComparingTo("0.012");
    }

    @Test
    void the_list_shows_what_was_set_before_what_came_along() {
        put("/budget/prices/anthropic/claude-test-1", Map.of("input", 1, "output", 2));
        List<JsonNode> all = items("/budget/prices?provider=anthropic");
        assertThat(all.getFirst().path("model").asText()).isEqualTo("claude-test-1");
        assertThat(all.getFirst().path("by").asText()).startsWith("operator");
        assertThat(all.getLast().path("source").asText()).contains("models.dev");
        List<JsonNode> paged = new ArrayList<>();
        String next = "";
        do {
            JsonNode page = api.get("/budget/prices?provider=anthropic&limit=5" + next, operator)
                    .body();
            page.path("items").forEach(paged::add);
            next = page.path("next").isNull()
                    ? ""
                    : "&cursor=" + page.path("next").asText();
        } while (!next.isEmpty());
        assertThat(paged).isEqualTo(all);
        assertThat(new HashSet<>(paged)).hasSameSizeAs(paged);
        assertThat(items("/budget/prices?model=claude-opus-4-5&provider=anthropic"))
                .hasSize(1);
    }

    @Test
    void what_is_no_price_is_refused() {
        for (Map<String, Object> body : List.of(
                Map.<String, Object>of("input", 1),
                Map.<String, Object>of("input", -1, "output", 1),
                Map.<String, Object>of("input", 1, "output", 1_000_001),
                Map.<String, Object>of("input", 0.0000001, "output", 1),
                Map.<String, Object>of("input", 1, "output", 1, "from", "1999-01-01T00:00:00Z"),
                Map.<String, Object>of("input", 1, "output", 1, "cacheRead", "NaN"),
                Map.<String, Object>of("input", 1, "output", 1, "tiers", List.of(Map.of("input", 1, "output", 1))),
                Map.<String, Object>of(
                        "input",
                        1,
                        "output",
                        1,
                        "tiers",
                        List.of(
                                Map.of("above", 9, "input", 1, "output", 1),
                                Map.of("above", 9, "input", 1, "output", 1))))) {
            assertThat(put("/budget/prices/corner/bad", body).status())
                    .as(body.toString())
                    .isIn(400, 422);
        }
        assertThat(items("/budget/prices?model=bad")).isEmpty();
    }

    private Answer put(String path, Map<String, Object> body) {
        return api.put(path, body, operator);
    }

    private Priced find(String provider, String model) {
        return prices.of(pool, provider, List.of(model)).await().atMost(PATIENCE);
    }

    private List<JsonNode> items(String path) {
        List<JsonNode> items = new ArrayList<>();
        api.get(path + "&limit=100", operator).body().path("items").forEach(items::add);
        return items;
    }
}
