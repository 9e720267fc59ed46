package io.infrafabric.chassis.credential;

import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * A scoped credential as it is shown; its token is nowhere.
 *
 * @param epoch of the claim that it is good for
 * @param endpoints as they were named
 * @param issuedBy a session, or an operator as in {@code operator:ann}
 * @param issuedWith the credential of the caller that issued it; {@code null} if it had the session's own token
 */
@Schema(name = "Credential")
public record Credential(
        String id,
        String session,
        String swarm,
        String taskId,
        long epoch,
        List<String> endpoints,
        String issuedBy,
        String issuedWith,
        Instant issuedAt,
        Instant expiresAt,
        Instant revokedAt,
        String revokedBy) {}
