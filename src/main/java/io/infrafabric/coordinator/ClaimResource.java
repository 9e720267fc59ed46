package io.infrafabric.coordinator;

import io.infrafabric.bus.Bells;
import io.infrafabric.bus.FailureKind;
import io.infrafabric.bus.Schema;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Idempotency;
import io.infrafabric.command.Once.Asked;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.coordinator.CoordinatorBodies.ClaimBody;
import io.infrafabric.coordinator.claim.Claiming.Answer;
import io.infrafabric.coordinator.claim.Claiming.Claim;
import io.infrafabric.coordinator.claim.Ending;
import io.infrafabric.coordinator.claim.WaitingRoom;
import io.infrafabric.coordinator.published.OtherQueues;
import io.infrafabric.coordinator.published.Presence;
import io.infrafabric.coordinator.session.Seats;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.transaction.ClaimTransaction;
import io.infrafabric.coordinator.transaction.LeaseTransaction;
import io.infrafabric.door.answer.Delivery;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.input.Check;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Reception;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;
import org.jboss.resteasy.reactive.server.Cancellable;

/** Claims over REST, and the room where claims wait that find nothing. */
@IfBuildProperty(name = "s2.build.coordinator.door", stringValue = "true", enableIfMissing = true)
@ApplicationScoped
@Path("/coordinator/sessions/{session}/claims")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "coordinator")
public class ClaimResource {
    private static final Logger LOG = Logger.getLogger(ClaimResource.class);
    private static final Idempotency.Answer NOTHING = new Idempotency.Answer(204, null);

    private final Identity identity;
    private final ClaimTransaction claims;
    private final OtherQueues others;
    private final LeaseTransaction leases;
    private final Presence presence;
    private final CoordinatorAnswers answers;
    private final CoordinatorConfig config;
    private final WaitingRoom room;
    private final Seats seats;
    private final Timer latency;

    public ClaimResource(
            Identity identity,
            ClaimTransaction claims,
            OtherQueues others,
            LeaseTransaction leases,
            Presence presence,
            CoordinatorAnswers answers,
            Bells bells,
            MeterRegistry metrics,
            CoordinatorConfig config) {
        this.identity = identity;
        this.claims = claims;
        this.others = others;
        this.leases = leases;
        this.presence = presence;
        this.answers = answers;
        this.config = config;
        this.room = claims.room();
        this.seats = presence.seats();
        this.latency = Timer.builder("s2.claim.latency")
                .description("From a claim's call to its answer, without the time it waited for work")
                .tag("function", "coordinator")
                .publishPercentiles(0.5, 0.99)
                .register(metrics);
        metrics.gauge("s2.claims.waiting", room, WaitingRoom::size);
        bells.listen("tasks", room::ring);
        bells.listen("assigned", room::ringFor);
        bells.listen("keys", room::keyCameFree);
        presence.alsoHeard(room::present);
    }

    // If a claim were cancelled with its client during the commit, nobody would give the lease back.
    @Cancellable(false)
    @POST
    @Operation(
            summary = "Claim a task",
            description = "201 with the task, its lease and its hold; 204 if there is nothing (after waitSeconds). The "
                    + "session's own assigned tasks come first, then those of the swarm by priority and age. Tasks "
                    + "that the session cannot pay for are skipped; 402 at once, even while waiting, if only money "
                    + "stood in the way. Tasks that it gave back rest for it a little while. holding lists its "
                    + "other leases. In a paused swarm the call waits as for work, and then gets 409. A claim that "
                    + "would come back empty takes from the queue of a busy session (see stealing), unless steal is "
                    + "false.")
    @APIResponseSchema(CoordinatorAnswers.Claimed.class)
    public Uni<RestResponse<String>> claim(@RestPath String session, ClaimBody body, @Context RoutingContext request) {
        Delivery delivery = Delivery.of(request);
        Caller caller = identity.caller();
        caller.mustBe(Check.id("session", session));
        presence.heard(session);
        ClaimBody wish = CoordinatorBodies.or(body, ClaimBody.ANY);
        Claim claim = new Claim(
                session,
                Check.id("taskId", wish.taskId()),
                wish.checkedScore(),
                CoordinatorBodies.lease(wish.leaseSeconds(), config),
                CoordinatorBodies.or(wish.steal(), true),
                caller.enrolment(),
                CoordinatorBodies.or(wish.keep(), false));
        Asked<Claim, Answer> asked = new Asked<>(claim, new Keep<>(identity.key(body), answers::toKeep));
        return answered(asked, wish.patience(), caller.swarm(), delivery::isGone)
                .call(reply -> watched(delivery, Answer.granted(reply.now())))
                .map(this::shown);
    }

