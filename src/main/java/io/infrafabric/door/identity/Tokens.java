package io.infrafabric.door.identity;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Role;
import io.infrafabric.door.DoorConfig;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import io.infrafabric.problem.Unauthenticated;
import io.quarkus.runtime.Startup;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.vertx.mutiny.sqlclient.SqlConnection;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Issues, checks and revokes tokens. The process does not start without a key to check them, unless it has no port to
 * which anybody could bring one.
 */
@Singleton
// Before anything is read from the channel: without a key this is all that there is to say.
@Startup(Interceptor.Priority.PLATFORM_BEFORE)
public class Tokens {
    private static final Signature.Grant OPERATOR =
            new Signature.Grant(new Caller("operator", null, Role.OPERATOR), Long.MAX_VALUE, Instant.MAX);
    private static final int SHORTEST = 32;

    private final DoorConfig config;
    private final Revocations revocations;
    private final Uses uses;
    private final Passes passes;
    private final Keys keys;
    private final Signature signature;
    private final Optional<byte[]> operatorToken;
    private final Clock clock = Clock.systemUTC();
    private final Cache<String, Known> verified;

    /**
     * A token and its end (whole seconds). A session's token ends then only if it is not used before; each use moves
     * the end.
     */
    public record Token(String token, Instant expiresAt) {}

    /** A token whose signature was checked; {@code use} is {@code null} if it ends at a fixed time. */
    private record Known(Signature.Grant grant, Uses.Use use) {
        Duration rest(Instant now) {
            // A sliding token is remembered from each call on for its whole time, because its last use is known here.
            return use == null ? Duration.between(now, grant.expiresAt()) : grant.idle();
        }
    }

    @Inject
    Tokens(
            DoorConfig config,
            Revocations revocations,
            Uses uses,
            Passes passes,
            @ConfigProperty(name = "quarkus.http.host-enabled", defaultValue = "true") boolean open) {
        this.config = config;
        this.revocations = revocations;
        this.uses = uses;
        this.passes = passes;
        this.keys = loadKeys(config, open);
        this.signature = new Signature(keys);
        this.operatorToken = config.operatorToken().map(Tokens::longEnough);
        this.verified = Caffeine.newBuilder()
                .maximumSize(config.tokenCache())
                .expireAfter(Expiry.<String, Known>accessing((_, known) -> known.rest(clock.instant())))
                .build();
    }

    /**
     * Issues a token. A session's may lie unused for {@code ttl}, any other ends after it; {@code null} means the
     * default. A {@link Problem} if it is out of bounds.
     */
    public Uni<Token> issue(Caller caller, Duration ttl) {
        return issueAll(List.of(caller), ttl).map(List::getFirst);
    }

    /** Issues a token for each caller, in order. */
    public Uni<List<Token>> issueAll(List<Caller> callers, Duration ttl) {
        Duration life = life(ttl);
        return revocations
                .current(callers.stream().map(Revocations::subject).toList())
                .emitOn(Infrastructure.getDefaultWorkerPool()) // signing takes too long for the event loop
                .map(generations -> callers.stream()
                        .map(caller -> sign(caller, generations.get(Revocations.subject(caller)), life))
                        .toList());
    }

    /**
     * Renews a token. The new one has the same generation, so whatever revokes one revokes the other, even at the same
     * moment. If the old token is revoked by now, this fails like any call with it.
     */
    Uni<Token> renew(Caller caller, long generation, Duration ttl) {
        Duration life = life(ttl);
        return revocations
                .holds(caller, generation)
                .emitOn(Infrastructure.getDefaultWorkerPool())
                .map(holds -> {
                    if (!holds) {
                        throw Unauthenticated.REVOKED.problem();
                    }
                    return sign(caller, generation, life);
                });
    }

    /**
     * Refuses an operator whose token was revoked, according to the database, and everybody if this process has no key
     * to issue tokens. Ask before an operator has tokens issued, because this process may learn of a revocation up to
     * 5 s late, and before anything is done for which tokens are wanted.
     */
    public Uni<Void> mustHold(Caller operator) {
        mustIssue();
        return passes.mustHold(operator);
    }

    /** Refuses everybody if this process has no key to issue tokens. */
    public void mustIssue() {
        keys.mustIssue();
    }

