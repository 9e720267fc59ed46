package io.infrafabric.gateway.source;

import io.infrafabric.bus.FailureKind;
import io.infrafabric.command.Quota;
import io.infrafabric.command.Rates;
import io.infrafabric.door.input.BodyLimit;
import io.infrafabric.gateway.source.ReceivedTable.Arriving;
import io.infrafabric.gateway.source.ReceivedTable.Known;
import io.infrafabric.gateway.source.ReceivedTable.Stored;
import io.infrafabric.gateway.source.SourceBodies.Taken;
import io.infrafabric.gateway.source.SourceProof.Challenge;
import io.infrafabric.gateway.source.SourceProof.Genuine;
import io.infrafabric.gateway.source.SourceProof.Refused;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirements;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;

/** Where deliveries come in. Their signature is all that they are believed by. */
@IfBuildProperty(name = "s2.build.gateway.door", stringValue = "true", enableIfMissing = true)
@Path("/gateway/webhooks/{source}")
@Consumes(MediaType.WILDCARD)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "gateway")
public class ReceiveResource {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final Pool pool;
    private final SourceDoor door;
    private final ReceivedIntake intake;
    private final MeterRegistry metrics;
    private final SourceConfig config;
    private final Rates rates = new Rates(MINUTE);

    ReceiveResource(Pool pool, SourceDoor door, ReceivedIntake intake, MeterRegistry metrics, SourceConfig config) {
        this.pool = pool;
        this.door = door;
        this.intake = intake;
        this.metrics = metrics;
        this.config = config;
    }

    @POST
    @Operation(
            summary = "A delivery of a source (no token needed, but its signature)",
            description =
                    "The signature is verified on the bytes as they come. The delivery is stored, and applied after the "
                            + "answer: GET /gateway/sources/{name}/deliveries shows what became of it. One that is known is not "
                            + "stored again.")
    @RequestBody(content = @Content(schema = @Schema(implementation = Object.class)))
    @APIResponseSchema(value = Taken.class, responseCode = "202")
    @SecurityRequirements
    public Uni<RestResponse<Taken>> receive(@RestPath String source, byte[] body, @Context HttpServerRequest request) {
        String name = Check.id("source", source);
        long most = config.sourceMaxBody().asLongValue();
        if (body.length > most) {
            throw BodyLimit.problem(most);
        }
        Map<String, String> headers = new HashMap<>();
        request.headers().forEach(headers::putIfAbsent);
        RawDelivery delivery = new RawDelivery(headers, body);
        return door.known(name).chain(known -> {
            Source found = known.source();
            Quota.Exceeded exceeded = rates.take(
                    List.of(new Quota(
                            "deliveries", "s2.gateway.source-per-minute", "source:" + name, config.sourcePerMinute())),
                    1);
            if (exceeded != null) {
                throw exceeded.problem();
            }
            return door.keys(found)
                    .chain(keys -> take(
                            found,
                            SourceSignature.prove(found.kind(), delivery, keys, door.window(found), known.now()),
                            delivery));
        });
    }

    private Uni<RestResponse<Taken>> take(Source source, SourceProof proof, RawDelivery delivery) {
        return switch (proof) {
            case Challenge(String answer) -> Uni.createFrom().item(RestResponse.ok(new Taken(null, null, answer)));
            case Refused(SourceProof.Why why, String text) -> refuse(source, delivery, why, text);
            case Genuine genuine -> store(source, genuine, delivery);
        };
    }

    private Uni<RestResponse<Taken>> store(Source source, Genuine genuine, RawDelivery delivery) {
        byte[] body = delivery.body();
        // PostgreSQL keeps no NUL in a text, and JSON may have it escaped only, which stays escaped here.
        String text = new String(body, StandardCharsets.UTF_8);
        return intake.take(new Arriving(source.name(), genuine, text, body.length))
                .chain(stored -> switch (stored) {
                    case Stored.Now(UUID id) -> {
                        count(source, "taken");
                        yield accepted(id, false);
                    }
                    case Stored.Before(List<Known> known) -> repeated(source, genuine, delivery, known);
                });
    }

    private static Uni<RestResponse<Taken>> accepted(UUID id, boolean repeated) {
        return Uni.createFrom()
                .item(RestResponse.status(
                        RestResponse.Status.ACCEPTED, new Taken(id.toString(), repeated ? true : null, null)));
    }

    /** The same again is no harm; what was signed once and comes under another name is somebody else's doing. */
    private Uni<RestResponse<Taken>> repeated(Source source, Genuine genuine, RawDelivery delivery, List<Known> known) {
        for (Known one : known) {
            if (genuine.delivery() == null || genuine.delivery().equals(one.delivery())) {
                count(source, "repeated");
                return accepted(one.id(), true);
            }
        }
        String why = "This body came before, as delivery " + known.getFirst().delivery() + ".";
        return refused(source, delivery, why).chain(() -> {
            throw Problem.of(Code.IF_ERR_DELIVERY_REPLAYED, why);
        });
    }

    private Uni<RestResponse<Taken>> refuse(Source source, RawDelivery delivery, SourceProof.Why why, String text) {
        return refused(source, delivery, text).chain(() -> {
            throw switch (why) {
                case SIGNATURE, TIMESTAMP -> Problem.of(Code.IF_ERR_BAD_SIGNATURE, text);
                case BODY -> Problem.badInput("body", "a signed JSON object. " + text);
            };
        });
    }

    /** Keeps it for the operator, unless too many come: then they are only counted. */
    private Uni<Void> refused(Source source, RawDelivery delivery, String why) {
        count(source, "refused");
        int most = config.sourceRefusedPerMinute();
        Quota kept = new Quota("refused", "s2.gateway.source-refused-per-minute", source.name(), most);
        if (most == 0 || rates.take(List.of(kept), 1) != null) {
            return Uni.createFrom().voidItem();
        }
        String event = delivery.header("x-github-event");
        return ReceivedTable.refuse(
                        pool,
                        source.name(),
                        Check.isVisible(event, 100) ? event : null,
                        delivery.body().length,
                        ExternalText.text(why))
                .onFailure(FailureKind::isAway)
                .recoverWithNull();
    }

    private void count(Source source, String outcome) {
        metrics.counter("s2.gateway.deliveries", "source", source.name(), "outcome", outcome)
                .increment();
    }
}
