package io.infrafabric.coordinator;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.infrafabric.budget.UnknownCosts;
import io.infrafabric.bus.Rows;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Idempotency;
import io.infrafabric.command.Once;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Role;
import io.infrafabric.coordinator.CoordinatorBodies.EnrolBatchBody;
import io.infrafabric.coordinator.CoordinatorBodies.EnrolBody;
import io.infrafabric.coordinator.CoordinatorBodies.HeartbeatBody;
import io.infrafabric.coordinator.claim.LeaseTable.Lease;
import io.infrafabric.coordinator.published.Presence;
import io.infrafabric.coordinator.session.Enrolment;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.session.Session.State;
import io.infrafabric.coordinator.session.SessionPageTable;
import io.infrafabric.coordinator.session.SessionTable;
import io.infrafabric.coordinator.session.SessionTable.Held;
import io.infrafabric.coordinator.session.SessionTable.Load;
import io.infrafabric.coordinator.transaction.DepartureTransaction;
import io.infrafabric.coordinator.transaction.EnrolTransaction;
import io.infrafabric.coordinator.transaction.HeartbeatTransaction;
import io.infrafabric.coordinator.transaction.HeartbeatTransaction.Heartbeat;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.identity.Tokens;
import io.infrafabric.door.identity.Tokens.Token;
import io.infrafabric.door.input.Paging;
import io.infrafabric.input.Check;
import io.infrafabric.input.Cursor;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.annotations.RegisterForReflection;
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
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestResponse;

/** Sessions over REST: enrol, look at, heartbeat, leave. */
@IfBuildProperty(name = "s2.build.coordinator.door", stringValue = "true", enableIfMissing = true)
@Path("/coordinator/sessions")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "coordinator")
public class SessionResource {
    /**
     * A session with its work.
     *
     * @param queued how many queued tasks are for it alone; 10000 means that many or more
     * @param costsUnknownSince since when its hooks are seen and no cost of it, {@code null} if its costs are known
     */
    @Schema(name = "SessionView")
    public record Shown(
            @JsonUnwrapped Session session, List<Held> leases, int queued, String account, Instant costsUnknownSince) {
        static Shown of(Session session, Load load, Instant costsUnknownSince) {
            return new Shown(session, load.leases(), load.queued(), "session:" + session.id(), costsUnknownSince);
        }
    }

    /** The result of a batch enrolment; tokens by session, if requested. */
    @RegisterForReflection
    @Schema(name = "EnrolledSessions")
    public record Enrolled(List<Session> sessions, Map<String, Token> tokens) {}

    private final Identity identity;
    private final SessionTable sessions;
    private final SessionPageTable pages;
    private final EnrolTransaction enrolling;
    private final DepartureTransaction departures;
    private final HeartbeatTransaction heartbeats;
    private final Presence presence;
    private final UnknownCosts costs;
    private final Tokens tokens;
    private final CoordinatorAnswers answers;
    private final Paging paging;
    private final Pool pool;
    private final CoordinatorConfig config;

    public SessionResource(
            Identity identity,
            SessionTable sessions,
            SessionPageTable pages,
            EnrolTransaction enrolling,
            DepartureTransaction departures,
            HeartbeatTransaction heartbeats,
            Presence presence,
            UnknownCosts costs,
            Tokens tokens,
            CoordinatorAnswers answers,
            Paging paging,
            Pool pool,
            CoordinatorConfig config) {
        this.identity = identity;
        this.sessions = sessions;
        this.pages = pages;
        this.enrolling = enrolling;
        this.departures = departures;
        this.heartbeats = heartbeats;
        this.presence = presence;
        this.costs = costs;
        this.tokens = tokens;
        this.answers = answers;
        this.paging = paging;
        this.pool = pool;
        this.config = config;
    }

    @PUT
    @Path("/{id}")
    @Operation(
            summary = "Enrol a session, or change its enrolment",
            description = "For operators; a session changes only its own domains, tools, provider and model. Absent "
                    + "fields keep their values.")
    @APIResponseSchema(Session.class)
    public Uni<RestResponse<String>> enrol(@RestPath String id, EnrolBody body) {
        Caller caller = identity.caller();
        Keep<EnrolTransaction.Enrolling> keep = new Keep<>(identity.noted(body), answer -> toKeep(answer, this::one));
        Enrolment enrolment = Check.given("body", body).check("", Check.id("id", id));
        if (body.id() != null && !body.id().equals(id)) {
            throw Problem.badInput("id", "the id in the path, or none");
        }
        return sessions.find(pool, id)
                .invoke(known -> caller.mustBeOrOperate(id, known == null ? enrolment.swarm() : known.swarm()))
                .invoke(() -> mustReach(caller, enrolment))
                .chain(() -> enrolling.enrol(List.of(enrolment), caller.isOperator(), keep))
                .map(reply -> Respond.reply(reply, answer -> one(enrolled(answer))));
    }

