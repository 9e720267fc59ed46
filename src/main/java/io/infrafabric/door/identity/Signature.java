package io.infrafabric.door.identity;

import io.infrafabric.command.Caller;
import io.infrafabric.command.Role;
import io.infrafabric.problem.Problem;
import io.infrafabric.problem.Unauthenticated;
import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import io.smallrye.jwt.auth.principal.DefaultJWTParser;
import io.smallrye.jwt.auth.principal.JWTAuthContextInfo;
import io.smallrye.jwt.auth.principal.ParseException;
import io.smallrye.jwt.build.Jwt;
import io.smallrye.jwt.build.JwtClaimsBuilder;
import java.security.PublicKey;
import java.time.DateTimeException;
import java.time.Duration;
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
 * Writes what a token grants into a signed text (JWT, RS256), and reads it back if the signature holds. A token names
 * its key ({@code kid}), so that two keys may exist during an exchange; a token that names none is tried with each.
 */
final class Signature {
    static final String ISSUER = "s2-fabric";

    private static final String SWARM = "swarm";
    private static final String ROLE = "role";
    private static final String GENERATION = "gen";
    private static final String ENROLMENT = "enr";
    private static final String IDLE = "ttl";

    /** Marks a token that has a row in {@link Passes}; the library gives ids to others too. */
    private static final String PASS = "pass";

    /** What every one begins with: an object, in Base64. */
    private static final String BEGIN = "ey";

    private final Keys keys;
    private final String keyId;
    private final SequencedMap<String, DefaultJWTParser> parsers = new LinkedHashMap<>();

    /**
     * What a token grants.
     *
     * @param generation the subject's generation when this token, or the token that it renews, was issued; a later one
     * revokes it
     * @param expiresAt whole seconds; for a sliding token, its end if it is not used before
     * @param idle how long it may lie unused; {@code null} if it does not slide but ends at {@code expiresAt}
     */
    record Grant(Caller caller, long generation, Instant expiresAt, Duration idle) {
        /** A grant that ends at a fixed time. */
        Grant(Caller caller, long generation, Instant expiresAt) {
            this(caller, generation, expiresAt, null);
        }

        /** When a sliding grant was issued. */
        Instant issuedAt() {
            return expiresAt.minus(idle);
        }
    }

    Signature(Keys keys) {
        this.keys = keys;
        keys.byId().forEach((id, key) -> parsers.put(id, parser(key)));
        this.keyId = parsers.firstEntry().getKey();
    }

    private static DefaultJWTParser parser(PublicKey key) {
        JWTAuthContextInfo rules = new JWTAuthContextInfo(key, ISSUER);
        // Set explicitly, so that no token can choose its own algorithm (RFC 8725, 3.1).
        rules.setSignatureAlgorithm(Set.of(SignatureAlgorithm.RS256));
        rules.setRequireNamedPrincipal(true);
        // This class and Uses decide whether a token has ended: "exp" is not the end of a sliding token.
        rules.setClockSkew(Integer.MAX_VALUE);
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
        if (grant.caller().isSession()) {
            claims.claim(ENROLMENT, grant.caller().enrolment());
        }
        if (grant.idle() != null) {
            claims.claim(IDLE, grant.idle().toSeconds());
        }
        if (grant.caller().tokenId() != null) {
            claims.claim(Claims.jti.name(), grant.caller().tokenId()).claim(PASS, true);
        }
        return claims.jws().algorithm(SignatureAlgorithm.RS256).keyId(keyId).sign(keys.signing());
    }

    /**
     * What a token grants; a {@link Problem} with the reason if it is malformed or forged, or has ended at its fixed
     * time.
     */
    Grant verify(String token) {
        try {
            JsonWebToken claims = parse(token);
            Role role = Role.valueOf(claims.<String>getClaim(ROLE).toUpperCase(Locale.ROOT));
            long enrolment = role == Role.SESSION ? number(claims, ENROLMENT, 1) : 0;
            String tokenId = claims.containsClaim(PASS) ? claims.getTokenID() : null;
            Caller caller = new Caller(claims.getSubject(), claims.getClaim(SWARM), role, enrolment, tokenId);
            // Only sessions' tokens slide, whatever the token says.
            Duration idle = role == Role.SESSION && claims.containsClaim(IDLE) ? idle(number(claims, IDLE, 0)) : null;
            Instant end = Instant.ofEpochSecond(Math.max(0, claims.getExpirationTime()));
            if (idle == null && !end.isAfter(Instant.now())) {
                throw Unauthenticated.EXPIRED.problem();
            }
            return new Grant(caller, Long.parseLong(claims.getClaim(GENERATION).toString()), end, idle);
        } catch (ParseException e) {
            throw refused(e);
        } catch (IllegalArgumentException
                | NullPointerException
                | ClassCastException
                | ArithmeticException
                | DateTimeException _) {
            // Signed with our key but not ours: the key's owner signed something else with it.
            throw Unauthenticated.MALFORMED.problem();
        }
    }

    /**
     * Whether a text may be a token at all (JWS in its compact form, RFC 7515, 3.1): each header of a forwarded call is looked at, and
     * to find out by {@link #verify} takes as long as all the rest of such a call.
     */
    static boolean mayBeOne(String text) {
        int first = text.indexOf('.');
        int second = text.indexOf('.', first + 1);
        return text.startsWith(BEGIN) && first > 0 && second > first && text.indexOf('.', second + 1) < 0;
    }

    private static Duration idle(long seconds) {
        if (seconds < 1 || seconds > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("nothing that the fabric ever issued");
        }
        return Duration.ofSeconds(seconds);
    }

    // The class of a number depends on how the library is set up; all are written alike.
    private static long number(JsonWebToken claims, String name, long otherwise) {
        Object value = claims.getClaim(name);
        return value == null ? otherwise : Long.parseLong(value.toString());
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

    /** {@code null} if the token names no key, or is no token at all: the parser reports that better. */
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
