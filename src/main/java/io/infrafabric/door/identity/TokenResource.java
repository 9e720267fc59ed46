package io.infrafabric.door.identity;

import io.infrafabric.command.Caller;
import io.infrafabric.command.Role;
import io.infrafabric.door.identity.Enrolments.Enrolled;
import io.infrafabric.door.identity.Tokens.Token;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;

/** Tokens of sessions. An {@code Idempotency-Key} is ignored here, because tokens are never kept. */
@IfBuildProperty(name = "s2.build.coordinator.door", stringValue = "true", enableIfMissing = true)
@Path("/coordinator/sessions/{session}/tokens")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "coordinator")
public class TokenResource {

    @Inject
    Identity identity;

    @Inject
    Tokens tokens;

    @Inject
    Enrolments sessions;

    /** The request. */
    @Schema(name = "SessionTokenBody")
    public record Wish(
            @Schema(
                    description = "How long the token may lie unused, in seconds; 24 h if absent, at most 30 d",
                    examples = "3600")
            Long ttlSeconds) {}

    @POST
    @Operation(
            summary = "Issue a token for a session",
            description = "For operators of its swarm and for the session itself. The token holds until it is revoked, "
                    + "the session leaves, or the token lies unused for ttlSeconds: at expiresAt if it is not used "
                    + "before. So a token in use needs no renewal.")
    public Uni<RestResponse<Token>> issue(@RestPath String session, Wish wish) {
        Caller caller = identity.caller();
        long generation = identity.generation();
        identity.note(wish);
        Duration ttl = wish == null || wish.ttlSeconds() == null ? null : Duration.ofSeconds(ttlSeconds(wish));
        return enrolled(session)
                .invoke(found -> caller.mustBeOrOperate(session, found.swarm()))
                .flatMap(found -> issue(caller, generation, session, found, ttl))
                .map(token -> RestResponse.status(RestResponse.Status.CREATED, token));
    }

    private Uni<Token> issue(Caller caller, long generation, String session, Enrolled found, Duration ttl) {
        if (!caller.isSession()) {
            if (found.left()) {
                throw Problem.unknownSession(session);
            }
            return tokens.mustHold(caller)
                    .chain(() ->
                            tokens.issue(new Caller(session, found.swarm(), Role.SESSION, found.enrolment()), ttl));
        }
        caller.mustStillBe(found.left() ? 0 : found.enrolment());
        return tokens.renew(caller, generation, ttl);
    }

    @DELETE
    @Operation(
            summary = "Revoke all tokens of a session",
            description = "For operators. Revokes all tokens issued so far, and those that they are being renewed "
                    + "into. Takes effect in every process within 5 s.")
    public Uni<Void> revoke(@RestPath String session) {
        Caller caller = identity.caller();
        identity.note(null);
        return enrolled(session)
                .invoke(found -> caller.mustOperate(found.swarm()))
                .flatMap(_ -> tokens.revoke(session));
    }

    private Uni<Enrolled> enrolled(String session) {
        Check.id("session", session);
        return sessions.enrolled(session).map(found -> found.orElseThrow(() -> Problem.unknownSession(session)));
    }

    private static long ttlSeconds(Wish wish) {
        // Bounded here, before it becomes a Duration; Tokens checks the configured bound.
        return Check.between("ttlSeconds", wish.ttlSeconds(), 1, Integer.MAX_VALUE);
    }
}
