package io.infrafabric.deadlock;

import io.infrafabric.command.Caller;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.deadlock.DeadlockAnswers.WaitsView;
import io.infrafabric.deadlock.DeadlockBodies.AddBody;
import io.infrafabric.deadlock.DeadlockBodies.PutBody;
import io.infrafabric.deadlock.WaitTransaction.Answer;
import io.infrafabric.deadlock.WaitTransaction.Command;
import io.infrafabric.deadlock.Waits.Message;
import io.infrafabric.deadlock.Waits.Mode;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Enrolments;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestResponse;

/** Waits over REST. {@link GraphResource} shows the graph, {@link EndedResource} the ended deadlocks. */
@Path("/deadlock/waits/{session}")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "deadlock")
@IfBuildProperty(name = "s2.build.deadlock.door", stringValue = "true", enableIfMissing = true)
public class DeadlockResource {
    /** What to do about a wait that closes a cycle. */
    enum OnCycle {
        /** Record it, and preempt a session of the cycle. */
        PREEMPT,
        /** Do not record it. */
        REFUSE
    }

    private final Identity identity;
    private final Enrolments sessions;
    private final WaitTransaction waits;
    private final DeadlockAnswers answers;
    private final Pool pool;
    private final DeadlockConfig config;

    public DeadlockResource(
            Identity identity,
            Enrolments sessions,
            WaitTransaction waits,
            DeadlockAnswers answers,
            Pool pool,
            DeadlockConfig config) {
        this.identity = identity;
        this.sessions = sessions;
        this.waits = waits;
        this.answers = answers;
        this.pool = pool;
        this.config = config;
    }

    @PUT
    @Operation(
            summary = "Report what a session waits for: these things and nothing else",
            description = "Things that are already over make no wait. If the wait closes a cycle, one session of "
                    + "the cycle is preempted, and the answer names it; with onCycle=refuse the wait is not "
                    + "recorded, and 409 IF_ERR_WAIT_CYCLE names the cycle.")
    @APIResponseSchema(WaitsView.class)
    public Uni<RestResponse<String>> put(@RestPath String session, @RestQuery String onCycle, PutBody body) {
        boolean refuse = refuses(onCycle);
        return tell(session, Check.given("body", body).check(config.maxEdges()), refuse, Keep.nothing());
    }

    @POST
    @Path("/edges")
    @Operation(summary = "Add to what a session waits for", description = "Others of its waits stay as they are.")
    @APIResponseSchema(WaitsView.class)
    public Uni<RestResponse<String>> add(@RestPath String session, @RestQuery String onCycle, AddBody body) {
        boolean refuse = refuses(onCycle);
        return tell(
                session,
                Check.given("body", body).check(config.maxEdges()),
                refuse,
                new Keep<>(identity.key(body), answers::toKeep));
    }

    @DELETE
    @Operation(
            summary = "Report that a session no longer waits",
            description = "With on, ends the wait for that thing; without it, all waits that the session has reported. "
                    + "Operators may end a session's waits, too.")
    @APIResponseSchema(WaitsView.class)
    public Uni<RestResponse<String>> drop(@RestPath String session, @RestQuery String on, @RestQuery Long version) {
        DeadlockBodies.positive(version);
        Message message = on == null
                ? new Message.Put(List.of(), Mode.ALL, null, null, null, version)
                : new Message.Drop(List.of(DeadlockBodies.target("on", on)), version);
        Caller caller = identity.caller();
        Keep<Answer> keep = new Keep<>(identity.noted(null), answers::toKeep);
        return swarmOf(session, caller)
                .invoke(swarm -> caller.mustBeOrOperate(session, swarm))
                .chain(swarm -> waits.tell(new Command(session, swarm, message, false), keep))
                .map(reply -> Respond.reply(reply, answer -> answers.shown(answer, session)));
    }

    private Uni<RestResponse<String>> tell(String session, Message message, boolean refuse, Keep<Answer> keep) {
        Caller caller = identity.caller();
        caller.mustBe(session);
        return waits.tell(new Command(session, caller.swarm(), message, refuse), keep)
                .map(reply -> Respond.reply(reply, answer -> answers.shown(answer, session)));
    }

    @GET
    @Operation(summary = "What a session waits for")
    public Uni<WaitsView> get(@RestPath String session) {
        Caller caller = identity.caller();
        return swarmOf(session, caller)
                .chain(() -> waits.find(pool, session))
                .map(found -> DeadlockAnswers.shown(found, null));
    }

    private static boolean refuses(String onCycle) {
        return Check.oneOf("onCycle", onCycle, OnCycle.class) == OnCycle.REFUSE;
    }

    /** To callers that cannot reach it, a session of another swarm does not exist. */
    private Uni<String> swarmOf(String session, Caller caller) {
        return sessions.enrolled(Check.id("session", session))
                .map(found -> found.filter(known -> !known.left() && caller.reaches(known.swarm()))
                        .map(Enrolments.Enrolled::swarm)
                        .orElseThrow(() -> Problem.unknownSession(session)));
    }
}
