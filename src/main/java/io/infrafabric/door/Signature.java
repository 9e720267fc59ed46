package io.infrafabric.door;

import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import io.smallrye.jwt.auth.principal.DefaultJWTParser;
import io.smallrye.jwt.auth.principal.JWTAuthContextInfo;
import io.smallrye.jwt.auth.principal.ParseException;
import io.smallrye.jwt.build.Jwt;
import io.smallrye.jwt.build.JwtClaimsBuilder;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Locale;
import java.util.Set;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.jose4j.jwt.consumer.ErrorCodes;
import org.jose4j.jwt.consumer.InvalidJwtException;

/** Writes what a token grants into a signed text (JWT, RS256), and reads it back if the signature holds. */
final class Signature {
    static final String ISSUER = "s2-fabric";

    private static final String SWARM = "swarm";
    private static final String ROLE = "role";
    private static final String GENERATION = "gen";

    private final Keys keys;
    private final DefaultJWTParser parser;

    /**
     * What a token grants.
     *
     * @param generation of the subject when it was issued; a later one revokes it
     * @param expiresAt whole seconds
     */
    record Grant(Caller caller, long generation, Instant expiresAt) {}

    Signature(Keys keys) {
        this.keys = keys;
        JWTAuthContextInfo rules = new JWTAuthContextInfo(keys.verifying(), ISSUER);
        // Said outright, so that no token can choose its own algorithm (RFC 8725, 3.1).
        rules.setSignatureAlgorithm(Set.of(SignatureAlgorithm.RS256));
        rules.setRequireNamedPrincipal(true);
        this.parser = new DefaultJWTParser(rules);
    }

    /** Signs a token. Takes about a millisecond of CPU: not for the event loop. */
    String sign(Grant grant, Instant now) {
        JwtClaimsBuilder claims = Jwt.claims()
                .issuer(ISSUER)
                .subject(grant.caller().subject())
                .claim(ROLE, grant.caller().role().name().toLowerCase(Locale.ROOT))
                .claim(GENERATION, grant.generation())
                .issuedAt(now)
                .expiresAt(grant.expiresAt());
        if (grant.caller().swarm() != null) {
            claims.claim(SWARM, grant.caller().swarm());
        }
        return claims.jws().algorithm(SignatureAlgorithm.RS256).sign(keys.signing());
    }

    /** What a token grants; a {@link Problem} that says why not if it is malformed, forged or expired. */
    Grant verify(String token) {
        try {
            JsonWebToken claims = parser.parse(token);
            Role role = Role.valueOf(claims.<String>getClaim(ROLE).toUpperCase(Locale.ROOT));
            Caller caller = new Caller(claims.getSubject(), claims.getClaim(SWARM), role);
            // A number comes as one class or another, depending on how the library is set up; all are written alike.
            long generation = Long.parseLong(claims.getClaim(GENERATION).toString());
            return new Grant(caller, generation, Instant.ofEpochSecond(claims.getExpirationTime()));
        } catch (ParseException e) {
            throw refused(e);
        } catch (IllegalArgumentException
                | NullPointerException
                | ClassCastException
                | ArithmeticException
                | DateTimeException _) {
            // Signed by our key and yet not ours: whoever holds the key signed something else with it.
            throw Unauthenticated.MALFORMED.problem();
        }
    }

    private static Problem refused(ParseException e) {
        if (e.getCause() instanceof InvalidJwtException invalid) {
            if (invalid.hasExpired()) {
                return Unauthenticated.EXPIRED.problem();
            }
            if (invalid.hasErrorCode(ErrorCodes.SIGNATURE_INVALID) || invalid.hasErrorCode(ErrorCodes.ISSUER_INVALID)) {
                return Unauthenticated.FORGED.problem();
            }
        }
        return Unauthenticated.MALFORMED.problem();
    }
}
