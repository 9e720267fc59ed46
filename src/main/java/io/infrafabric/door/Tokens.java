package io.infrafabric.door;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.quarkus.runtime.Startup;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Issues, checks and revokes tokens. The process does not start without a key to check them, unless it has no port that
 * anybody could come to with one.
 */
@Singleton
@Startup
public class Tokens {
    private static final int SHORTEST = 32;
    private static final Caller OPERATOR = new Caller("operator", null, Role.OPERATOR);

    private final DoorConfig config;
    private final Revocations revocations;
    private final Passes passes;
    private final Keys keys;
    private final Signature signature;
    private final Optional<byte[]> operatorToken;
    private final Clock clock = Clock.systemUTC();
    private final Cache<String, Signature.Grant> verified;

    /** A token, and when it ends (whole seconds). */
    public record Token(String token, Instant expiresAt) {}

    @Inject
    Tokens(
            DoorConfig config,
            Revocations revocations,
            Passes passes,
            @ConfigProperty(name = "quarkus.http.host-enabled", defaultValue = "true") boolean open) {
        this.config = config;
        this.revocations = revocations;
        this.passes = passes;
        this.keys = loadKeys(config, open);
        this.signature = new Signature(keys);
        this.operatorToken = config.operatorToken().map(Tokens::longEnough);
        this.verified = Caffeine.newBuilder()
                .maximumSize(config.tokenCache())
                .expireAfter(Expiry.<String, Signature.Grant>creating(
                        (_, grant) -> Duration.between(clock.instant(), grant.expiresAt())))
                .build();
    }

    /** Issues a token; {@code ttl} of {@code null} is the default. A {@link Problem} if it is out of bounds. */
    public Uni<Token> issue(Caller caller, Duration ttl) {
        return issueAll(List.of(caller), ttl).map(List::getFirst);
    }

    /** Issues a token for each caller, in their order. */
    public Uni<List<Token>> issueAll(List<Caller> callers, Duration ttl) {
        if (!keys.canIssue()) {
            throw Problem.of(Code.IF_ERR_UNAVAILABLE, "This process only verifies tokens: it has no private key.")
                    .with("whatToDo", "Ask a process that was given S2_JWT_KEY_FILE.");
        }
        Duration life = ttl == null ? config.tokenTtl() : ttl;
        Check.between("ttlSeconds", life.toSeconds(), 1, config.tokenTtlMax().toSeconds());
        return revocations
                .current(callers.stream().map(Caller::subject).toList())
                .emitOn(Infrastructure.getDefaultWorkerPool()) // signing takes too long for the event loop
                .map(generations -> sign(callers, generations, life));
    }

    /** Revokes all tokens of a subject that were issued so far: here at once, elsewhere within 5 s. */
    public Uni<Void> revoke(String subject) {
        return revocations.revoke(subject);
    }

    /** Who a token belongs to; a {@link Problem} that says why not if it is not to be let in. */
    Caller accept(String token) {
        byte[] bytes = token.getBytes(StandardCharsets.UTF_8);
        if (operatorToken.isPresent() && MessageDigest.isEqual(operatorToken.get(), bytes)) {
            return OPERATOR;
        }
        Signature.Grant grant = verified.get(token, signature::verify);
        if (!grant.expiresAt().isAfter(clock.instant())) {
            throw Unauthenticated.EXPIRED.problem();
        }
        if (grant.caller().tokenId() == null) {
            revocations.check(grant);
        } else {
            passes.check(grant.caller().tokenId());
        }
        return grant.caller();
    }

    private List<Token> sign(List<Caller> callers, Map<String, Long> generations, Duration life) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        return callers.stream()
                .map(caller -> {
                    long generation = generations.get(caller.subject());
                    var grant = new Signature.Grant(caller, generation, now.plus(life));
                    return new Token(signature.sign(grant, now), grant.expiresAt());
                })
                .toList();
    }

    static byte[] longEnough(String token) {
        if (token.length() < SHORTEST) {
            throw new Misconfigured("S2_OPERATOR_TOKEN has " + token.length() + " characters; it needs " + SHORTEST
                    + " or more, since whoever guesses it may do everything. Make one with: openssl rand -hex 32");
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
            Path own = Path.of(config.keyDirectory().get(), "jwt.key");
            if (!own.toFile().exists()) {
                Keys.generate(own);
            }
            privateKey = Optional.of(own);
        }
        if (privateKey.isEmpty() && publicKeys.isEmpty() && !open) {
            return Keys.passing();
        }
        return Keys.load(privateKey, publicKeys);
    }
}
