package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tasks are found by their labels. */
@QuarkusTest
class LabelListTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private Swarm swarm;

    @BeforeEach
    void labelled_tasks() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("ann");
        swarm.submit("a", "labels", "{\"team\":\"x\",\"kind\":\"parser\"}");
        swarm.submit("b", "labels", "{\"team\":\"x\",\"kind\":\"manual\"}");
        swarm.submit("c", "labels", "{\"team\":\"y\"}");
        swarm.submit("d");
    }

    private List<String> found(String query) {
        List<String> names = new ArrayList<>();
        String cursor = "";
        while (cursor != null) {
            String path = "/coordinator/tasks?limit=1&swarm=" + swarm.id() + query + cursor;
            JsonNode page = expect(swarm.api().get(path, operator), 200);
            page.path("items").forEach(task -> names.add(task.path("id").asText()));
            cursor = page.path("next").isNull()
                    ? null
                    : "&cursor=" + page.path("next").asText();
        }
        return names;
    }

    @Test
    void several_labels_must_all_be_there() {
        assertThat(found("&label=team:x")).containsExactly(swarm.of("b"), swarm.of("a"));
        assertThat(found("&label=team:x&label=kind:parser")).containsExactly(swarm.of("a"));
        assertThat(found("&label=team:x&label=team:y")).isEmpty();
        assertThat(found("&label=team:parser")).isEmpty();
        assertThat(found("&label=team:x&label=team:x")).hasSize(2);
    }

    @Test
    void they_go_together_with_the_other_filters() {
        long epoch = swarm.claims("ann", "a");
        assertThat(epoch).isPositive();
        assertThat(found("&label=team:x&state=queued")).containsExactly(swarm.of("b"));
        assertThat(found("&label=team:x&state=claimed")).containsExactly(swarm.of("a"));
        assertThat(found("&label=team:x&assignee=" + swarm.of("ann"))).isEmpty();
        Swarm other = new Swarm(fabric, operator);
        other.enrol("bob");
        other.submit("e", "labels", "{\"team\":\"x\"}");
        JsonNode page = expect(swarm.api().get("/coordinator/tasks?label=team:x", other.token("bob")), 200);
        assertThat(page.path("items").findValuesAsText("id"))
                .as("in its own swarm")
                .containsExactly(other.of("e"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"team", ":x", "team:", "team:x y", "te am:x", "team:x:y", "team:ä"})
    void a_word_that_is_no_label_is_refused(String label) {
        Answer refused = swarm.api()
                .get("/coordinator/tasks?label=" + URLEncoder.encode(label, StandardCharsets.UTF_8), operator);
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body().path("field").asText()).isEqualTo("label");
    }

    @Test
    void more_than_a_task_can_have_are_refused() {
        String many = IntStream.range(0, 21).mapToObj(i -> "label=k:v" + i).collect(Collectors.joining("&"));
        Answer refused = swarm.api().get("/coordinator/tasks?" + many, operator);
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body().path("field").asText()).isEqualTo("label");
    }
}
