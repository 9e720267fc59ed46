package io.infrafabric.door.identity;

import io.infrafabric.command.Caller;
import io.infrafabric.door.answer.ProblemWriter;
import io.infrafabric.input.AgentPath;
import io.infrafabric.input.CallPath;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.infrafabric.problem.Unauthenticated;
import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.runtime.QuarkusPrincipal;
import io.quarkus.security.runtime.QuarkusSecurityIdentity;
import io.quarkus.vertx.http.runtime.security.ChallengeData;
import io.quarkus.vertx.http.runtime.security.HttpAuthenticationMechanism;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * Lets callers in by {@code Authorization: Bearer <token>} (RFC 6750), or says why not. The token of a scoped credential is
 * good for some calls only, so the call is looked at, too.
 */
@ApplicationScoped
@Priority(1)
public class Bearer implements HttpAuthenticationMechanism {
    /** Attribute of the security identity that holds the {@link Caller}. */
    public static final String CALLER = "s2.caller";
    /** Attribute that holds the generation of the token, a {@link Long}. */
    static final String GENERATION = "s2.generation";

    private static final String WWW_AUTHENTICATE = "WWW-Authenticate";
    private static final String PROBLEM = "s2.problem";
    private static final String SCHEME = "Bearer ";
    private static final String CHALLENGE = "Bearer realm=\"s2-fabric\"";

    // Our signed tokens take less than 1 KiB; nothing larger is worth a look.
    private static final int MAX_LENGTH = 4096;

    @Inject
    Tokens tokens;

    @Inject
    ScopedTokens scoped;

    @Inject
    CallCredentials forwarded;

    @Inject
    ProblemWriter writer;

    @Override
    public Uni<SecurityIdentity> authenticate(RoutingContext context, IdentityProviderManager identityProviders) {
        if (CallPath.isOne(context.request().path())) {
            return forwarded
                    .find(context.request())
                    .map(token -> identified(context, () -> {
                        context.put(CallCredentials.TOKEN, token);
                        return forwarded.accept(token, context.request());
                    }))
                    .orElseGet(() -> Uni.createFrom().nullItem());
        }
        String header = context.request().getHeader(HttpHeaders.AUTHORIZATION);
        return header == null
                ? Uni.createFrom().nullItem()
                : identified(context, () -> accept(token(header), context.request()));
    }

    private static Uni<SecurityIdentity> identified(
            RoutingContext context, Supplier<Uni<? extends Signature.Grant>> accepted) {
        return Uni.createFrom()
                .<Signature.Grant>deferred(accepted)
                .map(Bearer::identity)
                .onFailure(Problem.class)
                .transform(problem -> {
                    context.put(PROBLEM, problem);
                    return new AuthenticationFailedException(problem);
                });
    }

    private Uni<Signature.Grant> accept(String token, HttpServerRequest call) {
        return ScopedTokens.isOne(token)
                ? scoped.accept(token, call.method().name(), call.path())
                : tokens.accept(token);
    }

    private static String token(String header) {
        if (header.length() > MAX_LENGTH || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            throw Unauthenticated.MALFORMED.problem();
        }
        return header.substring(SCHEME.length()).strip();
    }

    private static SecurityIdentity identity(Signature.Grant grant) {
        Caller caller = grant.caller();
        return QuarkusSecurityIdentity.builder()
                .setPrincipal(new QuarkusPrincipal(caller.by()))
                .addRole(caller.role().name().toLowerCase(Locale.ROOT))
                .addAttribute(CALLER, caller)
                .addAttribute(GENERATION, grant.generation())
                .build();
    }

    @Override
    public Uni<ChallengeData> getChallenge(RoutingContext context) {
        return Uni.createFrom()
                .item(new ChallengeData(Code.IF_ERR_UNAUTHENTICATED.status(), WWW_AUTHENTICATE, CHALLENGE));
    }

    /** Clients of MCP look there for how they identify themselves (RFC 9728). */
    private static String metadata(HttpServerRequest call) {
        return AgentPath.isMcp(call.path()) && call.authority() != null
                ? ", resource_metadata=\"" + call.scheme() + "://" + call.authority() + AgentPath.RESOURCE_METADATA
                        + AgentPath.MCP + "\""
                : "";
    }

    @Override
    public Uni<Boolean> sendChallenge(RoutingContext context) {
        Problem known = context.get(PROBLEM);
        Problem problem = known == null ? Unauthenticated.MISSING.problem() : known;
        if (problem.code() == Code.IF_ERR_UNAUTHENTICATED) {
            String error = known == null ? "" : ", error=\"invalid_token\"";
            context.response().putHeader(WWW_AUTHENTICATE, CHALLENGE + error + metadata(context.request()));
        }
        writer.write(context, problem);
        return Uni.createFrom().item(true);
    }
}
