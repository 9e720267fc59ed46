package io.infrafabric.coordinator;

import io.infrafabric.bus.Bells;
import io.infrafabric.bus.Rings;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Idempotency;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.coordinator.CoordinatorBodies.AckBody;
import io.infrafabric.coordinator.published.Presence;
import io.infrafabric.coordinator.session.Seats;
import io.infrafabric.coordinator.session.SessionInbox;
import io.infrafabric.coordinator.session.SessionInbox.Acknowledged;
import io.infrafabric.coordinator.session.SessionInbox.Item;
import io.infrafabric.coordinator.transaction.InboxTransaction;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.input.Paging;
import io.infrafabric.input.Check;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Reception;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestResponse;

/** A session's inbox over REST: read with a waiting call, kept until acknowledged. */
@IfBuildProperty(name = "s2.build.coordinator.door", stringValue = "true", enableIfMissing = true)
@ApplicationScoped
@Path("/coordinator/sessions/{id}/inbox")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "coordinator")
public class InboxResource {

    /** Notices, oldest first; {@code next} is the value for {@code after} and {@code upTo} of the next calls. */
    @Schema(name = "InboxNotices")
    public record Notices(List<Item> items, long next) {}

    private final Identity identity;
    private final SessionInbox inboxes;
    private final InboxTransaction commands;
    private final Presence presence;
    private final Paging paging;
    private final CoordinatorAnswers answers;
    private final Pool pool;
    private final Seats seats;
    private final Rings rings = new Rings();

    public InboxResource(
            Identity identity,
            SessionInbox inboxes,
            InboxTransaction commands,
            Presence presence,
            Paging paging,
            CoordinatorAnswers answers,
            Pool pool,
            Bells bells) {
        this.identity = identity;
        this.inboxes = inboxes;
        this.commands = commands;
        this.presence = presence;
        this.paging = paging;
        this.answers = answers;
        this.pool = pool;
        this.seats = presence.seats();
        bells.listen("inbox", rings::ring);
        presence.alsoHeard(() -> List.copyOf(rings.awaited()));
    }

    @GET
    @Operation(
            summary = "Read my notices",
            description = "Notices after `after`, oldest first; waits at most waitSeconds (0 to 50) for the first one.")
    public Uni<Notices> read(
            @RestPath String id, @RestQuery Long after, @RestQuery Integer waitSeconds, @RestQuery Integer limit) {
        long enrolment = mine(id);
        long from = Check.between("after", CoordinatorBodies.or(after, 0L), 0, Long.MAX_VALUE);
        int size = paging.limit(limit);
        Duration wait = Duration.ofSeconds(CoordinatorBodies.or(
                CoordinatorBodies.between("waitSeconds", waitSeconds, 0, CoordinatorBodies.LONGEST_WAIT), 0));
        if (wait.isZero()) {
            return inboxes.read(pool, id, enrolment, from, size).map(items -> shown(items, from));
        }
        Seats.Seat seat = seats.take(id);
        Rings.Place place = rings.take(id);
        return inboxes.read(pool, id, enrolment, from, size)
                .chain(items -> items.isEmpty()
                        ? place.rung(wait).chain(() -> inboxes.read(pool, id, enrolment, from, size))
                        : Uni.createFrom().item(items))
                .onTermination()
                .invoke(() -> {
                    place.leave();
                    seat.leave();
                })
                .map(items -> shown(items, from));
    }

    private static Notices shown(List<Item> items, long from) {
        return new Notices(items, items.isEmpty() ? from : items.getLast().seq());
    }

    @POST
    @Path("/ack")
    @Operation(summary = "Acknowledge all notices up to here", description = "Repeating the call does nothing.")
    @APIResponseSchema(Acknowledged.class)
    public Uni<RestResponse<String>> acknowledge(@RestPath String id, AckBody body) {
        long enrolment = mine(id);
        long upTo = Check.between(
                "upTo", Check.given("upTo", Check.given("body", body).upTo()), 0, Long.MAX_VALUE);
        return commands.acknowledge(id, enrolment, upTo, new Keep<>(identity.key(body), this::acknowledged))
                .map(reply -> Respond.reply(reply, this::acknowledged));
    }

    private Idempotency.Answer acknowledged(Acknowledged removed) {
        return answers.rendered(200, removed);
    }

    private long mine(String id) {
        Caller caller = identity.caller();
        caller.mustBe(Check.id("id", id));
        presence.heard(id);
        return caller.enrolment();
    }

    /** Runs while calls are still answered: waiters for a first notice hear that there is none. */
    void stopWaiting(@Observes(notifyObserver = Reception.IF_EXISTS) ShutdownDelayInitiatedEvent ending) {
        rings.close();
    }

    /** Looks again without a bell. */
    @Scheduled(every = "${s2.coordinator.look-again:2s}", concurrentExecution = ConcurrentExecution.SKIP)
    Uni<Void> lookAgain() {
        return rings.lookAgain(sessions -> inboxes.filled(pool, sessions));
    }
}
