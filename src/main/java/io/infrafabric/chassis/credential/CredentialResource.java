package io.infrafabric.chassis.credential;

import io.infrafabric.bus.Rows;
import io.infrafabric.chassis.credential.CredentialTable.Added;
import io.infrafabric.chassis.credential.CredentialTable.Filter;
import io.infrafabric.chassis.credential.CredentialTransaction.Outcome;
import io.infrafabric.chassis.credential.Issuing.Wish;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Endpoint;
import io.infrafabric.command.Idempotency;
import io.infrafabric.command.Once;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Role;
import io.infrafabric.command.TaskScope;
import io.infrafabric.door.answer.AnswerWriter;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.identity.Enrolments;
import io.infrafabric.door.identity.Enrolments.Enrolled;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.identity.ScopedTokens;
import io.infrafabric.door.identity.Tokens;
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
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestResponse;

/** Scoped credentials over REST. An {@code Idempotency-Key} is ignored here, because tokens are never kept. */
@IfBuildProperty(name = "s2.build.chassis.door", stringValue = "true", enableIfMissing = true)
@Path("/chassis/credentials")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "chassis")
public class CredentialResource {
    private final Identity identity;
    private final Enrolments sessions;
    private final Tokens tokens;
    private final ScopedTokens scoped;
    private final CredentialTransaction transaction;
    private final CredentialTable credentials;
    private final CredentialConfig config;
    private final Paging paging;
    private final AnswerWriter json;
    private final Pool pool;
    private final SecureRandom random = new SecureRandom();

    CredentialResource(
            Identity identity,
            Enrolments sessions,
            Tokens tokens,
            ScopedTokens scoped,
            CredentialTransaction transaction,
            CredentialTable credentials,
            CredentialConfig config,
            Paging paging,
            AnswerWriter json,
            Pool pool) {
        this.identity = identity;
        this.sessions = sessions;
        this.tokens = tokens;
        this.scoped = scoped;
        this.transaction = transaction;
        this.credentials = credentials;
        this.config = config;
        this.paging = paging;
        this.json = json;
        this.pool = pool;
    }

    /** The request. */
    @Schema(name = "CredentialBody")
    public record Body(
            @Schema(description = "Whose claim it is; a session may leave it out")
            String session,

            @Schema(description = "A task that the session holds", examples = "build-api")
            String taskId,

            @Schema(
                    description = "METHOD /path each, the path decoded, with * at most at its end; none allows nothing",
                    examples = "[\"POST /coordinator/tasks/build-api/complete\"]")
            List<String> endpoints,

            @Schema(description = "Life in seconds; 300 if absent, at most 3600", examples = "300")
            Long ttlSeconds) {}

    /** A new credential. Its token is shown only once. */
    @Schema(name = "IssuedCredential")
    public record Issued(String id, String token, Instant expiresAt) {
        /** Without the token, so that it can stand in no log. */
        @Override
        public String toString() {
            return "Issued[id=" + id + ", expiresAt=" + expiresAt + "]";
        }
    }

    /** What stays of an issued credential in the audit log. */
    @RegisterForReflection
    record Noted(String id, String swarm, Instant expiresAt) {}

    /** What a revocation of many asks for, for the audit log. */
    @RegisterForReflection
    record Asked(String session, String taskId) {}

    /** What stays of a revocation there. */
    @RegisterForReflection
    record Gone(String swarm, List<String> revoked) {}

