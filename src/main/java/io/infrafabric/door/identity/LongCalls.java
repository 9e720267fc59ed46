package io.infrafabric.door.identity;

import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpHeaders;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.function.Supplier;

/** Calls that go on for long: whether their bearer is still let in. */
@Singleton
public class LongCalls {
    private static final String SCHEME = "Bearer ";

    private final Tokens tokens;
    private final CurrentVertxRequest current;

    @Inject
    LongCalls(Tokens tokens, CurrentVertxRequest current) {
        this.tokens = tokens;
        this.current = current;
    }

    /**
     * A question to ask again and again: does the token of this call still hold? It counts as a use of the token. While nobody can
     * say, it holds. Ask for it at the start of a call; not for scoped credentials.
     */
    public Supplier<Uni<Boolean>> ofThisCall() {
        String token = current.getCurrent()
                .request()
                .getHeader(HttpHeaders.AUTHORIZATION)
                .substring(SCHEME.length())
                .strip();
        return () -> Uni.createFrom()
                .deferred(() -> tokens.accept(token))
                .replaceWith(true)
                .onFailure(Problem.class)
                .recoverWithItem(failure -> failure.code() != Code.IF_ERR_UNAUTHENTICATED);
    }
}
