package io.infrafabric.gateway.outgoing;

import io.infrafabric.bus.Feed;
import io.infrafabric.bus.Regularly;
import io.infrafabric.bus.Wanted;
import io.infrafabric.command.Caller;
import io.infrafabric.coordinator.session.Seats;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.identity.LongCalls;
import io.infrafabric.event.Catalogue;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Reception;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestQuery;

/** The event streams of this process. */
@IfBuildProperty(name = "s2.build.gateway.door", stringValue = "true", enableIfMissing = true)
@ApplicationScoped
@Path("/gateway/events")
@Tag(name = "gateway")
public class EventsResource {
    private static final int MOST_TYPES = 100;

    private final Identity identity;
    private final LongCalls tokens;
    private final Feed feed;
    private final EventsConfig config;
    private final Seats seats;
    private final Set<EventStream> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    EventsResource(Identity identity, LongCalls tokens, Feed feed, MeterRegistry metrics, EventsConfig config) {
        this.identity = identity;
        this.tokens = tokens;
        this.feed = feed;
        this.config = config;
        this.seats = new Seats(config.eventsMaxOpen(), config.eventsMaxOpenPerCaller());
        metrics.gauge("s2.event.streams", open, Set::size);
    }

    @GET
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @Operation(
            summary = "Follow what happens",
            description =
                    "A stream of CloudEvents (server-sent events) that stays open. Its `id` is the event's number in the log; "
                            + "with `Last-Event-ID` the stream resumes after that number, and gives each event once. If the log no longer "
                            + "holds what came after it, `event: gap` says so. Without it the stream begins now. A session sees its swarm. "
                            + "A comment says every 15 s that the stream is there. The stream ends when its token does.")
    @APIResponse(
            responseCode = "200",
            description = "Server-sent events",
            content =
                    @Content(mediaType = MediaType.SERVER_SENT_EVENTS, schema = @Schema(implementation = String.class)))
    public Uni<EventAnswer> follow(
            @Parameter(description = "Only this swarm's events (all that the token reaches)") @RestQuery String swarm,
            @Parameter(description = "Only these types, with commas between; `s2.coordinator.*` is all that begin so")
                    @RestQuery
                    String types,
            @Parameter(description = "The id of the last event that was seen") @HeaderParam("Last-Event-ID")
                    String lastEventId,
            RoutingContext call) {
        Caller caller = identity.caller();
        if (caller.isScoped()) {
            throw Problem.of(Code.IF_ERR_FORBIDDEN, "A scoped credential follows nothing.");
        }
        String only = swarm == null ? caller.swarm() : Check.id("swarm", swarm);
        caller.mustRead(only);
        Wanted wanted = new Wanted(only, types(types));
        long lastSeen = Frames.lastSeen(lastEventId);
        if (closed) {
            throw Problem.of(Code.IF_ERR_OVERLOADED, "This process is ending.");
        }
        Seats.Seat seat = seats.take(caller.by());
        Supplier<Uni<Boolean>> letIn = tokens.ofThisCall();
        Context context = Vertx.currentContext();
        HttpServerResponse response = call.response();
        return feed.follow(wanted)
                .onFailure()
                .invoke(seat::leave)
                .map(follower -> new EventAnswer(() -> context.runOnContext(on -> {
                    EventStream[] self = new EventStream[1];
                    EventStream stream =
                            new EventStream(response, context, follower, Visibility.of(caller), letIn, config, () -> {
                                open.remove(self[0]);
                                seat.leave();
                            });
                    self[0] = stream;
                    open.add(stream);
                    response.setChunked(true)
                            .putHeader("cache-control", "no-store")
                            .putHeader("x-accel-buffering", "no");
                    stream.begin(lastSeen);
                })));
    }

    private static Set<String> types(String given) {
        if (given == null) {
            return Set.of();
        }
        Set<String> types =
                Arrays.stream(given.split(",", -1)).map(String::strip).collect(Collectors.toSet());
        if (types.size() > MOST_TYPES) {
            throw Problem.badInput("types", "at most " + MOST_TYPES + " types");
        }
        for (String type : types) {
            Wanted one = new Wanted(null, Set.of(type));
            if (Catalogue.types().stream().noneMatch(known -> one.wants(known.name()))) {
                throw Problem.badInput(
                        "types", "types of docs/events.md with commas between, or beginnings of them and a *");
            }
        }
        return types;
    }

    /** Looks at all open streams now and then: at their tokens, and whether somebody reads them. */
    void lookAtAll(@Observes StartupEvent started, Regularly regularly) {
        regularly.every(config.eventsTokenLook(), "Looking after event streams", () -> {
            open.forEach(EventStream::look);
            return Uni.createFrom().voidItem();
        });
    }

    /** Runs while calls are still answered: readers resume in other processes. */
    void end(@Observes(notifyObserver = Reception.IF_EXISTS) ShutdownDelayInitiatedEvent ending) {
        closed = true;
        open.forEach(EventStream::close);
    }
}