    @POST
    @Operation(
            summary = "Issue a credential for one task of a session",
            description =
                    "For operators of its swarm and for the session itself, while the session holds the task. The token "
                            + "is shown only once. Its bearer is the session, for the named endpoints of this one claim; it can never "
                            + "enrol, renew, claim or vote. It holds until expiresAt at the latest: it ends with the claim, with the "
                            + "session's tokens, and when it is revoked. With a scoped credential one can issue another one for the same "
                            + "claim, with endpoints that it has itself, and no longer than it holds itself.")
    public Uni<RestResponse<Issued>> issue(Body body) {
        Caller caller = identity.caller();
        caller.mustAct();
        Check.given("body", body);
        String session = Check.id(
                "session",
                caller.isSession() && body.session() == null
                        ? caller.subject()
                        : Check.given("session", body.session()));
        String task = Check.givenId("taskId", body.taskId());
        List<Endpoint> endpoints = endpoints(body.endpoints());
        Duration ttl = ttl(body.ttlSeconds());
        if (caller.isSession()) {
            caller.mustBe(session);
        }
        if (caller.isScoped()) {
            caller.scope().mustCover(task, endpoints);
        }
        long generation = identity.generation();
        Keep<Outcome> keep = new Keep<>(
                identity.noted(body),
                outcome -> outcome instanceof Outcome.Issued(Added added)
                        ? json.write(201, new Noted(added.id(), added.swarm(), added.expiresAt()))
                        : null);
        Handle handle = handle();
        return enrolled(caller, session)
                .chain(bearer -> tokens.generationFor(caller, generation, bearer)
                        .map(known -> new Wish(bearer, known, task, endpoints, ttl, caller.by(), caller.scope())))
                .chain(wish -> transaction.issue(wish, handle.sha256(), keep))
                .map(reply -> RestResponse.status(
                        RestResponse.Status.CREATED, issued(Once.now(reply), handle, session, task)));
    }

    private List<Endpoint> endpoints(List<String> named) {
        List<Endpoint> endpoints = new ArrayList<>();
        List<String> all = named == null ? List.of() : named;
        Check.atMost("endpoints", all, config.endpointsPerCredential());
        for (int i = 0; i < all.size(); i++) {
            String field = "endpoints[" + i + "]";
            String text = Check.givenText(field, all.get(i), config.endpointLength());
            Optional<Endpoint> endpoint = Endpoint.read(text);
            endpoints.add(endpoint.orElseThrow(() -> Problem.badInput(field, Endpoint.EXPECTED)));
        }
        return endpoints.stream().distinct().toList();
    }

    private Duration ttl(Long seconds) {
        return seconds == null
                ? config.credentialTtl()
                : Duration.ofSeconds(Check.between(
                        "ttlSeconds", seconds, 1, config.credentialTtlMax().toSeconds()));
    }

    private Handle handle() {
        byte[] bytes = new byte[Handle.BYTES];
        random.nextBytes(bytes);
        return Handle.of(bytes);
    }

    /** The session as it is enrolled, if the caller may act for it. */
    private Uni<Caller> enrolled(Caller caller, String session) {
        return sessions.enrolled(session).map(found -> {
            Enrolled known = found.orElseThrow(() -> Problem.unknownSession(session));
            caller.mustBeOrOperate(session, known.swarm());
            if (!caller.isSession() && known.left()) {
                throw Problem.unknownSession(session);
            }
            caller.mustStillBe(known.left() ? 0 : known.enrolment());
            return new Caller(session, known.swarm(), Role.SESSION, known.enrolment());
        });
    }

    private Issued issued(Outcome outcome, Handle handle, String session, String task) {
        return switch (outcome) {
            case Outcome.Issued(Added added) -> new Issued(added.id(), handle.token(), added.expiresAt());
            case Outcome.Refused(Issuing why) -> throw refusal(why, session, task);
        };
    }

    private Problem refusal(Issuing why, String session, String task) {
        return switch (why) {
            case Issuing.Issue issue -> throw new IllegalArgumentException("not a refusal: " + issue);
            case Issuing.UnknownTask _ -> Problem.unknownTask(task);
            case Issuing.NotHeld(String state) ->
                Problem.of(Code.IF_ERR_TASK_STATE, "Session " + session + " does not hold task " + task + ".")
                        .with("task", task)
                        .with("taskState", state)
                        .with("whatToDo", "Claim the task first.");
            case Issuing.TooMany(long open) ->
                Problem.overQuota(
                        "credentials",
                        "session:" + session,
                        "s2.chassis.credentials-per-session",
                        open,
                        config.credentialsPerSession());
            case Issuing.Over(var reason) -> reason.problem();
        };
    }

