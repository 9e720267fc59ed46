package io.infrafabric.door.answer;

import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.quarkus.smallrye.openapi.OpenApiFilter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.Components;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.PathItem;
import org.eclipse.microprofile.openapi.models.PathItem.HttpMethod;
import org.eclipse.microprofile.openapi.models.media.MediaType;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.parameters.Parameter;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;
import org.eclipse.microprofile.openapi.models.responses.APIResponses;
import org.eclipse.microprofile.openapi.models.security.SecurityScheme;
import org.jboss.jandex.IndexView;

/**
 * What the OpenAPI document says beyond the annotations of resources: who may call, which function, the id of each call, and
 * each status with which it answers or refuses ({@link ApiCall}). Tests hold every answer that they get against it.
 */
@OpenApiFilter(stages = OpenApiFilter.RunStage.BUILD)
public class ApiDocument implements OASFilter {
    /** The member of a refusal's description that lists its codes. */
    static final String CODES = "x-codes";

    private static final String PROBLEM = "Problem";
    private static final String BEARER = "bearer";
    private static final String TEXT = "text/plain";
    private static final String PAGE = "Page";
    private static final String RESPONSES = "#/components/responses/";
    private static final String SCHEMAS = "#/components/schemas/";

    /** The codes that every call may refuse with. */
    private static final List<Code> EVERY_CALL = List.of(
            Code.IF_ERR_BAD_INPUT,
            Code.IF_ERR_UNKNOWN_PARAMETER,
            Code.IF_ERR_UNAUTHENTICATED,
            Code.IF_ERR_FORBIDDEN,
            Code.IF_ERR_ORIGIN_NOT_ALLOWED,
            Code.IF_ERR_ENDPOINT_NOT_ALLOWED,
            Code.IF_ERR_NOT_ACCEPTABLE,
            Code.IF_ERR_TOO_SLOW,
            Code.IF_ERR_BODY_TOO_LARGE,
            Code.IF_ERR_ADDRESS_TOO_LONG,
            Code.IF_ERR_UNSUPPORTED_MEDIA_TYPE,
            Code.IF_ERR_TOO_MANY_CALLS,
            Code.IF_ERR_HEADERS_TOO_LARGE,
            Code.IF_ERR_INTERNAL,
            Code.IF_ERR_OVERLOADED,
            Code.IF_ERR_UNAVAILABLE,
            Code.IF_ERR_ENDING);

    private static final List<Code> CALLS_WITH_BODY = List.of(Code.IF_ERR_MALFORMED_JSON, Code.IF_ERR_UNKNOWN_FIELD);
    private static final List<Code> CALLS_WITH_KEY = List.of(Code.IF_ERR_IDEMPOTENCY_KEY_REUSED);

    private final IndexView classes;
    private final Map<String, Map<String, ApiCall>> tables = new HashMap<>();

    /** Quarkus gives the index of all classes. */
    public ApiDocument(IndexView classes) {
        this.classes = classes;
    }

    @Override
    public void filterOpenAPI(OpenAPI document) {
        if (document.getComponents() == null) {
            document.setComponents(OASFactory.createComponents());
        }
        document.getComponents().addSchema(PROBLEM, problemSchema());
        document.getComponents().addSecurityScheme(BEARER, bearer());
        document.setSecurity(List.of(OASFactory.createSecurityRequirement().addScheme(BEARER)));
        SealedSchemas.complete(document.getComponents(), classes);
        ApiCall.always().forEach((name, members) -> {
            Schema schema = document.getComponents().getSchemas().get(name);
            if (schema != null) {
                schema.setRequired(members);
            }
        });
        Map<String, String> pages = namePages(document.getComponents());
        if (document.getPaths() != null && document.getPaths().getPathItems() != null) {
            document.getPaths().getPathItems().forEach((path, item) -> {
                complete(document, path, item);
                item.getOperations().values().forEach(operation -> rename(operation, pages));
            });
        }
    }

