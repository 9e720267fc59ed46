package io.infrafabric.fabric;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Holds what tests get against what the OpenAPI document says: each status that an operation answers with is described, with
 * its media type, its schema and its codes; and each body that it accepts has the schema of its requests. Members that no
 * schema has are found, too. Calls of addresses that are no operation's are not checked, nor those of resources that only
 * tests have.
 */
public final class Described {
    private static final String DOCUMENT = "META-INF/quarkus-generated-openapi-doc.JSON";
    private static final String ID = "https://s2.test/openapi";
    private static final String REFERENCE = "#/components/schemas/";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Described APPLICATION = read();

    private record Operation(String method, Pattern path, JsonNode described) {}

    private final JsonNode document;
    private final List<Operation> operations = new ArrayList<>();
    private final SchemaRegistry registry;
    private final Map<String, Schema> schemas = new ConcurrentHashMap<>();

    private Described(JsonNode document) {
        this.document = document;
        JsonNode named = document.at("/components/schemas");
        close(named);
        String definitions = JSON.createObjectNode().set("$defs", named).toString();
        this.registry = SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12,
                builder -> builder.schemas(Map.of(ID, definitions.replace(REFERENCE, "#/$defs/"))));
        List<Map.Entry<String, JsonNode>> paths =
                new ArrayList<>(document.path("paths").properties());
        // Of two that fit, the one that names more.
        paths.sort(Comparator.comparingInt(
                path -> path.getKey().replaceAll("[^{]", "").length()));
        for (Map.Entry<String, JsonNode> path : paths) {
            Pattern pattern = Pattern.compile(path.getKey().replaceAll("\\{[^}]+}", "[^/]+"));
            path.getValue()
                    .properties()
                    .forEach(operation -> operations.add(new Operation(
                            operation.getKey().toUpperCase(java.util.Locale.ROOT), pattern, operation.getValue())));
        }
    }

    /** The document of the application that runs in this JVM; {@code null} if none does. */
    public static Described application() {
        return APPLICATION;
    }

    /** The document itself, with closed schemas. */
    public JsonNode document() {
        return document;
    }

    /** What of this JSON is not as the schema says. */
    public List<String> wrong(JsonNode schema, JsonNode json) {
        return schema(schema).validate(json).stream()
                .map(error -> json + ": " + error)
                .toList();
    }

    private static Described read() {
        try (InputStream document = Described.class.getClassLoader().getResourceAsStream(DOCUMENT)) {
            return document == null ? null : new Described(JSON.readTree(document));
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /** Nothing that is not described may stand in an object; only problems have further members. */
    private static void close(JsonNode schemas) {
        schemas.properties().forEach(schema -> {
            if (schema.getValue() instanceof ObjectNode object
                    && object.has("properties")
                    && !object.has("additionalProperties")
                    && !schema.getKey().equals("Problem")) {
                object.put("additionalProperties", false);
            }
        });
    }

    /**
     * Fails if a call and its answer are not as described.
     *
     * @param path with or without a query
     * @param request the body that was sent, {@code null} if none was
     * @param type the media type of the answer, {@code null} if it has none
     */
    public void check(String method, String path, String request, int status, String type, String body) {
        String address = path.split("\\?", 2)[0];
        JsonNode operation = operations.stream()
                .filter(each -> each.method().equals(method)
                        && each.path().matcher(address).matches())
                .map(Operation::described)
                .findFirst()
                .orElse(null);
        if (operation == null || !operation.has("operationId")) {
            return;
        }
        List<String> wrong = new ArrayList<>();
        JsonNode response = resolved(operation.path("responses").path(Integer.toString(status)));
        if (response.isMissingNode()) {
            wrong.add("the status is not described");
        } else {
            answer(response, type, body, wrong);
        }
        if (status < 300) {
            request(operation.path("requestBody"), request, wrong);
        }
        if (!wrong.isEmpty()) {
            throw new AssertionError("The OpenAPI document does not say this of "
                    + operation.path("operationId").asText() + " (" + method + " " + path + " -> " + status + "): "
                    + wrong + "\n" + body);
        }
    }

    private void answer(JsonNode response, String type, String body, List<String> wrong) {
        JsonNode content = response.path("content");
        if (content.isEmpty()) {
            if (body != null && !body.isEmpty()) {
                wrong.add("no body is described");
            }
            return;
        }
        String plain = plain(type == null ? "" : type);
        JsonNode media = content.propertyStream()
                .filter(each -> plain(each.getKey()).equals(plain))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
        if (media == null) {
            wrong.add("the media type " + type + " is not described");
        } else if (plain.endsWith("json")) {
            validate(media.path("schema"), body, "", wrong);
            codes(response.path("x-codes"), tree(body).path("code").asText(), wrong);
        } else {
            // A refusal in plain text begins with its code.
            codes(response.path("x-codes"), body.split(":", 2)[0], wrong);
        }
    }

    private void request(JsonNode described, String body, List<String> wrong) {
        JsonNode schema = described.path("content").path("application/json").path("schema");
        boolean given = body != null && !body.isEmpty() && !body.equals("null");
        if (schema.isMissingNode()) {
            return;
        }
        if (given) {
            validate(schema, body, "request: ", wrong);
        } else if (described.path("required").asBoolean()) {
            wrong.add("request: a body is required");
        }
    }

    private static void codes(JsonNode described, String code, List<String> wrong) {
        for (JsonNode each : described) {
            if (each.asText().equals(code)) {
                return;
            }
        }
        if (!described.isMissingNode()) {
            wrong.add("the code " + code + " is not described");
        }
    }

    private void validate(JsonNode schema, String body, String where, List<String> wrong) {
        JsonNode tree = tree(body);
        if (tree.isMissingNode()) {
            wrong.add(where + "no JSON");
            return;
        }
        schema(schema).validate(tree).forEach(error -> {
            // Numbers in quotes are taken, too, but nobody is told to send them.
            if (!(where.startsWith("request") && error.getMessage().matches("string found, .*number.* expected"))) {
                wrong.add(where + error);
            }
        });
    }

    private Schema schema(JsonNode schema) {
        return schemas.computeIfAbsent(
                schema.toString(), text -> registry.getSchema(text.replace(REFERENCE, ID + "#/$defs/")));
    }

    private JsonNode resolved(JsonNode node) {
        String reference = node.path("$ref").asText();
        return reference.startsWith("#") ? document.at(reference.substring(1)) : node;
    }

    private static String plain(String type) {
        return type.split(";", 2)[0].strip().toLowerCase(java.util.Locale.ROOT);
    }

    private static JsonNode tree(String body) {
        try {
            return JSON.readTree(body == null ? "" : body);
        } catch (JsonProcessingException _) {
            return com.fasterxml.jackson.databind.node.MissingNode.getInstance();
        }
    }
}
