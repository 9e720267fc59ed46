package io.infrafabric.gateway.hooks;

import io.infrafabric.budget.UnknownCosts;
import io.infrafabric.command.Caller;
import io.infrafabric.coordinator.published.AgentSessions;
import io.infrafabric.coordinator.published.AgentSessions.Stand;
import io.infrafabric.coordinator.published.SessionProgress;
import io.infrafabric.coordinator.published.SessionProgress.Kind;
import io.infrafabric.coordinator.session.SessionInbox;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.gateway.InboxText;
import io.infrafabric.gateway.StandText;
import io.infrafabric.gateway.hooks.AgentKind.Point;
import io.infrafabric.gateway.hooks.HookRule.Outcome;
import io.infrafabric.gateway.hooks.HookRule.Told;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.function.Function;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;

/** Hooks of agent clients, in their own forms. */
@IfBuildProperty(name = "s2.build.gateway.door", stringValue = "true", enableIfMissing = true)
@Path("/gateway/hooks/{agent}")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "gateway")
public class HookResource {
    private static final Logger LOG = Logger.getLogger(HookResource.class);
    private static final String NOTHING = "{}";

    private final Identity identity;
    private final AgentSessions sessions;
    private final SessionProgress progress;
    private final SessionInbox inboxes;
    private final ToldTable told;
    private final ConversationTable conversations;
    private final UnknownCosts costs;
    private final Pool pool;
    private final HookConfig config;

    HookResource(
            Identity identity,
            AgentSessions sessions,
            SessionProgress progress,
            SessionInbox inboxes,
            ToldTable told,
            ConversationTable conversations,
            UnknownCosts costs,
            Pool pool,
            HookConfig config) {
        this.identity = identity;
        this.sessions = sessions;
        this.progress = progress;
        this.inboxes = inboxes;
        this.told = told;
        this.conversations = conversations;
        this.costs = costs;
        this.pool = pool;
        this.config = config;
    }

    @POST
    @Operation(
            summary = "A hook of an agent client: claude, codex or gemini",
            description =
                    "The body as the client sends it, the answer as it reads it. Only the names of the event and of the "
                            + "tool are read, and nothing is kept. Whatever goes wrong here, and whatever takes too long, is "
                            + "answered with {}, so that the agent works on.")
    @RequestBody(content = @Content(schema = @Schema(implementation = Object.class)))
    @APIResponseSchema(Object.class)
    public Uni<String> hook(
            @RestPath String agent,
            byte[] body,
            @Parameter(description = "Whether an agent that wants to stop gets its next task (false)") @RestQuery
                    Boolean loop) {
        Caller caller = identity.caller();
        caller.mustBeSessionItself("Hooks");
        AgentKind kind = AgentKind.named(agent).orElseThrow(() -> noHooks(agent));
        if (body.length > config.hookMaxBody().asLongValue()) {
            throw seen(Problem.of(
                    Code.IF_ERR_PAYLOAD_TOO_LARGE,
                    "The hook's body has " + body.length + " bytes; at most "
                            + config.hookMaxBody().asLongValue() + " are read."));
        }
        HookCall call = HookReader.read(body);
        if (call == null) {
            throw seen(Problem.badInput("body", "a JSON object, as the client's hooks send it"));
        }
        Point point = kind.point(call.event());
        return seen(caller, call, point)
                .chain(() -> answer(caller, kind, call, point, Boolean.TRUE.equals(loop)))
                .map(answer -> kind.write(answer, call.event()))
                .ifNoItem()
                .after(config.hookPatience())
                .recoverWithItem(NOTHING)
                .onFailure()
                .recoverWithItem(failure -> {
                    LOG.debugf("A hook of %s was answered with nothing: %s", caller.subject(), failure);
                    return NOTHING;
                });
    }

    /** Clients show this member of any answer to their user. */
    private static Problem seen(Problem problem) {
        return problem.with("systemMessage", "S2: " + problem.getMessage());
    }

    private static Problem noHooks(String agent) {
        return Problem.of(
                Code.IF_ERR_NOT_FOUND,
                "There are no hooks for " + InboxText.quoted(agent) + ", only for "
                        + String.join(", ", AgentKind.names())
                        + ". Other clients use MCP and GET /gateway/listen.");
    }

    private Uni<HookAnswer> answer(Caller caller, AgentKind kind, HookCall call, Point point, boolean loop) {
        String session = caller.subject();
        return switch (point) {
            case SESSION_STARTS ->
                sessions.heardNow(session)
                        .chain(() -> shown(session, Kind.TURN))
                        .chain(() -> decide(caller, HookRule::starts));
            case TURN_BEGINS -> heard(session, Kind.TURN).chain(() -> decide(caller, HookRule::turnBegins));
            case TOOL_STARTS -> toolStarts(caller, kind.changes(call.tool()));
            case TOOL_ENDS -> called(caller, Kind.TOOL_ENDED).chain(() -> decide(caller, HookRule::toolEnds));
            case TURN_ENDS ->
                called(caller, Kind.TURN)
                        .chain(() -> decide(caller, HookRule::turnEnds))
                        .chain(answer -> loop && answer instanceof HookAnswer.Nothing
                                ? next(caller)
                                : Uni.createFrom().item(answer));
            case SESSION_ENDS -> sessionEnds(caller, conversation(call), "clear".equals(call.reason()));
            case OTHER -> {
                sessions.heard(session);
                yield Uni.createFrom().item(new HookAnswer.Nothing());
            }
        };
    }

