package io.infrafabric.gateway.otlp;

import io.infrafabric.budget.ExportedCosts;
import io.infrafabric.budget.ExportedCosts.Export;
import io.infrafabric.budget.ExportedCosts.Taken;
import io.infrafabric.budget.ModelUse;
import io.infrafabric.bulkhead.payment.CalledModels;
import io.infrafabric.bus.Aside;
import io.infrafabric.command.Caller;
import io.infrafabric.coordinator.published.AgentSessions;
import io.infrafabric.coordinator.published.SessionProgress;
import io.infrafabric.coordinator.published.SessionProgress.Kind;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.gateway.otlp.ExportReader.Logs;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonObject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestResponse;

/** Where agent clients export to: OTLP over HTTP. */
@IfBuildProperty(name = "s2.build.gateway.door", stringValue = "true", enableIfMissing = true)
@Path("/gateway/otlp/v1")
@Consumes(MediaType.WILDCARD)
@Tag(name = "gateway")
public class OtlpResource {
    private static final String PROTOBUF = "application/x-protobuf";
    private static final int MOST_NAMED = 5;

    private final Identity identity;
    private final AgentSessions sessions;
    private final SessionProgress progress;
    private final CalledModels called;
    private final ExportedCosts costs;
    private final Aside aside;
    private final OtlpConfig config;

    OtlpResource(
            Identity identity,
            AgentSessions sessions,
            SessionProgress progress,
            CalledModels called,
            ExportedCosts costs,
            Aside aside,
            OtlpConfig config) {
        this.identity = identity;
        this.sessions = sessions;
        this.progress = progress;
        this.called = called;
        this.costs = costs;
        this.aside = aside;
        this.config = config;
    }

    @POST
    @Path("/logs")
    @Produces(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Export log records (OTLP/HTTP, JSON): what calls of models cost is booked",
            description =
                    "Of claude_code.api_request, codex.sse_event, gemini_cli.api_response and records with gen_ai.usage.*, the "
                            + "figures are taken; all else is dropped. Each record counts once, however often it is exported. It "
                            + "belongs to the claim that the session had at its time, or to the task in its attribute s2.task. The "
                            + "body may be packed with gzip. The answer is OTLP's: partialSuccess counts records that cannot be "
                            + "booked, and says which are only shown (GET /budget/accounts/{account}/exports).")
    @RequestBody(
            content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(implementation = Object.class)))
    @APIResponseSchema(Object.class)
    public Uni<RestResponse<String>> logs(
            byte[] body,
            @HeaderParam(HttpHeaders.CONTENT_TYPE) String type,
            @HeaderParam(HttpHeaders.CONTENT_ENCODING) String encoding) {
        Caller caller = mustBeSession();
        if (!isJson(type)) {
            throw said(
                    Problem.of(
                            Code.IF_ERR_UNSUPPORTED_MEDIA_TYPE,
                            "Exports are read as JSON. Set OTEL_EXPORTER_OTLP_PROTOCOL=http/json in the exporter's environment."));
        }
        heard(caller);
        return aside.run(() -> ExportReader.read(
                        Unpacking.unpacked(body, encoding, config.otlpMaxBody().asLongValue()),
                        config.otlpMaxRecords(),
                        config.otlpMaxCosts()))
                .onFailure(Problem.class)
                .transform(OtlpResource::said)
                .chain(logs -> taken(caller, logs).map(taken -> answer(logs, taken)));
    }

    private Uni<Taken> taken(Caller caller, Logs logs) {
        return called.of(caller.subject())
                .chain(models -> costs.take(new Export(
                        caller.subject(),
                        caller.isScoped() ? caller.scope().task() : null,
                        caller.by(),
                        logs.uses(),
                        models)))
                .call(taken -> taken.fresh() > 0 && !caller.isScoped()
                        ? shown(caller.subject(), logs.uses())
                        : Uni.createFrom().voidItem());
    }

    /** What was used some time ago is no progress of now. */
    private Uni<Void> shown(String session, List<ModelUse> uses) {
        Instant last = uses.stream()
                .map(ModelUse::at)
                .filter(Objects::nonNull)
                .max(Instant::compareTo)
                .orElse(null);
        return progress.shown(session, Kind.COST, last).onFailure().recoverWithNull();
    }

    @POST
    @Path("/metrics")
    @Produces({MediaType.APPLICATION_JSON, PROTOBUF})
    @Operation(
            summary = "Metrics are dropped",
            description = "So that a client that exports all to one address is content.")
    @RequestBody(
            content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(implementation = Object.class)))
    @APIResponseSchema(Object.class)
    public RestResponse<String> metrics(byte[] body, @HeaderParam(HttpHeaders.CONTENT_TYPE) String type) {
        return dropped(type);
    }

    @POST
    @Path("/traces")
    @Produces({MediaType.APPLICATION_JSON, PROTOBUF})
    @Operation(
            summary = "Traces are dropped",
            description = "So that a client that exports all to one address is content.")
    @RequestBody(
            content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(implementation = Object.class)))
    @APIResponseSchema(Object.class)
    public RestResponse<String> traces(byte[] body, @HeaderParam(HttpHeaders.CONTENT_TYPE) String type) {
        return dropped(type);
    }

    private RestResponse<String> dropped(String type) {
        heard(mustBeSession());
        // The empty message of protobuf has no bytes.
        return isJson(type) ? json("{}") : typed(PROTOBUF, "");
    }

    private Caller mustBeSession() {
        Caller caller = identity.caller();
        if (!caller.isSession()) {
            throw said(Problem.of(
                    Code.IF_ERR_FORBIDDEN,
                    "Only sessions export what they use; this is the token of " + caller.by() + "."));
        }
        return caller;
    }

    private void heard(Caller caller) {
        if (!caller.isScoped()) {
            sessions.heard(caller.subject());
        }
    }

    private static boolean isJson(String type) {
        return type != null && type.toLowerCase(Locale.ROOT).startsWith(MediaType.APPLICATION_JSON);
    }

    /** Exporters log this member of a refusal: it is that of OTLP's {@code Status}. */
    private static Problem said(Problem problem) {
        return problem.with("message", problem.getMessage());
    }

    private static RestResponse<String> answer(Logs logs, Taken taken) {
        int rejected = logs.unusable() + taken.refused();
        List<String> said = new ArrayList<>();
        if (rejected > 0) {
            said.add(rejected + " records have figures or times that cannot be right, and are not booked.");
        }
        if (taken.unpriced() > 0) {
            said.add(
                    "The price of " + taken.unknown().stream().limit(MOST_NAMED).collect(Collectors.joining(", "))
                            + " is not known: " + taken.unpriced()
                            + " calls are shown as unknown, and not booked. An operator sets it with PUT "
                            + "/budget/prices/{provider}/{model}.");
        }
        if (said.isEmpty()) {
            return json("{}");
        }
        return json(new JsonObject()
                .put(
                        "partialSuccess",
                        new JsonObject()
                                .put("rejectedLogRecords", Integer.toString(rejected))
                                .put("errorMessage", String.join(" ", said)))
                .encode());
    }

    private static RestResponse<String> json(String body) {
        return typed(MediaType.APPLICATION_JSON, body);
    }

    private static RestResponse<String> typed(String type, String body) {
        return RestResponse.ResponseBuilder.ok(body)
                .header(HttpHeaders.CONTENT_TYPE, type)
                .build();
    }
}
