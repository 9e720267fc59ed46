package io.infrafabric.rescue;

import io.infrafabric.bus.Rows;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Idempotency;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.coordinator.published.Presence;
import io.infrafabric.coordinator.published.SessionProgress;
import io.infrafabric.coordinator.published.SessionProgress.Kind;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.input.Paging;
import io.infrafabric.input.Check;
import io.infrafabric.input.Cursor;
import io.infrafabric.rescue.Blocker.State;
import io.infrafabric.rescue.BlockerTable.Filter;
import io.infrafabric.rescue.BlockerTransaction.Answer;
import io.infrafabric.rescue.BlockerTransaction.Raise;
import io.infrafabric.rescue.BlockerTransaction.Said;
import io.infrafabric.rescue.RescueAnswers.BlockerView;
import io.infrafabric.rescue.RescueBodies.MessageBody;
import io.infrafabric.rescue.RescueBodies.RaiseBody;
import io.infrafabric.rescue.RescueBodies.ResolveBody;
import io.infrafabric.rescue.RescueBodies.SessionBody;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestResponse;

/** Blockers over REST: raise one, answer an ask for help, talk, and end it. */
@Path("/rescue/blockers")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "rescue")
@IfBuildProperty(name = "s2.build.rescue.door", stringValue = "true", enableIfMissing = true)
public class BlockerResource {
    private final Identity identity;
    private final Presence presence;
    private final SessionProgress progress;
    private final BlockerTransaction calls;
    private final BlockerTable blockers;
    private final RescueAnswers answers;
    private final Paging paging;
    private final Pool pool;
    private final RescueConfig config;

    public BlockerResource(
            Identity identity,
            Presence presence,
            SessionProgress progress,
            BlockerTransaction calls,
            BlockerTable blockers,
            RescueAnswers answers,
            Paging paging,
            Pool pool,
            RescueConfig config) {
        this.identity = identity;
        this.presence = presence;
        this.progress = progress;
        this.calls = calls;
        this.blockers = blockers;
        this.answers = answers;
        this.paging = paging;
        this.pool = pool;
        this.config = config;
    }

    @POST
    @Operation(
            summary = "Report that I cannot go on, and have sessions asked that can help",
            description = "The answer says who is asked with which score, and who is left out and why. Without domains "
                    + "and tools, the needs of the task apply.")
    @APIResponseSchema(RescueAnswers.BlockerView.class)
    public Uni<RestResponse<String>> raise(RaiseBody body) {
        String session = session(Check.given("body", body).session());
        Caller caller = identity.caller();
        String swarm = caller.swarm();
        String text = Check.givenText("description", body.description(), RescueBodies.DESCRIPTION);
        List<String> domains = RescueBodies.needs("domains", body.domains());
        List<String> tools = RescueBodies.needs("tools", body.tools());
        String task = Check.id("taskId", body.taskId());
        caller.mustReachTask(task);
        Keep<Answer> keep = new Keep<>(identity.key(body), answers::raised);
        boolean asTheTask = body.domains() == null && body.tools() == null;
        return calls.needs(pool, task, swarm)
                .invoke(needs -> RescueAnswers.mustExist(task, needs))
                .chain(needs -> calls.raise(
                        new Raise(
                                UUID.randomUUID().toString(),
                                swarm,
                                session,
                                task,
                                text,
                                asTheTask && needs != null ? needs.domains() : domains,
                                asTheTask && needs != null ? needs.tools() : tools,
                                RescueBodies.severity(body.severity()),
                                identity.trace()),
                        keep))
                .map(reply -> respond(reply, answers::raised));
    }

    @GET
    @Operation(
            summary = "List blockers, newest first",
            description = "rescuer names a session that was asked or helps.")
    public Uni<Page<BlockerView>> list(
            @RestQuery String swarm,
            @RestQuery String state,
            @RestQuery String rescuer,
            @RestQuery Integer limit,
            @RestQuery String cursor) {
        Caller caller = presence.heard(identity.caller());
        String only = swarm == null ? caller.swarm() : Check.id("swarm", swarm);
        caller.mustRead(only);
        int size = paging.limit(limit);
        List<String> after = cursor == null ? List.of(Rows.FOREVER.toString(), "") : Cursor.decode(cursor, 2);
        Filter filter = new Filter(only, Check.oneOf("state", state, State.class), Check.id("rescuer", rescuer));
        return blockers.page(pool, filter, Cursor.instant(after.getFirst()), after.getLast(), size + 1)
                .map(rows -> Page.of(
                                rows,
                                size,
                                blocker -> List.of(blocker.raisedAt().toString(), blocker.id()))
                        .map(blocker -> RescueAnswers.view(blocker, null)));
    }