    private Uni<Void> heard(String session, Kind kind) {
        sessions.heard(session);
        return shown(session, kind);
    }

    /** The same for a point that an agent reaches only by a call of its model, which costs something. */
    private Uni<Void> called(Caller caller, Kind kind) {
        return heard(caller.subject(), kind)
                .chain(() -> costs.hooked(caller.subject(), caller.enrolment())
                        .onFailure()
                        .recoverWithNull());
    }

    /** Written even if the hook takes too long and is answered with nothing meanwhile. */
    private Uni<Void> shown(String session, Kind kind) {
        return Uni.createFrom()
                .emitter(waiter -> progress.shown(session, kind).subscribe().with(waiter::complete, waiter::fail));
    }

    /** A tool that is denied does not run. */
    private Uni<HookAnswer> toolStarts(Caller caller, boolean changes) {
        String session = caller.subject();
        return called(caller, Kind.TOOL_STARTED)
                .chain(() -> decide(caller, changes ? HookRule::changes : HookRule::toolStarts))
                .call(answer -> answer instanceof HookAnswer.Deny
                        ? shown(session, Kind.TOOL_ENDED)
                        : Uni.createFrom().voidItem());
    }

    /** A client that names no conversation has one. */
    private static String conversation(HookCall call) {
        return call.conversation() == null ? "" : call.conversation();
    }

    /** Written even if the hook takes too long and is answered with nothing meanwhile. */
    private Uni<Void> seen(Caller caller, HookCall call, Point point) {
        return point == Point.SESSION_ENDS || point == Point.OTHER
                ? Uni.createFrom().voidItem()
                : Uni.createFrom()
                        .emitter(waiter -> conversations
                                .seen(pool, caller.subject(), caller.enrolment(), conversation(call))
                                .subscribe()
                                .with(waiter::complete, waiter::fail));
    }

    /**
     * What was held before the end is given back, unless another conversation goes by the same name. An agent whose memory is cleared
     * goes on, and hears at its start what it holds.
     */
    private Uni<HookAnswer> sessionEnds(Caller caller, String conversation, boolean goesOn) {
        String session = caller.subject();
        return heard(session, Kind.TURN)
                .chain(() -> sessions.stand(session))
                .chain(stand -> conversations
                        .ended(pool, session, caller.enrolment(), conversation, config.conversationPatience())
                        .chain(others -> goesOn || others
                                ? Uni.createFrom().voidItem()
                                : sessions.release(caller, stand.leases())))
                .replaceWith(new HookAnswer.Nothing());
    }

    private Uni<HookAnswer> decide(Caller caller, Function<HookRule, Outcome> point) {
        String session = caller.subject();
        return sessions.stand(session)
                .chain(stand -> told.read(pool, session, caller.enrolment())
                        .chain(before -> inboxes.read(
                                        pool, session, caller.enrolment(), before.upTo(), config.hookMaxNews())
                                .chain(news -> {
                                    Outcome outcome = point.apply(new HookRule(
                                            session,
                                            stand.swarm(),
                                            stand.leases(),
                                            stand.mayWork(),
                                            before,
                                            news,
                                            stand.now()));
                                    return tell(caller, before, outcome);
                                })));
    }

    /** What another hook has told in the meantime is not told again. */
    private Uni<HookAnswer> tell(Caller caller, Told before, Outcome outcome) {
        return outcome.told().equals(before)
                ? Uni.createFrom().item(outcome.answer())
                : told.write(pool, caller.subject(), caller.enrolment(), before, outcome.told())
                        .map(first -> first ? outcome.answer() : new HookAnswer.Nothing());
    }

    private Uni<HookAnswer> next(Caller caller) {
        return sessions.claimNext(caller)
                .chain(task -> task == null
                        ? Uni.createFrom().item(new HookAnswer.Nothing())
                        : sessions.stand(caller.subject()).map(stand -> new HookAnswer.GoOn(nextTask(task, stand))));
    }

    private static String nextTask(AgentSessions.Next task, Stand stand) {
        return StandText.of(
                        stand.session(),
                        stand.swarm(),
                        stand.leases().stream()
                                .filter(held -> held.task().equals(task.id()))
                                .toList(),
                        stand.now())
                + " It is new: " + InboxText.quoted(task.title())
                + ". Call why with its id for all of it. Do it, then call complete_task or fail_task.";
    }
}
