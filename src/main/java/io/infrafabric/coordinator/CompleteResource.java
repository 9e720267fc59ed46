package io.infrafabric.coordinator;

import io.infrafabric.bus.Bells;
import io.infrafabric.bus.Rings;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Idempotency;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.coordinator.CoordinatorBodies.CompleteBody;
import io.infrafabric.coordinator.claim.CheckTable;
import io.infrafabric.coordinator.claim.Ending;
import io.infrafabric.coordinator.claim.Ending.Answer;
import io.infrafabric.coordinator.published.Presence;
import io.infrafabric.coordinator.session.Seats;
import io.infrafabric.coordinator.transaction.LeaseTransaction;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
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
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;

/**
 * Completing a task over REST. If a checker must accept the result, the call waits for its verdict: it makes the same call
 * again when the bell of the task rings, since that gives the same answer.
 */
@IfBuildProperty(name = "s2.build.coordinator.door", stringValue = "true", enableIfMissing = true)
@ApplicationScoped
@Path("/coordinator/tasks/{id}/complete")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "coordinator")
public class CompleteResource {
    private final Identity identity;
    private final LeaseTransaction leases;
    private final Presence presence;
    private final CoordinatorAnswers answers;
    private final CoordinatorConfig config;
    private final Pool pool;
    private final Seats seats;
    private final Rings rings = new Rings();
    private final Map<Seats.Seat, String> waiting = new ConcurrentHashMap<>();

    public CompleteResource(
            Identity identity,
            LeaseTransaction leases,
            Presence presence,
            CoordinatorAnswers answers,
            Bells bells,
            CoordinatorConfig config,
            Pool pool) {
        this.identity = identity;
        this.leases = leases;
        this.presence = presence;
        this.answers = answers;
        this.config = config;
        this.pool = pool;
        this.seats = presence.seats();
        bells.listen("check", rings::ring);
        presence.alsoHeard(() -> List.copyOf(waiting.values()));
    }

    @POST
    @Operation(
            summary = "Complete the task that I hold",
            description =
                    "Repeating the call with the same epoch gives the same answer. If the task has a checker, the "
                            + "call waits for its verdict: 200 if it accepts the result, 422 if it does not, and 202 if there is "
                            + "no verdict after waitSeconds. While the task is CHECKING it counts as held, and its lease has no "
                            + "end; make the same call again for the verdict. After a refusal, complete it with another result: "
                            + "the fifth refusal fails the attempt.")
    @APIResponseSchema(CoordinatorAnswers.Ended.class)
    public Uni<RestResponse<String>> complete(@RestPath String id, CompleteBody body) {
        Caller caller = presence.heard(identity.caller());
        String named = Check.given("body", body).session();
        caller.mustBe(
                named == null && caller.isSession() ? caller.subject() : CoordinatorBodies.or(named, "that holds it"));
        Duration patience = body.patience();
        Ending ending = new Ending.Complete(
                Check.id("id", id),
                caller.subject(),
                caller.swarm(),
                CoordinatorBodies.epoch(body.epoch()),
                CoordinatorBodies.json("result", body.result(), config.maxPayloadBytes()),
                Check.money("cost", body.cost()));
        Keep<Answer> keep = new Keep<>(identity.key(body), answers::toKeep);
        return leases.end(ending, keep)
                .chain(reply -> reply.now() instanceof Answer.Checked && !patience.isZero()
                        ? verdict(ending, keep, reply, patience)
                        : Uni.createFrom().item(reply))
                .map(reply -> Respond.reply(reply, answer -> shown(ending, answer)));
    }

    private Idempotency.Answer shown(Ending ending, Answer answer) {
        Idempotency.Answer ended = answers.toKeep(answer);
        Idempotency.Answer shown = ended == null ? answers.pending(answer) : ended;
        if (shown == null) {
            throw CoordinatorAnswers.refusal(answer, ending.task(), ending.session());
        }
        return shown;
    }

    /** Waits, and makes the call again. Whoever finds no seat does not wait: the result is handed in all the same. */
    private Uni<Reply<Answer>> verdict(Ending ending, Keep<Answer> keep, Reply<Answer> now, Duration patience) {
        Seats.Seat seat;
        try {
            seat = seats.take(ending.session());
        } catch (Problem full) {
            return Uni.createFrom().item(now);
        }
        Rings.Place place = rings.take(ending.task());
        waiting.put(seat, ending.session());
        return leases.end(ending, keep)
                .chain(before -> before.now() instanceof Answer.Checked
                        ? place.rung(patience).chain(() -> leases.end(ending, keep))
                        : Uni.createFrom().item(before))
                .onTermination()
                .invoke(() -> {
                    place.leave();
                    waiting.remove(seat);
                    seat.leave();
                });
    }

    /** Runs while calls are still answered: waiters hear that there is no verdict yet, and ask another process. */
    void stopWaiting(@Observes(notifyObserver = Reception.IF_EXISTS) ShutdownDelayInitiatedEvent ending) {
        rings.close();
    }

    /** Looks again without a bell. */
    @Scheduled(every = "${s2.coordinator.look-again:2s}", concurrentExecution = ConcurrentExecution.SKIP)
    Uni<Void> lookAgain() {
        return rings.lookAgain(tasks -> CheckTable.answered(pool, tasks));
    }
}
