package io.infrafabric.gateway.mcp;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.infrafabric.command.Caller;
import io.infrafabric.door.answer.Failures;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.input.BadJson;
import io.infrafabric.door.tool.Thing;
import io.infrafabric.door.tool.Tool;
import io.infrafabric.door.tool.ToolCall;
import io.infrafabric.gateway.GatewayConfig;
import io.infrafabric.gateway.listen.ListenResource;
import io.infrafabric.gateway.mcp.Incoming.Request;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestResponse;

/** MCP over HTTP. It keeps nothing from one call to the next. */
@IfBuildProperty(name = "s2.build.gateway.door", stringValue = "true", enableIfMissing = true)
@Path("/gateway/mcp")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "gateway")
public class McpResource {
    private static final int OK = 200;
    private static final int ACCEPTED = 202;
    private static final String TRACEPARENT = "traceparent";
    private static final String CORE = "core";
    private static final Pattern ADDRESS = Pattern.compile("s2://([a-z]+)(?:/([^/?#]+))?");

    private final Identity identity;
    private final OfferedTools offered;
    private final ToolRuns runs;
    private final ListenResource listening;
    private final Failures failures;
    private final ObjectMapper mapper;
    private final GatewayConfig config;
    private final String version;

    McpResource(
            Identity identity,
            OfferedTools offered,
            ToolRuns runs,
            ListenResource listening,
            Failures failures,
            ObjectMapper mapper,
            GatewayConfig config,
            @ConfigProperty(name = "quarkus.application.version") String version) {
        this.identity = identity;
        this.offered = offered;
        this.runs = runs;
        this.listening = listening;
        this.failures = failures;
        this.mapper = mapper;
        this.config = config;
        this.version = version;
    }

    @POST
    @Operation(
            summary = "A message of the Model Context Protocol",
            description =
                    "For the revisions 2026-07-28 (stateless) and 2025-11-25, 2025-06-18, 2025-03-26 (initialize). "
                            + "One JSON-RPC message a call; a notification is taken (202) and does nothing. No session id is "
                            + "given out, and one that is sent is ignored.")
    @RequestBody(content = @Content(schema = @Schema(implementation = Object.class)))
    @APIResponseSchema(Object.class)
    public Uni<RestResponse<String>> call(
            byte[] body,
            @Parameter(description = "core lists the five tools that are enough to work with") @RestQuery String tools,
            @Parameter(description = "Whether answers of tools have structuredContent (false)") @RestQuery
                    Boolean structured,
            @Context RoutingContext request) {
        Caller caller = identity.caller();
        // What operators do stands in the audit log by the address that they called.
        caller.mustBeSessionItself("Tools over MCP");
        if (tools != null && !tools.equals(CORE)) {
            throw Problem.badInput("tools", CORE + "; leave it out for all tools");
        }
        return switch (read(body, request)) {
            case Incoming.Unanswered _ -> Uni.createFrom().item(Respond.json(ACCEPTED, null, false));
            case Incoming.Refused(JsonNode id, Fault fault) ->
                Uni.createFrom()
                        .item(Respond.json(
                                fault.status(), Wording.answer(id, fault).toString(), false));
            case Request asked ->
                new Serving(caller, asked, request, CORE.equals(tools), Boolean.TRUE.equals(structured)).answered();
        };
    }

    private Incoming read(byte[] body, RoutingContext request) {
        try {
            return Incoming.read(body == null ? null : mapper.readTree(body), request.request()::getHeader);
        } catch (JsonProcessingException broken) {
            Problem problem = BadJson.problemIn(broken);
            return new Incoming.Refused(
                    null, Fault.parse(problem == null ? "The body is not valid JSON." : problem.getMessage()));
        } catch (IOException broken) {
            return new Incoming.Refused(null, Fault.parse("The body is not valid JSON: its bytes are not UTF-8 text."));
        }
    }

    /** One call under way. */
    private final class Serving {
        private final Caller caller;
        private final Request asked;
        private final RoutingContext request;
        private final boolean coreOnly;
        private final boolean structured;

        Serving(Caller caller, Request asked, RoutingContext request, boolean coreOnly, boolean structured) {
            this.caller = caller;
            this.asked = asked;
            this.request = request;
            this.coreOnly = coreOnly;
            this.structured = structured;
        }

