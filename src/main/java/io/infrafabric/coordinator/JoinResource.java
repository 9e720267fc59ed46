package io.infrafabric.coordinator;

import io.infrafabric.command.Caller;
import io.infrafabric.command.Once;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Role;
import io.infrafabric.coordinator.join.Join;
import io.infrafabric.coordinator.join.JoinConfig;
import io.infrafabric.coordinator.join.JoinKeys;
import io.infrafabric.coordinator.join.JoinTable;
import io.infrafabric.coordinator.join.JoinTable.Approved;
import io.infrafabric.coordinator.session.Enrolment;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.transaction.JoinTransaction;
import io.infrafabric.coordinator.transaction.JoinTransaction.Approving;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.identity.Tokens;
import io.infrafabric.door.identity.Tokens.Token;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.security.SecureRandom;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirements;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;

/** Joins over REST: agents without a token ask, operators approve. */
@IfBuildProperty(name = "s2.build.coordinator.door", stringValue = "true", enableIfMissing = true)
@Path("/coordinator/joins")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "coordinator")
public class JoinResource {
    private static final String SECRET = "S2-Join-Secret";
    private static final int LONGEST_SECRET = 100;

    /** Often enough for a person who has just approved, and seldom enough for the database. */
    private static final int POLL_SECONDS = 2;

    /** The request. */
    @Schema(name = "JoinBody")
    public record Wish(
            @Schema(description = "The swarm to join", examples = "demo")
            String swarm,

            @Schema(description = "The name that the session shall have", examples = "anna")
            String name,

            @Schema(description = "What kind of agent it is", examples = "claude")
            String agent) {}

    /**
     * What the agent is given.
     *
     * @param code for an operator
     * @param secret for the agent alone: it goes into the header {@code S2-Join-Secret}
     * @param pollSeconds how often the agent may ask
     */
    @RegisterForReflection
    @Schema(name = "JoinKeys")
    public record Given(String code, String secret, Instant expiresAt, int pollSeconds) {}

    /** How a join stands. */
    public enum State {
        WAITING,
        APPROVED
    }

    /** A join; {@code token} only for the agent, and once. */
    @RegisterForReflection
    @Schema(name = "Join")
    public record Standing(
            String code,
            State state,
            String session,
            String swarm,
            String agent,
            String address,
            Instant createdAt,
            Instant expiresAt,
            String approvedBy,
            Token token) {
        static Standing of(Join join) {
            return new Standing(
                    join.code(),
                    join.approvedBy() == null ? State.WAITING : State.APPROVED,
                    join.session(),
                    join.swarm(),
                    join.agent(),
                    join.address(),
                    join.createdAt(),
                    join.expiresAt(),
                    join.approvedBy(),
                    null);
        }
    }

    private final Identity identity;
    private final JoinTransaction joins;
    private final Tokens tokens;
    private final Pool pool;
    private final CoordinatorAnswers answers;
    private final JoinConfig config;
    private final SecureRandom random = new SecureRandom();

    public JoinResource(
            Identity identity,
            JoinTransaction joins,
            Tokens tokens,
            Pool pool,
            CoordinatorAnswers answers,
            JoinConfig config) {
        this.identity = identity;
        this.joins = joins;
        this.tokens = tokens;
        this.pool = pool;
        this.answers = answers;
        this.config = config;
    }

    @POST
    @Operation(
            summary = "Ask to join a swarm (no token needed)",
            description =
                    "Show the code to an operator, who approves it, and ask with the secret for the token meanwhile.")
    @SecurityRequirements
    public Uni<RestResponse<Given>> ask(Wish wish, @Context HttpServerRequest request) {
        Wish given = Check.given("body", wish);
        Join asked = new Join(
                null,
                Check.givenId("name", given.name()),
                Check.givenId("swarm", given.swarm()),
                given.agent() == null ? null : Check.id("agent", given.agent()),
                request.remoteAddress().hostAddress(),
                null,
                null,
                null);
        JoinKeys keys = JoinKeys.draw(random);
        return joins.ask(keys, asked).map(until -> {
            if (until == null) {
                throw Problem.of(Code.IF_ERR_QUOTA_EXCEEDED, "Too many agents wait to join.")
                        .with("quota", "joins")
                        .with("limit", config.maxJoins())
                        .after(config.joinLife());
            }
            return RestResponse.status(
                    RestResponse.Status.CREATED, new Given(keys.code(), keys.secret(), until, POLL_SECONDS));
        });
    }

    @GET
    @Path("/{code}")
    @Operation(
            summary = "Look at a join (operators), or ask for the token (whoever has the secret, in S2-Join-Secret)",
            description = "202 while the agent waits for an operator. The token comes once, and then the join is over.")
    public Uni<RestResponse<Standing>> get(@RestPath String code, @HeaderParam(SECRET) String secret) {
        String kept = kept(code);
        if (secret == null) {
            Caller caller = identity.caller();
            return reached(caller, kept).map(join -> RestResponse.ok(Standing.of(join)));
        }
        if (!Check.isVisible(secret, LONGEST_SECRET)) {
            throw unknown(code);
        }
        tokens.mustIssue();
        return JoinTable.take(pool, kept, secret)
                .chain(approved -> approved == null
                        ? JoinTable.find(pool, kept, secret).map(join -> waiting(join, code))
                        : tokens.issue(caller(approved), null)
                                .map(token -> RestResponse.ok(new Standing(
                                        kept,
                                        State.APPROVED,
                                        approved.session(),
                                        approved.swarm(),
                                        null,
                                        null,
                                        null,
                                        null,
                                        null,
                                        token))));
    }

    private static Caller caller(Approved approved) {
        return new Caller(approved.session(), approved.swarm(), Role.SESSION, approved.enrolment());
    }

    private static RestResponse<Standing> waiting(Join join, String code) {
        if (join == null) {
            throw unknown(code);
        }
        return RestResponse.status(RestResponse.Status.ACCEPTED, Standing.of(join));
    }

    @POST
    @Path("/{code}/approve")
    @Operation(
            summary = "Approve a join (operators)",
            description = "Enrols the session. The agent that has the secret is given its token.")
    public Uni<Session> approve(@RestPath String code) {
        Caller caller = identity.caller();
        String kept = kept(code);
        return reached(caller, kept)
                .chain(join -> tokens.mustHold(caller))
                .chain(() -> joins.approve(
                        kept,
                        caller.by(),
                        new Keep<>(
                                identity.noted(null),
                                answer -> answer instanceof Approving.Approved(Session session)
                                        ? answers.rendered(200, session)
                                        : null)))
                .map(reply -> switch (Once.now(reply)) {
                    case Approving.Approved(Session session) -> session;
                    case Approving.Refused(Enrolment enrolment, Enrolment.Decision why) ->
                        throw CoordinatorAnswers.refusal(enrolment, why);
                    case Approving.Unknown _ -> throw unknown(code);
                });
    }

    private Uni<Join> reached(Caller caller, String code) {
        return JoinTable.find(pool, code).map(join -> {
            caller.mustOperate(join == null ? caller.swarm() : join.swarm());
            if (join == null) {
                throw unknown(code);
            }
            return join;
        });
    }

    private static String kept(String code) {
        String kept = JoinKeys.typed(code);
        if (kept == null) {
            throw unknown(code);
        }
        return kept;
    }

    private static Problem unknown(String code) {
        return Problem.of(Code.IF_ERR_UNKNOWN_JOIN, "Nobody waits to join under this code.")
                .with("join", code);
    }
}