    private static Idempotency.Answer toKeep(
            EnrolTransaction.Enrolling answer, Function<List<Session>, Idempotency.Answer> shown) {
        return answer instanceof EnrolTransaction.Enrolling.Enrolled(List<Session> sessions)
                ? shown.apply(sessions)
                : null;
    }

    /** The enrolled sessions; throws a problem that says why nobody was enrolled. */
    private static List<Session> enrolled(EnrolTransaction.Enrolling answer) {
        return switch (answer) {
            case EnrolTransaction.Enrolling.Enrolled(List<Session> sessions) -> sessions;
            case EnrolTransaction.Enrolling.Refused(Enrolment enrolment, Enrolment.Decision why) ->
                throw CoordinatorAnswers.refusal(enrolment, why);
        };
    }

    private Idempotency.Answer one(List<Session> enrolled) {
        return answers.rendered(200, enrolled.getFirst());
    }

    private static void mustReach(Caller caller, Enrolment enrolment) {
        if (caller.isOperator() && enrolment.swarm() != null) {
            caller.mustOperate(enrolment.swarm());
        }
    }

    @POST
    @Path("/batch")
    @Operation(
            summary = "Enrol many sessions, all or none (operators)",
            description = "With a token for each, if requested.")
    @APIResponseSchema(Enrolled.class)
    public Uni<RestResponse<String>> enrolBatch(EnrolBatchBody body) {
        Caller caller = identity.caller();
        caller.mustOperate(caller.swarm());
        List<EnrolBody> all = Check.given("sessions", Check.given("body", body).sessions());
        if (all.isEmpty()) {
            throw Problem.badInput("sessions", "at least one session");
        }
        if (all.size() > config.maxBatch()) {
            throw Problem.of(Code.IF_ERR_BATCH_TOO_LARGE, "At most " + config.maxBatch() + " sessions in one call.")
                    .with("field", "sessions")
                    .with("max", config.maxBatch());
        }
        Check.atMost("sessions", all, config.maxBatch());
        boolean withTokens = body.tokens() != null && body.tokens();
        Keep<EnrolTransaction.Enrolling> keep =
                new Keep<>(withTokens ? identity.noted(body) : identity.key(body), answer -> toKeep(answer, this::all));
        Map<String, Enrolment> enrolments = new HashMap<>();
        for (int i = 0; i < all.size(); i++) {
            String path = "sessions[" + i + "].";
            Enrolment enrolment =
                    all.get(i).check(path, Check.givenId(path + "id", all.get(i).id()));
            caller.mustOperate(Check.given(path + "swarm", enrolment.swarm()));
            if (enrolments.put(enrolment.id(), enrolment) != null) {
                throw Problem.badInput(path + "id", "each session once");
            }
        }
        return sessions.find(pool, enrolments.keySet())
                .invoke(known -> known.values().forEach(session -> caller.mustOperate(session.swarm())))
                .chain(() -> withTokens
                        ? tokens.mustHold(caller).chain(() -> enrolWithTokens(enrolments.values(), keep))
                        : enrolling
                                .enrol(List.copyOf(enrolments.values()), true, keep)
                                .map(reply -> Respond.reply(reply, answer -> all(enrolled(answer)))));
    }

    private Idempotency.Answer all(List<Session> sessions) {
        return answers.rendered(201, new Enrolled(sessions, null));
    }

    /** Tokens are never kept, so a key is ignored here; enrolling twice is harmless. */
    private Uni<RestResponse<String>> enrolWithTokens(
            Collection<Enrolment> enrolments, Keep<EnrolTransaction.Enrolling> keep) {
        return enrolling
                .enrol(List.copyOf(enrolments), true, keep)
                .chain(reply -> issued(enrolled(Once.now(reply))))
                .map(enrolled ->
                        Respond.json(201, answers.rendered(201, enrolled).body(), false));
    }

    private Uni<Enrolled> issued(List<Session> enrolled) {
        List<Caller> callers = enrolled.stream()
                .map(session -> new Caller(session.id(), session.swarm(), Role.SESSION, session.enrolment()))
                .toList();
        return tokens.issueAll(callers, null).map(issued -> {
            Map<String, Token> byId = new HashMap<>();
            for (int i = 0; i < issued.size(); i++) {
                byId.put(enrolled.get(i).id(), issued.get(i));
            }
            return new Enrolled(enrolled, byId);
        });
    }