        Uni<RestResponse<String>> answered() {
            JsonNode params = asked.params();
            return switch (asked.method()) {
                case "server/discover" -> result(Wording.discovered(version));
                case "initialize" ->
                    result(Wording.initialized(params.path("protocolVersion").asText(), version));
                case "ping" -> result(mapper.createObjectNode());
                case "tools/list" -> result(Wording.list("tools", offered.listed(coreOnly)));
                case "tools/call" -> called(params);
                case "resources/list" -> result(Wording.list("resources", Wording.resources()));
                case "resources/templates/list" -> result(Wording.list("resourceTemplates", Wording.templates()));
                case "subscriptions/listen" -> subscribed(params);
                case "resources/read" -> read(params.path("uri").asText());
                case "prompts/list" -> result(Wording.list("prompts", Wording.prompts()));
                case "prompts/get" ->
                    params.path("name").asText().equals("work")
                            ? result(Wording.work())
                            : fault(Fault.badParams(
                                    "There is no prompt " + params.path("name").asText() + "; there is: work."));
                default -> fault(Fault.noMethod(asked.era(), asked.method()));
            };
        }

        private Uni<RestResponse<String>> called(JsonNode params) {
            String name = params.path("name").asText();
            Optional<Tool> found = offered.find(name);
            if (found.isEmpty()) {
                return fault(Fault.badParams("There is no tool " + name + "; tools/list has all."));
            }
            Tool tool = found.get();
            String parent = Identity.traceparent(asked.meta().path(TRACEPARENT).textValue());
            if (parent != null) {
                request.request().headers().set(TRACEPARENT, parent);
            }
            Uni<ToolCall> checked =
                    Uni.createFrom().item(() -> ToolCall.of(tool, params.get("arguments"), caller, request));
            Progressing progress = new Progressing(request, asked.meta().path("progressToken"), config.progressEvery());
            progress.begin();
            return runs.run(caller, tool, checked, "MCP tool")
                    .map(told -> Wording.told(told, structured))
                    .onFailure(Problem.class)
                    .recoverWithItem(this::refused)
                    .map(result -> json(progress.last(Wording.answer(asked.id(), asked.era(), result))))
                    .onTermination()
                    .invoke(progress::end);
        }

        private Uni<RestResponse<String>> subscribed(JsonNode params) {
            if (asked.era() != Era.STATELESS) {
                return fault(Fault.noMethod(asked.era(), asked.method()));
            }
            if (!params.path("notifications").isObject()) {
                return fault(Fault.badParams("notifications: an object was expected, which says what to be told of."));
            }
            Subscription subscription = new Subscription(request, asked.id(), params.path("notifications"));
            if (!subscription.streams()) {
                return fault(Fault.badParams("subscriptions/listen answers with a stream; accept text/event-stream."));
            }
            try {
                return subscription.told(listening.notices(caller, 0)).map(McpResource::json);
            } catch (Problem full) {
                return fault(Fault.refused(Wording.refusal(full)));
            }
        }

        private ObjectNode refused(Problem problem) {
            return Wording.refused(problem, mapper.valueToTree(problem.body(null)), structured);
        }

        private Uni<RestResponse<String>> read(String uri) {
            Matcher address = ADDRESS.matcher(uri);
            Thing thing = address.matches()
                    ? offered.things().stream()
                            .filter(one -> one.kind().equals(address.group(1)))
                            .findFirst()
                            .orElse(null)
                    : null;
            if (thing == null) {
                return fault(Fault.noResource(asked.era(), uri));
            }
            return run(() -> thing.look().apply(address.group(2)))
                    .map(told -> json(Wording.answer(asked.id(), asked.era(), Wording.read(uri, told))
                            .toString()))
                    .onFailure()
                    .recoverWithItem(failure -> json(Wording.answer(
                                    asked.id(),
                                    new Fault(
                                            OK,
                                            Fault.noResource(asked.era(), uri).code(),
                                            Wording.refusal(problem(failure, "resource")),
                                            null))
                            .toString()));
        }

        private Problem problem(Throwable failure, String what) {
            return failures.problem(failure, "MCP " + what, UUID.randomUUID().toString());
        }

        private Uni<RestResponse<String>> result(ObjectNode result) {
            return Uni.createFrom()
                    .item(json(Wording.answer(asked.id(), asked.era(), result).toString()));
        }

        private Uni<RestResponse<String>> fault(Fault fault) {
            return Uni.createFrom()
                    .item(Respond.json(
                            fault.status(), Wording.answer(asked.id(), fault).toString(), false));
        }
    }

    private static RestResponse<String> json(String text) {
        return Respond.json(OK, text, false);
    }

    private static <T> Uni<T> run(Supplier<Uni<? extends T>> call) {
        return Uni.createFrom().deferred(call);
    }
}