    /** Names each page after what it lists: the scanner names it after the Java type. Returns the new references by the old. */
    private static Map<String, String> namePages(Components components) {
        Map<String, String> pages = new HashMap<>();
        components.removeSchema(PAGE);
        List.copyOf(components.getSchemas().entrySet()).forEach(named -> {
            Schema items = named.getKey().startsWith(PAGE) && named.getValue().getProperties() != null
                    ? named.getValue().getProperties().get("items")
                    : null;
            if (items != null) {
                String name = PAGE + items.getItems().getRef().replace(SCHEMAS, "");
                components.removeSchema(named.getKey());
                components.addSchema(name, named.getValue());
                pages.put(SCHEMAS + named.getKey(), SCHEMAS + name);
            }
        });
        return pages;
    }

    private static void rename(Operation operation, Map<String, String> schemas) {
        operation.getResponses().getAPIResponses().values().stream()
                .filter(response -> response.getContent() != null)
                .flatMap(response -> response.getContent().getMediaTypes().values().stream())
                .map(MediaType::getSchema)
                .filter(schema -> schema != null && schemas.containsKey(schema.getRef()))
                .forEach(schema -> schema.setRef(schemas.get(schema.getRef())));
    }

    private void complete(OpenAPI document, String path, PathItem item) {
        Operation post = item.getPOST();
        boolean keyed = post != null && !path.endsWith("/tokens") && !path.endsWith("/credentials");
        if (keyed) {
            post.addParameter(idempotencyKey());
        }
        Map<String, ApiCall> table = tables.computeIfAbsent(path.split("/", 3)[1], _ -> ApiCall.around(path));
        item.getOperations().forEach((method, operation) -> {
            if (operation.getTags() == null || operation.getTags().isEmpty()) {
                operation.addTag(path.split("/", 3)[1]);
            }
            if (operation.getResponses() == null) {
                operation.setResponses(OASFactory.createAPIResponses());
            }
            ApiCall call = table.get(method + " " + path);
            if (call != null) {
                complete(document, operation, call, keyed && method == HttpMethod.POST);
            }
            if (operation.getResponses().getDefaultValue() == null) {
                operation.getResponses().setDefaultValue(refusal("A refusal", List.of()));
            }
        });
    }

    private static void complete(OpenAPI document, Operation operation, ApiCall call, boolean keyed) {
        operation.setOperationId(call.id());
        List<Code> codes = new ArrayList<>(EVERY_CALL);
        if (operation.getRequestBody() != null) {
            operation.getRequestBody().setRequired(!call.bodyOptional());
            codes.addAll(CALLS_WITH_BODY);
        }
        if (keyed) {
            codes.addAll(CALLS_WITH_KEY);
        }
        APIResponses was = operation.getResponses();
        APIResponses responses = OASFactory.createAPIResponses();
        call.statuses().forEach(status -> responses.addAPIResponse(status, success(was, status)));
        Map<Integer, List<Code>> common = byStatus(codes);
        codes.addAll(call.codes());
        byStatus(codes).forEach((status, those) -> {
            APIResponse response = call.textRefusals()
                    ? inText(refusal("A refusal", those), those)
                    : those.equals(common.get(status)) ? shared(document, status, those) : refusal("A refusal", those);
            responses.addAPIResponse(Integer.toString(status), response);
        });
        operation.setResponses(responses);
    }

    private static Map<Integer, List<Code>> byStatus(List<Code> codes) {
        return codes.stream()
                .distinct()
                .sorted()
                .collect(Collectors.groupingBy(Code::status, TreeMap::new, Collectors.toList()));
    }