    /**
     * The generation of what this caller makes for a session besides tokens. What a session makes for itself has the
     * generation of its own token, so one revocation ends both. Fails like any call if the caller's token is revoked,
     * according to the database.
     *
     * @param generation that of the caller's token
     */
    public Uni<Long> generationFor(Caller caller, long generation, Caller session) {
        if (caller.isSession()) {
            return revocations.holds(caller, generation).map(holds -> {
                if (!holds) {
                    throw Unauthenticated.REVOKED.problem();
                }
                return generation;
            });
        }
        String subject = Revocations.subject(session);
        return mustHold(caller)
                .chain(() -> revocations.current(List.of(subject)))
                .map(generations -> generations.get(subject));
    }

    /** Revokes all tokens of a session that were issued so far: here at once, elsewhere within 5 s. */
    public Uni<Void> revoke(String session) {
        return revocations.revoke(session);
    }

    /**
     * Ends this enrolment of a session in a transaction under way, with all tokens that it has or is just getting.
     * Takes effect elsewhere within 5 s of the commit, and here when the caller reports the commit ({@link #ended}).
     */
    public Uni<Void> end(SqlConnection connection, String session, long enrolment) {
        return revocations.end(connection, session, enrolment);
    }

    /** Notes that the transaction that ended this enrolment is committed. */
    public void ended(String session, long enrolment) {
        revocations.ended(session, enrolment);
    }

    /**
     * What a token grants. This counts as a use. Fails with a {@link Problem} that says why if its bearer must not be
     * let in.
     */
    Uni<Signature.Grant> accept(String token) {
        byte[] bytes = token.getBytes(StandardCharsets.UTF_8);
        if (operatorToken.isPresent() && MessageDigest.isEqual(operatorToken.get(), bytes)) {
            return Uni.createFrom().item(OPERATOR);
        }
        Known known = verified.get(token, this::verify);
        Instant now = clock.instant();
        String pass = known.grant().caller().tokenId();
        if (pass == null) {
            revocations.check(known.grant());
        } else {
            passes.check(pass);
        }
        if (known.use() != null) {
            return uses.use(known.use(), now).replaceWith(known.grant());
        }
        if (!known.grant().expiresAt().isAfter(now)) {
            throw Unauthenticated.EXPIRED.problem();
        }
        return Uni.createFrom().item(known.grant());
    }

    /** Whether this fabric issued the token, even if it holds no longer. */
    boolean isOurs(String token) {
        if (operatorToken.isPresent()
                && MessageDigest.isEqual(operatorToken.get(), token.getBytes(StandardCharsets.UTF_8))) {
            return true;
        }
        if (!Signature.mayBeOne(token)) {
            return false;
        }
        try {
            return verified.get(token, this::verify) != null;
        } catch (Problem not) {
            return Unauthenticated.EXPIRED.name().equals(not.extensions().get("reason"));
        }
    }

    private Known verify(String token) {
        Signature.Grant grant = signature.verify(token);
        return new Known(grant, grant.idle() == null ? null : new Uses.Use(token, grant));
    }

    private Duration life(Duration ttl) {
        keys.mustIssue();
        Duration life = ttl == null ? config.tokenTtl() : ttl;
        Check.between("ttlSeconds", life.toSeconds(), 1, config.tokenTtlMax().toSeconds());
        return life;
    }

    private Token sign(Caller caller, long generation, Duration life) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        Instant end = now.plus(life);
        var grant = new Signature.Grant(caller, generation, end, caller.isSession() ? life : null);
        return new Token(signature.sign(grant, now), end);
    }

    static byte[] longEnough(String token) {
        if (token.length() < SHORTEST) {
            throw new Misconfigured("S2_OPERATOR_TOKEN has " + token.length() + " characters; it needs " + SHORTEST
                    + " or more, because anybody who guesses it may do everything. Make one with: openssl rand -hex "
                    + "32");
        }
        return token.getBytes(StandardCharsets.UTF_8);
    }

    private static Keys loadKeys(DoorConfig config, boolean open) {
        Optional<Path> privateKey = config.jwtKeyFile().map(Path::of);
        List<Path> publicKeys = config.jwtPublicKeyFile().stream()
                .flatMap(files -> Stream.of(files.split(",")))
                .map(String::strip)
                .filter(file -> !file.isEmpty())
                .map(Path::of)
                .toList();
        if (privateKey.isEmpty()
                && publicKeys.isEmpty()
                && config.keyDirectory().isPresent()) {
            return Keys.own(Path.of(config.keyDirectory().get(), "jwt.key"));
        }
        if (privateKey.isEmpty() && publicKeys.isEmpty() && !open) {
            return Keys.passing();
        }
        return Keys.load(privateKey, publicKeys);
    }
}
