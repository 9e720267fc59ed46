package io.infrafabric.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** How much memory a pod asks for and may have. */
class MemoryTest {
    static List<ValueSet> values() {
        return ValueSet.all();
    }

    /** Peaks in MiB that were seen in a cluster, on the JVM; values.yaml names them too. */
    @ParameterizedTest
    @CsvSource({
        "gateway, 280",
        "coordinator, 218",
        "escalation, 203",
        "budget, 197",
        "consensus, 197",
        "dissent, 191",
        "stealing, 141",
        "rescue, 137",
        "migrate, 242"
    })
    void a_pod_has_more_than_what_it_took_at_its_peak(String component, double peak) {
        JsonNode resources = resources(Chart.render(ValueSet.DEFAULTS), component);

        assertThat(mebibytes(resources.at("/requests/memory"))).isBetween(1.2 * peak, 1.5 * peak);
        assertThat(mebibytes(resources.at("/limits/memory"))).isGreaterThan(1.9 * peak);
    }

    @ParameterizedTest
    @MethodSource("values")
    void nobody_asks_for_more_than_it_may_have(ValueSet values) {
        for (ObjectNode workload : Chart.render(values)) {
            JsonNode resources = workload.at("/spec/template/spec/containers/0/resources");
            if (resources.isObject()) {
                assertThat(mebibytes(resources.at("/requests/memory")))
                        .as(Chart.name(workload))
                        .isLessThanOrEqualTo(mebibytes(resources.at("/limits/memory")));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"128Mi, 128Mi", "1Gi, 256Mi", "0.2Gi, 0.2Gi", "131072Ki, 131072Ki", "134217728, 134217728"})
    void a_lower_limit_lowers_the_request(String limit, String request) {
        var values = ValueSet.of("limit " + limit, "functions: {budget: {memory: '" + limit + "'}}");

        assertThat(resources(Chart.render(values), "budget")
                        .at("/requests/memory")
                        .asText())
                .isEqualTo(request);
    }

    @Test
    void the_migration_has_a_request_of_its_own() {
        var values = ValueSet.of("small migration", "migration: {memory: 300Mi, memoryRequest: 200Mi}");

        JsonNode resources = resources(Chart.render(values), "migrate");

        assertThat(resources.at("/requests/memory").asText()).isEqualTo("200Mi");
        assertThat(resources.at("/limits/memory").asText()).isEqualTo("300Mi");
    }

    /** 60 %, as a JVM's; by itself a binary would let its heap grow to 80 % of the limit. */
    @ParameterizedTest
    @CsvSource({"native, 512Mi, -Xmx307m", "native, 1Gi, -Xmx614m", "native, 134217728, -Xmx76m", "jvm, 512Mi,"})
    void a_native_process_leaves_room_for_what_is_not_heap(String flavor, String memory, String heap) {
        var values = ValueSet.of("heap " + flavor + memory, """
                image: {flavor: %s}
                functions: {budget: {memory: '%s'}}
                migration: {memory: '%s'}""".formatted(flavor, memory, memory));
        List<ObjectNode> objects = Chart.render(values);

        assertThat(arguments(objects, "budget")).isEqualTo(heap == null ? List.of() : List.of(heap));
        assertThat(arguments(objects, "migrate"))
                .isEqualTo(heap == null ? List.of("migrate") : List.of(heap, "migrate"));
    }

    private static List<String> arguments(List<ObjectNode> objects, String component) {
        return StreamSupport.stream(container(objects, component).path("args").spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }

    private static double mebibytes(JsonNode quantity) {
        return Quantity.getAmountInBytes(Quantity.parse(quantity.asText())).doubleValue() / (1 << 20);
    }

    private static JsonNode resources(List<ObjectNode> objects, String component) {
        return container(objects, component).path("resources");
    }

    private static JsonNode container(List<ObjectNode> objects, String component) {
        return objects.stream()
                .filter(object -> object.at("/spec/template").isObject())
                .filter(object -> Chart.name(object).equals(Chart.RELEASE + "-" + component))
                .findFirst()
                .orElseThrow()
                .at("/spec/template/spec/containers/0");
    }
}
