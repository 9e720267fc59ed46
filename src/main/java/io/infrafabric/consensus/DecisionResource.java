package io.infrafabric.consensus;

import io.infrafabric.bus.Aside;
import io.infrafabric.bus.EventIds;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Idempotency;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.consensus.ConsensusBodies.DecisionBody;
import io.infrafabric.consensus.ConsensusBodies.HazardsBody;
import io.infrafabric.consensus.ConsensusBodies.VoteBody;
import io.infrafabric.consensus.DecisionTransaction.Proposal;
import io.infrafabric.consensus.VoteTransaction.Cast;
import io.infrafabric.coordinator.published.Presence;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.input.Paging;
import io.infrafabric.event.Trace;
import io.infrafabric.input.Check;
import io.infrafabric.input.Cursor;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Set;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestResponse;

/** Decisions over REST: sessions and operators open them, sessions vote, operators close them. */
@Path("/consensus/decisions")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "consensus")
@IfBuildProperty(name = "s2.build.consensus.door", stringValue = "true", enableIfMissing = true)
public class DecisionResource {
    private final Identity identity;
    private final Aside aside;
    private final DecisionTransaction decisions;
    private final VoteTransaction votes;
    private final Decisions readings;
    private final Presence presence;
    private final EventIds ids;
    private final Paging paging;
    private final ConsensusAnswers answers;
    private final ConsensusConfig config;

    DecisionResource(
            Identity identity,
            Aside aside,
            DecisionTransaction decisions,
            VoteTransaction votes,
            Decisions readings,
            Presence presence,
            EventIds ids,
            Paging paging,
            ConsensusAnswers answers,
            ConsensusConfig config) {
        this.identity = identity;
        this.aside = aside;
        this.decisions = decisions;
        this.votes = votes;
        this.readings = readings;
        this.presence = presence;
        this.ids = ids;
        this.paging = paging;
        this.answers = answers;
        this.config = config;
    }

    @POST
    @Operation(
            summary = "Open a decision",
            description = "This freezes the rules and the electorate. A session may tighten the usual rules; only "
                    + "an operator may loosen them or leave out live sessions.")
    @APIResponseSchema(DecisionView.class)
    public Uni<RestResponse<String>> open(DecisionBody body) {
        Check.given("body", body);
        Caller caller = presence.heard(identity.caller());
        caller.mustActIn(Check.givenId("swarm", body.swarm()));
        Trace trace = identity.trace();
        Proposal proposal = new Proposal(
                body.id() == null ? ids.next().toString() : Check.id("id", body.id()),
                body.swarm(),
                ConsensusBodies.givenWords("summary", body.summary(), config.maxSummary()),
                ConsensusBodies.givenWords("rationale", body.rationale(), config.maxRationale()),
                ConsensusBodies.hazards(body.hazards()),
                body.wish(config),
                caller.by(),
                caller.isOperator(),
                new Trace(trace.traceparent(), ConsensusBodies.traceToken(body.traceToken(), trace.token())));
        return decisions
                .open(proposal, view -> answers.write(ConsensusAnswers.CREATED, view), keep(body))
                .map(reply -> Respond.reply(reply, answers::shown));
    }

    @GET
    @Operation(summary = "List decisions, newest first, without their votes")
    public Uni<Page<DecisionView>> list(
            @RestQuery String swarm,
            @RestQuery String state,
            @RestQuery String elector,
            @RestQuery Boolean voted,
            @RestQuery Integer limit,
            @RestQuery String cursor) {
        Caller caller = presence.heard(identity.caller());
        String only = swarm == null ? caller.swarm() : Check.id("swarm", swarm);
        caller.mustRead(only);
        String who = elector == null && voted != null && caller.isSession()
                ? caller.subject()
                : Check.id("elector", elector);
        if (voted != null && who == null) {
            throw Problem.badInput("elector", "a session, because voted is given");
        }
        int size = paging.limit(limit);
        List<String> after = cursor == null ? null : Cursor.decode(cursor, 2);
        Decisions.Filter filter = new Decisions.Filter(
                only,
                Check.oneOf("state", state, Decision.State.class),
                who,
                voted,
                after == null ? null : Cursor.instant(after.getFirst()),
                after == null ? null : after.getLast());
        return readings.page(filter, size + 1)
                .map(rows ->
                        Page.of(rows, size, shown -> List.of(shown.openedAt().toString(), shown.id())));
    }

