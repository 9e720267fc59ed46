package io.infrafabric.door.answer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.event.Catalogue;
import io.infrafabric.fabric.Described;
import io.quarkus.test.junit.QuarkusTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The OpenAPI document describes every operation, and its tables have no row too many. */
@QuarkusTest
class ApiDocumentTest {
    private static final String TESTS_OWN = "/door-test";

    private final JsonNode document = Described.application().document();

    @Test
    void every_operation_stands_in_the_table_of_its_function() {
        Map<String, ApiCall> rows = new TreeMap<>();
        List<String> tables = new ArrayList<>(List.of("/docs/", "/{function}/", "/gateway/"));
        Catalogue.FUNCTIONS.forEach(function -> tables.add("/" + function + "/"));
        tables.forEach(path -> rows.putAll(ApiCall.around(path)));

        assertThat(rows.keySet())
                .containsExactlyInAnyOrderElementsOf(operations().keySet());
        assertThat(rows.values()).extracting(ApiCall::id).doesNotHaveDuplicates();
    }

    @Test
    void every_operation_says_what_it_answers_with() {
        operations().forEach((call, operation) -> {
            assertThat(operation.path("operationId").asText()).as(call).isNotEmpty();
            JsonNode responses = operation.path("responses");
            assertThat(responses.propertyStream().map(Map.Entry::getKey))
                    .as(call)
                    .anyMatch(status -> status.startsWith("2"))
                    .contains("400", "401", "403", "500", "503");
            responses.forEach(response -> assertThat(response.at("/content/application~1json/schema/type")
                            .asText())
                    .as(call)
                    .isNotEqualTo("string"));
        });
    }

    @Test
    void what_answers_always_have_is_in_their_schemas() {
        JsonNode schemas = document.at("/components/schemas");
        ApiCall.always().forEach((name, members) -> {
            assertThat(schemas.has(name)).as(name).isTrue();
            assertThat(new TreeSet<>(schemas.at("/" + name + "/properties")
                            .propertyStream()
                            .map(Map.Entry::getKey)
                            .toList()))
                    .as(name)
                    .containsAll(members);
        });
    }

    @Test
    void every_example_is_what_its_schema_says() {
        List<String> wrong = new ArrayList<>();
        examples(document, wrong);
        assertThat(wrong).isEmpty();
    }

    /** Of schemas the {@code examples}, of parameters and media types the {@code example} beside their schema. */
    private static void examples(JsonNode node, List<String> wrong) {
        if (node.has("schema") && node.has("example")) {
            wrong.addAll(Described.application().wrong(node.get("schema"), node.get("example")));
        }
        if (node.path("examples").isArray()) {
            node.get("examples")
                    .forEach(example -> wrong.addAll(Described.application().wrong(node, example)));
        }
        node.forEach(child -> examples(child, wrong));
    }

    private Map<String, JsonNode> operations() {
        Map<String, JsonNode> operations = new TreeMap<>();
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(operation -> {
                    if (!path.getKey().startsWith(TESTS_OWN)) {
                        operations.put(
                                operation.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey(),
                                operation.getValue());
                    }
                }));
        return operations;
    }
}
