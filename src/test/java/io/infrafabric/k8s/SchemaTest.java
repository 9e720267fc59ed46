package io.infrafabric.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every object against the strict schema of its kind, and every trigger against what KEDA's scalers read. The schemas are in
 * the folder that {@code -Ds2.k8s} names, {@code ../shared/k8s} if it does not.
 */
class SchemaTest {
    private static final Path FOLDER = Path.of(System.getProperty("s2.k8s", "../shared/k8s"));
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final SchemaRegistry REGISTRY =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private static final Map<String, Schema> SCHEMAS = new HashMap<>();

    private static JsonNode definitions;
    private static JsonNode scalers;

    @BeforeAll
    static void read() throws IOException {
        assumeTrue(
                Files.isDirectory(FOLDER.resolve("schemas")),
                "No schemas of Kubernetes in " + FOLDER
                        + " (-Ds2.k8s=<folder>): objects are not checked against them.");
        definitions = JSON.readTree(FOLDER.resolve("schemas/_definitions.json").toFile())
                .get("definitions");
        ignoreExtensions(definitions);
        scalers = JSON.readTree(FOLDER.resolve("scalers-schema.json").toFile()).get("scalers");
    }

    /** What only the API server knows how to check; the validator would warn of each. */
    private static void ignoreExtensions(JsonNode schema) {
        if (schema instanceof ObjectNode object) {
            object.remove(object.propertyStream()
                    .map(Map.Entry::getKey)
                    .filter(key -> key.startsWith("x-kubernetes-"))
                    .toList());
        }
        schema.forEach(SchemaTest::ignoreExtensions);
    }

    static List<ValueSet> values() {
        return ValueSet.all();
    }

    @ParameterizedTest
    @MethodSource("values")
    void every_object_is_what_its_schema_says(ValueSet values) throws IOException {
        for (ObjectNode object : Chart.render(values)) {
            assertThat(errors(object))
                    .as(Chart.kind(object) + " " + Chart.name(object))
                    .isEmpty();
        }
    }

    @Test
    void a_misspelt_field_is_found_in_every_kind() throws IOException {
        for (ObjectNode object : Chart.render(ValueSet.PRODUCTION)) {
            ObjectNode planted = object.has("spec") ? (ObjectNode) object.get("spec") : object;
            planted.put("replicsa", 1);

            assertThat(errors(object)).as(Chart.kind(object)).anyMatch(error -> error.contains("replicsa"));
        }
    }

    @Test
    void a_misspelt_field_is_found_deep_in_a_container() throws IOException {
        ObjectNode deployment =
                Chart.ofKind(Chart.render(ValueSet.DEFAULTS), "Deployment").getFirst();
        ((ObjectNode) deployment.at("/spec/template/spec/containers/0/securityContext"))
                .put("readOnlyRootFileSystem", true);

        assertThat(errors(deployment)).anyMatch(error -> error.contains("readOnlyRootFileSystem"));
    }

    @ParameterizedTest
    @MethodSource("values")
    void every_trigger_is_what_its_scaler_reads(ValueSet values) {
        var objects = Chart.render(values);

        for (ObjectNode scaled : Chart.ofKind(objects, "ScaledObject")) {
            for (JsonNode trigger : scaled.at("/spec/triggers")) {
                var login = Chart.ofKind(objects, "TriggerAuthentication").stream()
                        .filter(found -> Chart.name(found)
                                .equals(trigger.at("/authenticationRef/name").asText()))
                        .findFirst();
                var parameters = JSON.createArrayNode();
                login.ifPresent(found -> Stream.of("secretTargetRef", "configMapTargetRef")
                        .forEach(from -> found.get("spec").path(from).forEach(parameters::add)));
                assertThat(misread(trigger, parameters))
                        .as("%s of %s", trigger.get("type").asText(), Chart.name(scaled))
                        .isEmpty();
            }
        }
    }

    @Test
    void a_misspelt_trigger_is_found() {
        ObjectNode scaled =
                Chart.ofKind(Chart.render(ValueSet.DEFAULTS), "ScaledObject").getFirst();
        ObjectNode trigger = (ObjectNode) scaled.at("/spec/triggers/0");
        ((ObjectNode) trigger.get("metadata")).put("streamLenght", "5");

        assertThat(misread(trigger, JSON.nullNode())).contains("streamLenght");
        assertThat(misread(trigger.put("type", "redis-stream"), JSON.nullNode()))
                .contains("redis-stream");
    }

    /** What KEDA would not read of this trigger: unknown types and parameters, also those of its login. */
    private static Set<String> misread(JsonNode trigger, JsonNode login) {
        String type = trigger.get("type").asText();
        var known = StreamSupport.stream(scalers.spliterator(), false)
                .filter(scaler -> scaler.get("type").asText().equals(type))
                .findFirst();
        if (known.isEmpty()) {
            return Set.of(type);
        }
        Set<String> misread = trigger.get("metadata")
                .propertyStream()
                .map(Map.Entry::getKey)
                .filter(name ->
                        !parameters(known.get(), "metadataVariableReadable").contains(name))
                .collect(Collectors.toSet());
        StreamSupport.stream(login.spliterator(), false)
                .map(parameter -> parameter.get("parameter").asText())
                .filter(name -> !parameters(known.get(), "triggerAuthenticationVariableReadable")
                        .contains(name))
                .forEach(misread::add);
        return misread;
    }

    private static Set<String> parameters(JsonNode scaler, String readable) {
        return StreamSupport.stream(scaler.get("parameters").spliterator(), false)
                .filter(parameter -> parameter.path(readable).asBoolean())
                .map(parameter -> parameter.get("name").asText())
                .collect(Collectors.toSet());
    }

    private static List<String> errors(ObjectNode object) throws IOException {
        String[] version = object.get("apiVersion").asText().split("/", -1);
        String group = version.length == 1 ? "" : version[0].split("\\.", -1)[0] + "-";
        String name = Chart.kind(object).toLowerCase(Locale.ROOT) + "-" + group + version[version.length - 1];
        Schema schema = SCHEMAS.get(name);
        if (schema == null) {
            Path file = FOLDER.resolve("schemas").resolve(name + ".json");
            String reference = JSON.readTree(file.toFile()).get("$ref").asText();
            ObjectNode root = JSON.createObjectNode();
            root.put("$ref", reference.substring(reference.indexOf('#')));
            root.set("definitions", definitions);
            schema = REGISTRY.getSchema(root);
            SCHEMAS.put(name, schema);
        }
        return schema.validate(object).stream().map(Error::toString).toList();
    }
}
