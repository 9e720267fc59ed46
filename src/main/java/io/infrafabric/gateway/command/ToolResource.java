package io.infrafabric.gateway.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.infrafabric.command.Caller;
import io.infrafabric.coordinator.SessionResource;
import io.infrafabric.coordinator.session.SessionTable.Held;
import io.infrafabric.door.answer.Failures;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.tool.Field;
import io.infrafabric.door.tool.Field.Kind;
import io.infrafabric.door.tool.Told;
import io.infrafabric.door.tool.Tool;
import io.infrafabric.door.tool.ToolCall;
import io.infrafabric.gateway.mcp.OfferedTools;
import io.infrafabric.gateway.mcp.ToolRuns;
import io.infrafabric.gateway.mcp.Wording;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;

/** The tools of MCP for shells: a form in, a text out. */
@IfBuildProperty(name = "s2.build.gateway.door", stringValue = "true", enableIfMissing = true)
@Path("/gateway/tools")
@Produces(MediaType.TEXT_PLAIN)
@Tag(name = "gateway")
public class ToolResource {
    private static final String TASK = "task";
    private static final String EPOCH = "epoch";
    private static final int MOST_FIELDS = 100;

    private final Identity identity;
    private final OfferedTools offered;
    private final ToolRuns runs;
    private final SessionResource sessions;
    private final Failures failures;
    private final ObjectMapper mapper;

    ToolResource(
            Identity identity,
            OfferedTools offered,
            ToolRuns runs,
            SessionResource sessions,
            Failures failures,
            ObjectMapper mapper) {
        this.identity = identity;
        this.offered = offered;
        this.runs = runs;
        this.sessions = sessions;
        this.failures = failures;
        this.mapper = mapper;
    }

    @GET
    @Operation(summary = "The tools that a session has, a line each", description = "Fields with * must be given.")
    public String list() {
        identity.caller();
        return offered.all().stream().map(ToolResource::line).collect(Collectors.joining());
    }

    private static String line(Tool tool) {
        String fields = tool.fields().stream()
                .map(field -> " " + field.name() + (field.required() ? "*" : ""))
                .collect(Collectors.joining());
        return tool.name() + fields + ": " + tool.description() + "\n";
    }

    @POST
    @Path("/{tool}")
    @Consumes({MediaType.APPLICATION_FORM_URLENCODED, MediaType.APPLICATION_JSON})
    @Operation(
            summary = "Call a tool, as the command s2 does",
            description =
                    "The arguments are a form, or a JSON object; the answer is a text, and so is a refusal. Where a tool "
                            + "takes a task and its epoch and neither is given, it is the task that the session holds. What is "
                            + "granted stands in S2-Task and S2-Epoch, too.")
    @RequestBody(
            content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(implementation = Object.class)))
    public Uni<RestResponse<String>> call(
            @RestPath String tool,
            String body,
            @HeaderParam(HttpHeaders.CONTENT_TYPE) String type,
            @Context RoutingContext request) {
        Caller caller = identity.caller();
        caller.mustBeSessionItself("Tools");
        return Uni.createFrom()
                .deferred(() -> {
                    Tool found = offered.find(tool)
                            .orElseThrow(() -> Problem.of(Code.IF_ERR_NOT_FOUND, "There is no tool " + tool + ".")
                                    .with("whatToDo", "List them with GET /gateway/tools, or s2 tool."));
                    ObjectNode given = type != null && type.startsWith(MediaType.APPLICATION_JSON)
                            ? object(body)
                            : form(found, body);
                    Uni<ToolCall> checked =
                            withTask(found, given, caller).map(whole -> ToolCall.of(found, whole, caller, request));
                    return runs.run(caller, found, checked, "s2");
                })
                .map(ToolResource::said)
                .onFailure()
                .recoverWithItem(failure -> refused(failures.problem(
                        failure, "s2 " + tool, UUID.randomUUID().toString())));
    }

    private ObjectNode object(String body) {
        try {
            if (mapper.readTree(body) instanceof ObjectNode given) {
                return given;
            }
            throw Problem.badInput("body", "a JSON object");
        } catch (JsonProcessingException broken) {
            throw Problem.badInput("body", "a JSON object");
        }
    }

    /** A form as the tool's arguments: lists are separated by commas, and what may be any JSON is a text if it is none. */
    private ObjectNode form(Tool tool, String body) {
        ObjectNode given = mapper.createObjectNode();
        new QueryStringDecoder(body == null ? "" : body, StandardCharsets.UTF_8, false, MOST_FIELDS)
                .parameters()
                .forEach((name, values) -> given.set(name, value(kind(tool, name), values)));
        return given;
    }

    private static Kind kind(Tool tool, String name) {
        return tool.fields().stream()
                .filter(field -> field.name().equals(name))
                .map(Field::kind)
                .findFirst()
                .orElse(Kind.TEXT);
    }

    private JsonNode value(Kind kind, List<String> values) {
        String last = values.getLast();
        return switch (kind) {
            case TEXTS -> {
                ArrayNode list = mapper.createArrayNode();
                Pattern.compile(",")
                        .splitAsStream(String.join(",", values))
                        .map(String::strip)
                        .filter(value -> !value.isEmpty())
                        .forEach(list::add);
                yield list;
            }
            case ANY -> {
                try {
                    yield mapper.readTree(last);
                } catch (JsonProcessingException plain) {
                    yield mapper.getNodeFactory().textNode(last);
                }
            }
            case SWITCH -> mapper.getNodeFactory().booleanNode(Boolean.parseBoolean(last));
            case TEXT, WHOLE, NUMBER -> mapper.getNodeFactory().textNode(last);
        };
    }

    private Uni<ObjectNode> withTask(Tool tool, ObjectNode given, Caller caller) {
        boolean ofATask = tool.fields().stream().anyMatch(field -> field.name().equals(EPOCH));
        return ofATask && !given.has(TASK) && !given.has(EPOCH)
                ? sessions.get(caller.subject()).map(session -> filled(given, session.leases()))
                : Uni.createFrom().item(given);
    }

    private static ObjectNode filled(ObjectNode given, List<Held> leases) {
        if (leases.size() != 1) {
            throw Problem.badInput(
                    TASK,
                    leases.isEmpty()
                            ? "a task that you hold; you hold none"
                            : "one of those that you hold, and its epoch: "
                                    + leases.stream()
                                            .map(held -> held.task() + " (" + held.epoch() + ")")
                                            .collect(Collectors.joining(", ")));
        }
        return given.put(TASK, leases.getFirst().task())
                .put(EPOCH, leases.getFirst().epoch());
    }

    private static RestResponse<String> said(Told told) {
        var answer = RestResponse.ResponseBuilder.ok(told.text() + "\n");
        if (told.data() != null && told.data().has("lease")) {
            answer.header("S2-Task", told.data().path(TASK).path("id").asText())
                    .header("S2-Epoch", told.data().path("lease").path(EPOCH).asText());
        }
        return answer.build();
    }

    private static RestResponse<String> refused(Problem problem) {
        var answer = RestResponse.ResponseBuilder.<String>create(problem.code().status())
                .entity(Wording.refusal(problem) + "\n");
        if (problem.retryAfter() > 0) {
            answer.header(HttpHeaders.RETRY_AFTER, problem.retryAfter());
        }
        return answer.build();
    }
}
