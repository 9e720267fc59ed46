package io.infrafabric.coordinator;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.infrafabric.command.Caller;
import io.infrafabric.coordinator.claim.Reason;
import io.infrafabric.coordinator.published.Presence;
import io.infrafabric.coordinator.task.Task.State;
import io.infrafabric.coordinator.transaction.WhyTransaction;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;

/** Over REST: why a task is not held. */
@IfBuildProperty(name = "s2.build.coordinator.door", stringValue = "true", enableIfMissing = true)
@Path("/coordinator/tasks/{id}/why")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "coordinator")
@RegisterForReflection(
        targets = {
            Reason.Over.class,
            Reason.Held.class,
            Reason.Dependency.class,
            Reason.Dispute.class,
            Reason.Time.class,
            Reason.Expired.class,
            Reason.Pause.class,
            Reason.Assigned.class,
            Reason.Requirement.class,
            Reason.NobodyCan.class,
            Reason.Concurrency.class,
            Reason.Fairness.class,
            Reason.Money.class,
            Reason.Rests.class,
            Reason.SessionFull.class,
            Reason.SessionLeft.class,
            Reason.NobodyIdle.class
        })
public class WhyResource {
    private final Identity identity;
    private final WhyTransaction transaction;
    private final Presence presence;

    public WhyResource(Identity identity, WhyTransaction transaction, Presence presence) {
        this.identity = identity;
        this.transaction = transaction;
        this.presence = presence;
    }

    /**
     * Why a task is not held.
     *
     * @param session the session that was asked about; absent if none was
     * @param place how many tasks it would get before; absent if the task does not stand in its queue
     * @param atLeast {@code true} if there may be more
     */
    @RegisterForReflection
    @Schema(name = "Why")
    public record Shown(
            String task,
            State state,
            String session,
            List<Reason> reasons,
            Integer place,

            @JsonInclude(JsonInclude.Include.NON_NULL) Boolean atLeast) {
        static Shown of(WhyTransaction.Answer answer) {
            return new Shown(
                    answer.known().task().id(),
                    answer.known().task().state(),
                    answer.session() == null ? null : answer.session().id(),
                    answer.reasons(),
                    answer.place() == null ? null : answer.place().place(),
                    (answer.place() != null && answer.place().atLeast()) ? true : null);
        }
    }

    @GET
    @Operation(
            summary = "Why nobody holds a task, or why one session does not",
            description =
                    "Each reason has a kind and would do alone. No reason and place 0: the session gets this task with "
                            + "its next claim that names none. What is read may change at any time.")
    public Uni<Shown> why(
            @RestPath String id,
            @Parameter(description = "A session of the task's swarm; with it the answer is about this session.")
                    @RestQuery
                    String session) {
        Caller caller = presence.heard(identity.caller());
        String asked = Check.id("session", session);
        return transaction.why(Check.id("id", id), asked).map(answer -> {
            if (answer == null || !caller.reaches(answer.known().task().swarm())) {
                throw Problem.unknownTask(id);
            }
            if (asked != null && answer.session() == null) {
                throw Problem.unknownSession(asked);
            }
            return Shown.of(answer);
        });
    }
}