    @GET
    @Path("/{id}")
    @Operation(
            summary = "A decision with its votes",
            description = "While a sealed decision is open, nobody sees its votes or its tally.")
    @APIResponseSchema(DecisionView.class)
    public Uni<RestResponse<String>> get(@RestPath String id) {
        return readings.find(Check.id("id", id), presence.heard(identity.caller()))
                .invoke(found -> {
                    if (found == null) {
                        throw Problem.unknownDecision(id);
                    }
                })
                .chain(found -> aside.run(() -> answers.write(ConsensusAnswers.OK, found)))
                .map(shown -> Respond.json(shown.status(), shown.body(), false));
    }

    @POST
    @Path("/{id}/votes")
    @Operation(
            summary = "Vote (electors)",
            description = "While the decision is open, the vote can be changed; its history is kept.")
    @APIResponseSchema(ConsensusAnswers.Taken.class)
    public Uni<RestResponse<String>> vote(@RestPath String id, VoteBody body) {
        Check.given("body", body);
        Caller caller = presence.heard(identity.caller());
        String session = body.session() == null ? caller.subject() : Check.id("session", body.session());
        caller.mustBe(session);
        Cast cast = new Cast(Check.id("id", id), session, caller.swarm(), body.check(config), identity.trace());
        return votes.cast(cast, new Keep<>(identity.key(body), answers::toKeep))
                .map(reply -> Respond.reply(reply, answers::shown));
    }

    @GET
    @Path("/{id}/votes")
    @Operation(summary = "All votes ever cast on a decision, newest first", description = "None while they are hidden.")
    public Uni<Page<Vote>> history(
            @RestPath String id, @RestQuery String session, @RestQuery Integer limit, @RestQuery String cursor) {
        int size = paging.limit(limit);
        List<String> after = cursor == null ? null : Cursor.decode(cursor, 3);
        VoteTransaction.Filter filter = new VoteTransaction.Filter(
                id,
                Check.id("session", session),
                after == null ? null : Cursor.instant(after.getFirst()),
                after == null ? null : after.get(1),
                after == null ? null : number(after.getLast()));
        return readings.showsVotes(Check.id("id", id), presence.heard(identity.caller()))
                .chain(shown -> {
                    if (shown == null) {
                        throw Problem.unknownDecision(id);
                    }
                    return shown
                            ? votes.page(filter, size + 1)
                            : Uni.createFrom().item(List.<Vote>of());
                })
                .map(rows -> Page.of(
                        rows,
                        size,
                        vote -> List.of(vote.at().toString(), vote.session(), Integer.toString(vote.number()))));
    }

    @POST
    @Path("/{id}/hazards")
    @Operation(summary = "Add hazards to an open decision", description = "Hazards that somebody named stay.")
    @APIResponseSchema(DecisionView.class)
    public Uni<RestResponse<String>> raise(@RestPath String id, HazardsBody body) {
        Check.given("body", body);
        Caller caller = presence.heard(identity.caller());
        caller.mustActIn(caller.swarm());
        Set<Hazard> hazards = ConsensusBodies.hazards(Check.given("hazards", body.hazards()));
        return decisions
                .raise(
                        Check.id("id", id),
                        hazards,
                        caller.by(),
                        caller.swarm(),
                        identity.trace(),
                        this::changed,
                        keep(body))
                .map(reply -> Respond.reply(reply, answers::shown));
    }

    @POST
    @Path("/{id}/close")
    @Operation(summary = "Close a decision now, with the votes cast so far (operators)")
    @APIResponseSchema(DecisionView.class)
    public Uni<RestResponse<String>> close(@RestPath String id) {
        Caller caller = identity.caller();
        caller.mustOperate(caller.swarm());
        return decisions
                .close(Check.id("id", id), caller.by(), caller.swarm(), this::changed, keep(null))
                .map(reply -> Respond.reply(reply, answers::shown));
    }

    private Idempotency.Answer changed(DecisionView view) {
        return answers.write(ConsensusAnswers.OK, view);
    }

    private Keep<DecisionTransaction.Answer<Idempotency.Answer>> keep(Object body) {
        return new Keep<>(identity.key(body), answers::toKeep);
    }

    private static int number(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException _) {
            throw Cursor.bad();
        }
    }
}