    @GET
    @Operation(
            summary = "Scoped credentials, newest first",
            description =
                    "A session sees its own, operators and viewers those of the swarms that they reach. Ended ones stay in "
                            + "the list for 24 h. No answer shows a token.")
    public Uni<Page<Credential>> list(@RestQuery String session, @RestQuery Integer limit, @RestQuery String cursor) {
        Caller caller = identity.caller();
        int size = paging.limit(limit);
        String of = Check.id("session", session);
        if (caller.isSession()) {
            of = of == null ? caller.subject() : of;
            caller.mustBe(of);
        }
        List<String> after =
                cursor == null ? List.of(Rows.FOREVER.toString(), Rows.LAST_ID.toString()) : Cursor.decode(cursor, 2);
        Filter filter = new Filter(
                caller.swarm(),
                of,
                caller.isScoped() ? caller.scope().task() : null,
                Cursor.instant(after.getFirst()),
                Cursor.uuid(after.getLast()));
        return credentials
                .page(pool, filter, size + 1)
                .map(rows -> Page.of(rows, size, one -> List.of(one.issuedAt().toString(), one.id())));
    }

    @DELETE
    @Path("/{id}")
    @Operation(
            summary = "Revoke a scoped credential",
            description =
                    "And all that were issued with it. Takes effect here at once, in every other process within 5 s. "
                            + "Revoking it again changes nothing.")
    public Uni<Void> revoke(@RestPath String id) {
        Caller caller = identity.caller();
        caller.mustAct();
        Idempotency.Key noted = identity.noted(null);
        UUID uuid = Check.uuid(id, () -> unknown(id));
        return credentials
                .find(pool, uuid)
                .chain(found -> reaches(caller, found).map(reached -> {
                    if (!reached) {
                        throw unknown(id);
                    }
                    return found;
                }))
                .chain(found -> transaction.revoke(found.session(), uuid, caller.by(), kept(noted, found.swarm())))
                .invoke(reply -> scoped.areRevoked(Once.now(reply)))
                .replaceWithVoid();
    }

    /** With a scoped credential one reaches it, and what was issued with it. */
    private Uni<Boolean> reaches(Caller caller, Credential found) {
        boolean reached = found != null
                && (caller.isSession() ? caller.subject().equals(found.session()) : caller.reaches(found.swarm()));
        return reached && caller.isScoped()
                ? credentials.isWithin(pool, UUID.fromString(caller.scope().credential()), UUID.fromString(found.id()))
                : Uni.createFrom().item(reached);
    }

    @DELETE
    @Operation(
            summary = "Revoke all scoped credentials of a session, for a task, or both",
            description = "Takes effect here at once, in every other process within 5 s. A session revokes its own.")
    public Uni<Void> revokeAll(@RestQuery String session, @RestQuery String taskId) {
        Caller caller = identity.caller();
        caller.mustAct();
        if (caller.isScoped()) {
            throw caller.scope().refused(TaskScope.Reason.NEVER);
        }
        String task = Check.id("taskId", taskId);
        if (session == null && task == null) {
            throw Problem.badInput("session", "a session, a taskId, or both");
        }
        String of = session == null && caller.isSession() ? caller.subject() : Check.id("session", session);
        Idempotency.Key noted = identity.noted(new Asked(of, task));
        Uni<Once.Reply<List<String>>> revoked = of == null
                ? transaction.revokeFor(task, caller.swarm(), caller.by(), kept(noted, caller.swarm()))
                : sessions.enrolled(of)
                        .map(found -> found.map(Enrolled::swarm).orElseThrow(() -> Problem.unknownSession(of)))
                        .invoke(swarm -> caller.mustBeOrOperate(of, swarm))
                        .chain(swarm -> transaction.revokeOf(of, task, caller.by(), kept(noted, swarm)));
        return revoked.invoke(reply -> scoped.areRevoked(Once.now(reply))).replaceWithVoid();
    }

    private Keep<List<String>> kept(Idempotency.Key noted, String swarm) {
        return new Keep<>(noted, ids -> json.write(200, new Gone(swarm, ids)));
    }

    private static Problem unknown(String id) {
        return Problem.of(Code.IF_ERR_UNKNOWN_CREDENTIAL, "The caller reaches no credential " + id + ".");
    }
}