    /** What the resource says of this status, or of its only success. */
    private static APIResponse success(APIResponses was, String status) {
        if (status.equals("204")) {
            return OASFactory.createAPIResponse().description("Nothing to tell");
        }
        APIResponse said = was.getAPIResponse(status);
        if (said == null) {
            said = was.getAPIResponses().entrySet().stream()
                    .filter(response -> response.getKey().startsWith("2"))
                    .filter(response -> response.getValue().getContent() != null)
                    .map(Map.Entry::getValue)
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("No schema for status " + status));
        }
        return OASFactory.createAPIResponse()
                .description(
                        switch (status) {
                            case "201" -> "Made";
                            case "202" -> "Accepted: done step by step";
                            default -> "Done";
                        })
                .content(said.getContent());
    }

    /** A reference to the refusal that all calls have in common. */
    private static APIResponse shared(OpenAPI document, int status, List<Code> codes) {
        String name = "Refused" + status + (codes.containsAll(CALLS_WITH_BODY) ? "WithBody" : "");
        if (document.getComponents().getResponses() == null
                || !document.getComponents().getResponses().containsKey(name)) {
            document.getComponents().addResponse(name, refusal("A refusal", codes));
        }
        return OASFactory.createAPIResponse().ref(RESPONSES + name);
    }

    private static APIResponse refusal(String description, List<Code> codes) {
        String names = codes.stream().map(Code::name).collect(Collectors.joining(", "));
        var media = OASFactory.createMediaType()
                .schema(OASFactory.createSchema().ref(PROBLEM))
                .example(example(codes));
        APIResponse response = OASFactory.createAPIResponse()
                .description(
                        codes.isEmpty()
                                ? description + "; its code says which (see " + Problem.PAGE + ")."
                                : description + ": " + names + ".")
                .content(OASFactory.createContent().addMediaType(Problem.MEDIA_TYPE, media));
        if (!codes.isEmpty()) {
            response.addExtension(CODES, codes.stream().map(Code::name).toList());
        }
        return response;
    }

    /** The same refusal for shells: as a text, unless the call was refused before it came to the function. */
    private static APIResponse inText(APIResponse refusal, List<Code> codes) {
        refusal.getContent()
                .addMediaType(
                        TEXT,
                        OASFactory.createMediaType()
                                .schema(text().description("The code, a colon, what was wrong, and what to do"))
                                .example(
                                        codes.getLast() + ": " + codes.getLast().meaning()));
        return refusal;
    }

    private static Map<String, Object> example(List<Code> codes) {
        return codes.isEmpty()
                ? Problem.of(Code.IF_ERR_STALE_EPOCH, "Task build-api is at epoch 4, not 3.")
                        .with("reason", "LEASE_EXPIRED")
                        .with("currentEpoch", 4)
                        .body("swarm-7/run-12")
                : Problem.of(codes.getLast(), codes.getLast().meaning()).body("swarm-7/run-12");
    }

    private static Schema problemSchema() {
        Schema schema = OASFactory.createSchema()
                .addType(Schema.SchemaType.OBJECT)
                .description("A refusal (RFC 9457). Codes may add members, for example reason or currentEpoch.")
                .required(List.of("type", "title", "status", "code", "detail", "whatToDo"));
        // In this order, so that builds of the same source are the same byte for byte.
        List.of(
                        Map.entry("type", "Where the code is explained"),
                        Map.entry("title", "What the code means"),
                        Map.entry("detail", "What was wrong in this case"),
                        Map.entry("field", "For bad input: which field"),
                        Map.entry("expected", "For bad input: what was expected"),
                        Map.entry("whatToDo", "What the caller can do"),
                        Map.entry("traceToken", "The S2-Trace-Token of the call"))
                .forEach(text -> schema.addProperty(text.getKey(), text().description(text.getValue())));
        schema.addProperty("status", OASFactory.createSchema().addType(Schema.SchemaType.INTEGER));
        Schema code = text().description("Never changes its meaning");
        for (Code each : Code.values()) {
            code.addEnumeration(each.name());
        }
        return schema.addProperty("code", code);
    }

    private static Parameter idempotencyKey() {
        return OASFactory.createParameter()
                .name("Idempotency-Key")
                .in(Parameter.In.HEADER)
                .description("Repeating the call with the same key and body gives the first answer again, for 24 h.")
                .schema(text().minLength(1).maxLength(255))
                .example("submit-build-api-1");
    }

    private static SecurityScheme bearer() {
        return OASFactory.createSecurityScheme()
                .type(SecurityScheme.Type.HTTP)
                .scheme(BEARER)
                .bearerFormat("JWT")
                .description("A session's, an operator's or a viewer's token, or that of a scoped credential.");
    }

    private static Schema text() {
        return OASFactory.createSchema().addType(Schema.SchemaType.STRING);
    }
}
