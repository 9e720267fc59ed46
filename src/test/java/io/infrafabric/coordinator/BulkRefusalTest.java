package io.infrafabric.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Orders for many tasks that say something wrong: the answer names the field, and nothing is changed. */
@QuarkusTest
class BulkRefusalTest {
    private static final String BULK = "/coordinator/tasks/bulk";

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private Swarm swarm;

    @BeforeEach
    void a_swarm_of_one() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("ann");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "do                | {'filter':{},'reason':'r'}",
                "do                | {'do':'EXPLODE','filter':{},'reason':'r'}",
                "filter            | {'do':'CANCEL','reason':'r'}",
                "reason            | {'do':'CANCEL','filter':{}}",
                "reason            | {'do':'CANCEL','filter':{},'reason':' '}",
                "with.assignee     | {'do':'ASSIGN','filter':{},'reason':'r'}",
                "with.assignee     | {'do':'ASSIGN','filter':{},'reason':'r','with':{'assignee':''}}",
                "with.assignee     | {'do':'CANCEL','filter':{},'reason':'r','with':{'assignee':'a'}}",
                "with.priority     | {'do':'ASSIGN','filter':{},'reason':'r','with':{'assignee':'a','priority':'P1'}}",
                "with.priority     | {'do':'REPRIORITISE','filter':{},'reason':'r','with':{}}",
                "with.priority     | {'do':'REPRIORITISE','filter':{},'reason':'r','with':{'priority':'P9'}}",
                "filter.state      | {'do':'CANCEL','filter':{'state':'ASLEEP'},'reason':'r'}",
                "filter.swarm      | {'do':'CANCEL','filter':{'swarm':'a b'},'reason':'r'}",
                "filter.label      | {'do':'CANCEL','filter':{'label':['team']},'reason':'r'}",
                "filter.label      | {'do':'CANCEL','filter':{'label':[null]},'reason':'r'}",
                "filter.requires   | {'do':'CANCEL','filter':{'requires':['a,b']},'reason':'r'}",
                "filter.olderThan  | {'do':'CANCEL','filter':{'olderThan':'yesterday'},'reason':'r'}",
                "filter.olderThan  | {'do':'CANCEL','filter':{'olderThan':'PT'},'reason':'r'}",
                "filter.olderThan  | {'do':'CANCEL','filter':{'olderThan':'PT-1H'},'reason':'r'}",
                "filter.olderThan  | {'do':'CANCEL','filter':{'olderThan':'P99999999999D'},'reason':'r'}",
            })
    void bad_input_is_refused_by_the_name_of_the_field(String field, String body) {
        swarm.submit("t0");
        Answer refused = swarm.api().post(BULK, body.replace('\'', '"'), operator);
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body().path("field").asText()).isEqualTo(field);
        assertThat(swarm.state("t0")).isEqualTo("QUEUED");
    }

    @Test
    void more_labels_than_a_task_can_have_are_refused() {
        String labels = IntStream.range(0, 21).mapToObj(i -> "\"k:v" + i + '"').collect(Collectors.joining(","));
        String body = "{\"do\":\"CANCEL\",\"reason\":\"r\",\"filter\":{\"label\":[" + labels + "]}}";
        Answer refused = swarm.api().post(BULK, body, operator);
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body().path("field").asText()).isEqualTo("filter.label");
    }
}