    @GET
    @Path("/{id}")
    @Operation(summary = "A blocker, with what was said on it")
    public Uni<BlockerView> get(@RestPath String id) {
        Caller caller = presence.heard(identity.caller());
        return found(caller, id)
                .chain(blocker -> blockers.messages(pool, id).map(said -> RescueAnswers.view(blocker, said)));
    }

    private Uni<Blocker> found(Caller caller, String id) {
        return blockers.find(pool, Check.id("id", id)).invoke(blocker -> {
            if (blocker == null || !caller.reaches(blocker.swarm())) {
                throw RescueAnswers.unknown(id);
            }
        });
    }

    @POST
    @Path("/{id}/accept")
    @Operation(
            summary = "Say that I help",
            description = "Places a hold for the expected cost of help. Repeating the call gives the same answer.")
    @APIResponseSchema(RescueAnswers.BlockerView.class)
    public Uni<RestResponse<String>> accept(@RestPath String id, SessionBody body) {
        String session = session(body == null ? null : body.session());
        Keep<Answer> keep = keep(body);
        return found(identity.caller(), id)
                .chain(() -> calls.accept(id, session, keep))
                .map(reply -> respond(reply, answers::done));
    }

    @POST
    @Path("/{id}/decline")
    @Operation(
            summary = "Decline, or stop helping",
            description = "The next best session is asked. Repeating the call gives the same answer.")
    @APIResponseSchema(RescueAnswers.BlockerView.class)
    public Uni<RestResponse<String>> decline(@RestPath String id, SessionBody body) {
        String session = session(body == null ? null : body.session());
        Keep<Answer> keep = keep(body);
        return found(identity.caller(), id)
                .chain(() -> calls.decline(id, session, keep))
                .map(reply -> respond(reply, answers::done));
    }

    @POST
    @Path("/{id}/messages")
    @Operation(
            summary = "Send a message to the others involved",
            description = "For the blocked session, sessions that have accepted, and operators.")
    @APIResponseSchema(RescueAnswers.BlockerView.class)
    public Uni<RestResponse<String>> say(@RestPath String id, MessageBody body) {
        String text = Check.givenText("text", Check.given("body", body).text(), RescueBodies.TEXT);
        Caller caller = presence.heard(identity.caller());
        String by = caller.isOperator() ? caller.by() : session(body.session());
        Said said = new Said(
                by,
                caller.isOperator(),
                text,
                RescueBodies.links(body.links(), config.maxLinks()),
                RescueBodies.cost(body.cost(), config.maxHelpCost()));
        return found(caller, id)
                .chain(() -> calls.say(id, said, keep(body)))
                .call(() -> caller.isSession()
                        ? progress.shownBeside(caller.subject(), Kind.MESSAGE)
                        : Uni.createFrom().voidItem())
                .map(reply -> respond(reply, answers::done));
    }

    @POST
    @Path("/{id}/resolve")
    @Operation(
            summary = "Say that I can go on, and who has helped (the blocked session, operators)",
            description =
                    "Outcomes are for sessions that had accepted; they count as recent success. Holds are settled "
                            + "with the cost that a rescuer reported, otherwise with the estimate if it helped.")
    @APIResponseSchema(RescueAnswers.BlockerView.class)
    public Uni<RestResponse<String>> resolve(@RestPath String id, ResolveBody body) {
        Map<String, Boolean> outcomes = RescueBodies.outcomes(body == null ? null : body.outcomes());
        return end(id, by -> calls.resolve(id, outcomes, by, keep(body)));
    }

    @POST
    @Path("/{id}/withdraw")
    @Operation(summary = "Say that no help is needed any more (the blocked session, operators)")
    @APIResponseSchema(RescueAnswers.BlockerView.class)
    public Uni<RestResponse<String>> withdraw(@RestPath String id, SessionBody body) {
        return end(id, by -> calls.withdraw(id, by, keep(body)));
    }

    private Uni<RestResponse<String>> end(String id, Function<String, Uni<Reply<Answer>>> call) {
        Caller caller = presence.heard(identity.caller());
        return found(caller, id)
                .invoke(blocker -> caller.mustBeOrOperate(blocker.session(), blocker.swarm()))
                .chain(() -> call.apply(caller.by()))
                .map(reply -> respond(reply, answers::done));
    }

    private Keep<Answer> keep(Object body) {
        return new Keep<>(identity.key(body), answers::done);
    }

    private static RestResponse<String> respond(Reply<Answer> reply, Function<Answer, Idempotency.Answer> shown) {
        return Respond.reply(reply, answer -> {
            Idempotency.Answer done = shown.apply(answer);
            if (done == null) {
                throw RescueAnswers.refusal(answer);
            }
            return done;
        });
    }

    /** The calling session; a body may name it, but no other one. */
    private String session(String named) {
        Caller caller = presence.heard(identity.caller());
        caller.mustBe(named == null ? caller.isSession() ? caller.subject() : "that is concerned" : named);
        return caller.subject();
    }
}
