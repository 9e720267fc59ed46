package io.infrafabric.door;

import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import io.smallrye.jwt.auth.principal.DefaultJWTParser;
import io.smallrye.jwt.auth.principal.JWTAuthContextInfo;
import io.smallrye.jwt.auth.principal.ParseException;
import io.smallrye.jwt.build.Jwt;
import io.smallrye.jwt.build.JwtClaimsBuilder;
import java.security.PublicKey;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.Set;
import org.eclipse.microprofile.jwt.Claims;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.consumer.ErrorCodes;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.lang.JoseException;

/**
 * Writes what a token grants into a signed text (JWT, RS256), and reads it back if the signature holds. A token names its
 * key ({@code kid}), so that there may be two of them while keys are exchanged; one that names none is tried with each.
 */
final class Signature {
    static final String ISSUER = "s2-fabric";

    private static final String SWARM = "swarm";
    private static final String ROLE = "role";
    private static final String GENERATION = "gen";

    /** Marks a token that stands in {@link Passes}; the library gives an id to others too. */
    private static final String PASS = "pass";

    private final Keys keys;
    private final String keyId;
    private final SequencedMap<String, DefaultJWTParser> parsers = new LinkedHashMap<>();

    /**
     * What a token grants.
     *
     * @param generation of the subject when it was issued; a later one revokes it
     * @param expiresAt whole seconds
     */
    record Grant(Caller caller, long generation, Instant expiresAt) {}

    Signature(Keys keys) {
        this.keys = keys;
        keys.byId().forEach((id, key) -> parsers.put(id, parser(key)));
        this.keyId = parsers.firstEntry().getKey();
    }

    private static DefaultJWTParser parser(PublicKey key) {
        JWTAuthContextInfo rules = new JWTAuthContextInfo(key, ISSUER);
        // Said outright, so that no token can choose its own algorithm (RFC 8725, 3.1).
        rules.setSignatureAlgorithm(Set.of(SignatureAlgorithm.RS256));
        rules.setRequireNamedPrincipal(true);
        return new DefaultJWTParser(rules);
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
        if (grant.caller().tokenId() != null) {
            claims.claim(Claims.jti.name(), grant.caller().tokenId()).claim(PASS, true);
        }
        return claims.jws().algorithm(SignatureAlgorithm.RS256).keyId(keyId).sign(keys.signing());
    }

    /** What a token grants; a {@link Problem} that says why not if it is malformed, forged or expired. */
    Grant verify(String token) {
        try {
            JsonWebToken claims = parse(token);
            Role role = Role.valueOf(claims.<String>getClaim(ROLE).toUpperCase(Locale.ROOT));
            String tokenId = claims.containsClaim(PASS) ? claims.getTokenID() : null;
            Caller caller = new Caller(claims.getSubject(), claims.getClaim(SWARM), role, tokenId);
            // A number comes as one class or another, depending on how the library is set up; all are written alike.
            long generation = Long.parseLong(claims.getClaim(GENERATION).toString());
            return new Grant(caller, generation, Instant.ofEpochSecond(claims.getExpirationTime()));
        } catch (ParseException e) {
            throw refused(e);
        } catch (IllegalArgumentException | NullPointerException | ClassCastException _) {
            // Signed by our key and yet not ours: whoever holds the key signed something else with it.
            throw Unauthenticated.MALFORMED.problem();
        }
    }

    private JsonWebToken parse(String token) throws ParseException {
        String named = keyNamedBy(token);
        if (named != null) {
            DefaultJWTParser parser = parsers.get(named);
            if (parser == null) {
                throw Unauthenticated.FORGED.problem();
            }
            return parser.parse(token);
        }
        ParseException last = null;
        for (DefaultJWTParser parser : parsers.values()) {
            try {
                return parser.parse(token);
            } catch (ParseException e) {
                if (!isOfAnotherKey(e)) {
                    throw e;
                }
                last = e;
            }
        }
        throw last;
    }

    /** {@code null} if it names none, or is no token at all, which the parser says better. */
    private static String keyNamedBy(String token) {
        try {
            return JsonWebSignature.fromCompactSerialization(token).getKeyIdHeaderValue();
        } catch (JoseException _) {
            return null;
        }
    }

    private static boolean isOfAnotherKey(ParseException e) {
        return e.getCause() instanceof InvalidJwtException invalid
                && invalid.hasErrorCode(ErrorCodes.SIGNATURE_INVALID);
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
