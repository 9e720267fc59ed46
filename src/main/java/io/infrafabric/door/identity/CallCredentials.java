package io.infrafabric.door.identity;

import io.infrafabric.problem.Unauthenticated;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpServerRequest;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;

/**
 * Finds the caller of a call that is forwarded to a provider. The client of a provider has one header for a token and knows nothing of
 * ours, so a token of ours may stand in the provider's own header. {@code S2-Authorization} decides where it is there; then
 * the others are the provider's.
 */
@ApplicationScoped
public class CallCredentials {
    /** The attribute of a call that holds the token that identified its caller. */
    public static final String TOKEN = "s2.call.token";

    private static final String OWN = "S2-Authorization";
    private static final List<String> PROVIDERS = List.of("authorization", "x-api-key", "x-goog-api-key");
    private static final String SCHEME = "Bearer ";
    private static final int MAX_LENGTH = 4096;

    private final Tokens tokens;
    private final ScopedTokens scoped;

    CallCredentials(Tokens tokens, ScopedTokens scoped) {
        this.tokens = tokens;
        this.scoped = scoped;
    }

    /** The token of ours that this call brings; empty if it brings none. */
    Optional<String> find(HttpServerRequest call) {
        String own = call.getHeader(OWN);
        if (own != null) {
            return Optional.of(bare(own));
        }
        return PROVIDERS.stream()
                .flatMap(header -> call.headers().getAll(header).stream())
                .map(CallCredentials::bare)
                .filter(this::isOurs)
                .findFirst();
    }

    /** What the token grants for this call; fails as any call. */
    Uni<Signature.Grant> accept(String token, HttpServerRequest call) {
        if (token.isEmpty() || token.length() > MAX_LENGTH) {
            throw Unauthenticated.MALFORMED.problem();
        }
        return ScopedTokens.isOne(token)
                ? scoped.accept(token, call.method().name(), call.path())
                : tokens.accept(token);
    }

    /** Whether this is a token of ours, with or without {@code Bearer} before it, and whether or not it still holds. */
    public boolean isOurs(String value) {
        String token = bare(value);
        return !token.isEmpty() && token.length() <= MAX_LENGTH && (ScopedTokens.isOne(token) || tokens.isOurs(token));
    }

    private static String bare(String value) {
        return (value.regionMatches(true, 0, SCHEME, 0, SCHEME.length()) ? value.substring(SCHEME.length()) : value)
                .strip();
    }
}