    private Uni<Reply<Answer>> answered(
            Asked<Claim, Answer> asked, Duration patience, String swarm, BooleanSupplier gone) {
        if (patience.isZero()) {
            Timer.Sample sample = Timer.start();
            return claims.claim(asked).eventually(() -> sample.stop(latency));
        }
        Seats.Seat seat = seats.take(asked.command().session());
        return room.await(swarm, asked, patience, gone).onTermination().invoke(seat::leave);
    }

    /** If nobody is there to work on the task, releases it at once, and counts no attempt. */
    private Uni<Void> watched(Delivery delivery, Task task) {
        if (task == null) {
            return Uni.createFrom().voidItem();
        }
        return delivery.granted(() -> {
            LOG.infof("The client of %s had gone when it was granted %s", task.holder(), task.id());
            return leases.end(new Ending.Undelivered(task.id(), task.holder(), task.epoch()), Keep.nothing())
                    .replaceWithVoid();
        });
    }

    private RestResponse<String> shown(Reply<Answer> reply) {
        return Respond.reply(reply, answer -> switch (answer) {
            case Answer.Granted _, Answer.Stolen _ -> answers.toKeep(answer);
            case Answer.Nothing _ -> NOTHING;
            case Answer.Full _,
                    Answer.Paused _,
                    Answer.Unpaid _,
                    Answer.AlreadyClaimed _,
                    Answer.GivenUp _,
                    Answer.NotClaimable _,
                    Answer.RequirementMissing _,
                    Answer.KeyFull _,
                    Answer.AssignedToOther _,
                    Answer.ScoreTooLow _,
                    Answer.UnknownTask _,
                    Answer.UnknownSession _,
                    Answer.Left _ -> throw answers.refusal(answer);
        });
    }

    /** Runs while calls are still answered: a waiting claim gets "nothing yet", and its client asks another process. */
    void closeRoom(@Observes(notifyObserver = Reception.IF_EXISTS) ShutdownDelayInitiatedEvent ending) {
        room.close();
    }

    /** Beside an old snapshot, moves the fronts of the lanes that claims have looked into. */
    @Scheduled(
            every = "${s2.coordinator.front-look:1s}",
            concurrentExecution = ConcurrentExecution.SKIP,
            skipExecutionIf = Schema.Missing.class)
    Uni<Void> moveFronts() {
        return claims.moveFronts().onFailure(FailureKind::isAway).recoverWithNull();
    }

    /** Looks again without a bell, for lost bells, and for tasks whose rest after a failure is over. */
    @Scheduled(every = "${s2.coordinator.look-again:2s}", concurrentExecution = ConcurrentExecution.SKIP)
    Uni<Void> lookAgain() {
        if (room.size() == 0) {
            return Uni.createFrom().voidItem();
        }
        return claims.claimable(room.swarms())
                .invoke(swarms -> swarms.forEach(room::look))
                .chain(() -> claims.assigned(room.present()))
                .invoke(sessions -> sessions.forEach(room::ringFor))
                .chain(() -> others.mayTake(room.present()))
                .invoke(sessions -> sessions.forEach(room::ringFor))
                .replaceWithVoid()
                .onFailure(FailureKind::isAway)
                .recoverWithNull();
    }
}