    @GET
    @Operation(summary = "List sessions, newest first")
    public Uni<Page<Shown>> list(
            @RestQuery String swarm, @RestQuery String state, @RestQuery Integer limit, @RestQuery String cursor) {
        Caller caller = presence.heard(identity.caller());
        String reach = swarm == null ? caller.swarm() : Check.id("swarm", swarm);
        caller.mustRead(reach);
        int size = paging.limit(limit);
        List<String> from = cursor == null ? List.of(Rows.FOREVER.toString(), "") : Cursor.decode(cursor, 2);
        return pages.page(
                        pool,
                        reach,
                        Check.oneOf("state", state, State.class),
                        Cursor.instant(from.get(0)),
                        from.get(1),
                        size + 1)
                .chain(rows -> shown(rows)
                        .map(shown ->
                                Page.of(rows, size, SessionResource::cursor).map(session -> shown.get(session.id()))));
    }

    private Uni<Map<String, Shown>> shown(List<Session> rows) {
        Map<String, Long> enrolments = new HashMap<>();
        rows.forEach(session -> enrolments.put(session.id(), session.enrolment()));
        return pages.loads(pool, enrolments.keySet())
                .chain(loads -> costs.since(enrolments).map(unknown -> {
                    Map<String, Shown> shown = new HashMap<>();
                    rows.forEach(session -> shown.put(
                            session.id(), Shown.of(session, loads.get(session.id()), unknown.get(session.id()))));
                    return shown;
                }));
    }

    static List<String> cursor(Session session) {
        return List.of(session.createdAt().toString(), session.id());
    }

    @GET
    @Path("/{id}")
    @Operation(summary = "A session, its leases and its queue")
    public Uni<Shown> get(@RestPath String id) {
        Caller caller = presence.heard(identity.caller());
        return sessions.find(pool, Check.id("id", id))
                .invoke(session -> {
                    if (session == null || !caller.reaches(session.swarm())) {
                        throw Problem.unknownSession(id);
                    }
                })
                .chain(session -> shown(List.of(session)).map(shown -> shown.get(id)));
    }

    @DELETE
    @Path("/{id}")
    @Operation(
            summary = "Leave",
            description = "Its tasks are open to others again, no attempt is counted, and its tokens end.")
    public Uni<Session> leave(@RestPath String id) {
        Caller caller = identity.caller();
        identity.note(null);
        return sessions.find(pool, Check.id("id", id))
                .invoke(session -> {
                    caller.mustBeOrOperate(id, caller.swarm());
                    if (session == null || !caller.reaches(session.swarm())) {
                        throw Problem.unknownSession(id);
                    }
                })
                .chain(() -> departures.leave(id, caller))
                .map(answer -> switch (answer) {
                    case DepartureTransaction.Leaving.Left(Session session) -> session;
                    case DepartureTransaction.Leaving.UnknownSession(String session) ->
                        throw Problem.unknownSession(session);
                    case DepartureTransaction.Leaving.Over _ -> throw Caller.left();
                });
    }

    @POST
    @Path("/{id}/heartbeat")
    @Operation(
            summary = "Report that I am alive, and renew these leases",
            description = "The answer says for each lease until when it is renewed, or why it is lost.")
    @APIResponseSchema(Heartbeat.class)
    public Uni<RestResponse<String>> heartbeat(@RestPath String id, HeartbeatBody body) {
        Caller caller = identity.caller();
        caller.mustBe(Check.id("id", id));
        HeartbeatBody wish = CoordinatorBodies.or(body, new HeartbeatBody(null, null));
        List<Lease> held = wish.checkedLeases(config.maxHeartbeatLeases());
        Duration lease = CoordinatorBodies.lease(wish.leaseSeconds(), config);
        return heartbeats
                .beat(caller, held, lease, new Keep<>(identity.key(body), this::toKeep))
                .map(reply -> Respond.reply(reply, answer -> {
                    Idempotency.Answer heard = toKeep(answer);
                    if (heard == null) {
                        throw refusal(answer);
                    }
                    return heard;
                }));
    }

    private Idempotency.Answer toKeep(HeartbeatTransaction.Hearing answer) {
        return answer instanceof HeartbeatTransaction.Hearing.Heard(Heartbeat heartbeat)
                ? answers.rendered(200, heartbeat)
                : null;
    }

    private static Problem refusal(HeartbeatTransaction.Hearing answer) {
        return switch (answer) {
            case HeartbeatTransaction.Hearing.Heard heard ->
                throw new IllegalArgumentException("not a refusal: " + heard);
            case HeartbeatTransaction.Hearing.UnknownSession(String session) -> Problem.unknownSession(session);
            case HeartbeatTransaction.Hearing.Over _ -> Caller.left();
        };
    }
}
