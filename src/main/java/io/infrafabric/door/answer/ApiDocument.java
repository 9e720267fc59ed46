package io.infrafabric.door.answer;

import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.quarkus.smallrye.openapi.OpenApiFilter;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.PathItem;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.parameters.Parameter;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;
import org.eclipse.microprofile.openapi.models.security.SecurityScheme;

/**
 * What the OpenAPI document says beyond the annotations of resources: who may call, how refusals look, which function.
 */
@OpenApiFilter(stages = OpenApiFilter.RunStage.BUILD)
public class ApiDocument implements OASFilter {
    private static final String PROBLEM = "Problem";
    private static final String BEARER = "bearer";

    @Override
    public void filterOpenAPI(OpenAPI document) {
        if (document.getComponents() == null) {
            document.setComponents(OASFactory.createComponents());
        }
        document.getComponents().addSchema(PROBLEM, problemSchema());
        document.getComponents().addSecurityScheme(BEARER, bearer());
        document.setSecurity(List.of(OASFactory.createSecurityRequirement().addScheme(BEARER)));
        if (document.getPaths() != null && document.getPaths().getPathItems() != null) {
            document.getPaths().getPathItems().forEach(ApiDocument::complete);
        }
    }

    private static void complete(String path, PathItem item) {
        Operation post = item.getPOST();
        if (post != null && !path.endsWith("/tokens")) {
            post.addParameter(idempotencyKey());
        }
        for (Operation operation : item.getOperations().values()) {
            if (operation.getTags() == null || operation.getTags().isEmpty()) {
                operation.addTag(path.split("/", 3)[1]);
            }
            if (operation.getResponses() == null) {
                operation.setResponses(OASFactory.createAPIResponses());
            }
            if (operation.getResponses().getDefaultValue() == null) {
                operation.getResponses().setDefaultValue(refusal());
            }
        }
    }

    private static APIResponse refusal() {
        var media = OASFactory.createMediaType()
                .schema(OASFactory.createSchema().ref(PROBLEM))
                .example(Problem.of(Code.IF_ERR_STALE_EPOCH, "Task build-api is at epoch 4, not 3.")
                        .with("reason", "LEASE_EXPIRED")
                        .with("currentEpoch", 4)
                        .body("swarm-7/run-12"));
        return OASFactory.createAPIResponse()
                .description("A refusal; its code says which (see " + Problem.PAGE + ").")
                .content(OASFactory.createContent().addMediaType(Problem.MEDIA_TYPE, media));
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
                .description("A session's, an operator's or a viewer's token.");
    }

    private static Schema text() {
        return OASFactory.createSchema().addType(Schema.SchemaType.STRING);
    }
}
