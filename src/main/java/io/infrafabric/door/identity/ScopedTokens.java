package io.infrafabric.door.identity;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.infrafabric.bus.DatabaseAway;
import io.infrafabric.bus.WatchConfig;
import io.infrafabric.command.Canonical;
import io.infrafabric.command.TaskScope;
import io.infrafabric.door.DoorConfig;
import io.infrafabric.door.identity.ScopedCredentials.Found;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.infrafabric.problem.Unauthenticated;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/**
 * Checks the tokens of scoped credentials: opaque, each good for one session, one claim of it, and the endpoints that it
 * names ({@link TaskScope}). Nothing can be read from such a token, so the database is asked. What it says is remembered
 * for {@link DoorConfig#scopedAge()}, so a revocation and the end of the claim hold everywhere within 5 s. While the
 * database is away, only remembered tokens are let in.
 *
 * <p>Only the SHA-256 of a token is remembered. The revocations of the session's own tokens, and its leaving, are looked up
 * on every call, as for any of its tokens.
 */
@ApplicationScoped
public class ScopedTokens {
    private static final String PREFIX = "s2c_";
    private static final Pattern FORM = Pattern.compile(PREFIX + "[A-Za-z0-9_-]{43}");

    private final ScopedCredentials credentials;
    private final Revocations revocations;
    private final DoorConfig config;
    private final WatchConfig watch;
    private final AtomicInteger lookups = new AtomicInteger();
    private final Cache<String, Known> known;
    /** The credentials that were revoked here lately: a lookup that was under way may have missed it. */
    private final Cache<String, Boolean> revoked;

    /** What the database said of a token. */
    private sealed interface Known {
        record Holds(Signature.Grant grant, Duration left) implements Known {}

        record Over(Unauthenticated why) implements Known {}
    }

    @Inject
    ScopedTokens(ScopedCredentials credentials, Revocations revocations, DoorConfig config, WatchConfig watch) {
        this.credentials = credentials;
        this.revocations = revocations;
        this.config = config;
        this.watch = watch;
        this.known = Caffeine.newBuilder()
                .maximumSize(config.scopedCache())
                .expireAfter(Expiry.<String, Known>creating((_, what) -> remembered(what)))
                .build();
        this.revoked = Caffeine.newBuilder()
                .maximumSize(config.scopedCache())
                .expireAfterWrite(config.scopedAge().plus(watch.probeTimeout()))
                .build();
    }

    private Duration remembered(Known what) {
        return what instanceof Known.Holds holds && holds.left().compareTo(config.scopedAge()) < 0
                ? holds.left()
                : config.scopedAge();
    }

    /** Whether a token says that it is one of these. */
    static boolean isOne(String token) {
        return token.startsWith(PREFIX);
    }

    /**
     * What a token grants for this call. Fails with a {@link Problem} that says why if its bearer must not be let in.
     *
     * @param path as it stands in the request line, without the query
     */
    Uni<Signature.Grant> accept(String token, String method, String path) {
        if (!FORM.matcher(token).matches()) {
            throw Unauthenticated.MALFORMED.problem();
        }
        String sha256 = Canonical.sha256(token);
        Known remembered = known.getIfPresent(sha256);
        Uni<Known> what = remembered == null ? look(sha256) : Uni.createFrom().item(remembered);
        return what.map(found -> grant(found, method, path));
    }

    private Signature.Grant grant(Known found, String method, String path) {
        return switch (found) {
            case Known.Over(Unauthenticated why) -> throw why.problem();
            case Known.Holds(Signature.Grant grant, Duration _) -> {
                TaskScope scope = grant.caller().scope();
                if (revoked.getIfPresent(scope.credential()) != null) {
                    throw Unauthenticated.REVOKED.problem();
                }
                revocations.check(grant);
                scope.mustAllow(method, path);
                yield grant;
            }
        };
    }

    private Uni<Known> look(String sha256) {
        if (lookups.incrementAndGet() > config.scopedLookups()) {
            lookups.decrementAndGet();
            throw Problem.of(Code.IF_ERR_OVERLOADED, "Too many scoped credentials are being looked up.");
        }
        return credentials
                .find(sha256)
                .ifNoItem()
                .after(watch.probeTimeout())
                .fail()
                .onTermination()
                .invoke(() -> lookups.decrementAndGet())
                .onFailure(DatabaseAway::isReasonOf)
                .transform(_ -> Problem.of(
                        Code.IF_ERR_UNAVAILABLE, "This process does not know whether the credential still holds."))
                .map(ScopedTokens::understood)
                .invoke(found -> known.put(sha256, found));
    }

    private static Known understood(Optional<Found> found) {
        if (found.isEmpty()) {
            return new Known.Over(Unauthenticated.MALFORMED);
        }
        Found credential = found.get();
        if (credential.over() != null) {
            return new Known.Over(credential.over());
        }
        // By the database's clock it holds for so long; this process's clock may say something else.
        var grant = new Signature.Grant(credential.caller(), credential.generation(), Instant.MAX);
        return new Known.Holds(grant, credential.left());
    }

    /** Notes that credentials are revoked: here from now on, elsewhere within 5 s. */
    public void areRevoked(Collection<String> ids) {
        ids.forEach(id -> revoked.put(id, true));
    }
}
