package io.infrafabric.door.identity;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Canonical;
import io.infrafabric.command.Deed;
import io.infrafabric.command.Idempotency;
import io.infrafabric.door.input.Address;
import io.infrafabric.event.Trace;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import io.infrafabric.problem.Unauthenticated;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.vertx.core.http.HttpServerRequest;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.regex.Pattern;

/**
 * The caller, and what came with the call besides its body. Ask it at the start of a resource method: later in a chain
 * the request may be gone.
 */
@ApplicationScoped
public class Identity {
    /** The name under which a call keeps its deed, for {@link AuditFilter}. */
    static final String DEED = "s2.deed";

    public static final String TRACE_TOKEN = "S2-Trace-Token";

    private static final String TRACEPARENT = "traceparent";
    private static final String IDEMPOTENCY_KEY = "Idempotency-Key";
    private static final int KEY_LENGTH = 255;
    private static final int TRACE_LENGTH = 128;
    /** W3C Trace Context, 3.2.2; later versions may append more. */
    private static final Pattern W3C = Pattern.compile("(?!ff)[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?");

    private final SecurityIdentity identity;
    private final CurrentVertxRequest current;
    private final Canonical canonical;

    @Inject
    Identity(SecurityIdentity identity, CurrentVertxRequest current, ObjectMapper mapper) {
        this.identity = identity;
        this.current = current;
        this.canonical = new Canonical(mapper);
    }

    /** The caller. A {@link Problem} if it is unknown. */
    public Caller caller() {
        Caller caller = identity.getAttribute(Bearer.CALLER);
        if (caller == null) {
            throw Unauthenticated.MISSING.problem();
        }
        return caller;
    }

    /** The generation of the caller's token. Call {@link #caller} first. */
    public long generation() {
        return identity.<Long>getAttribute(Bearer.GENERATION);
    }

    /** The headers {@code traceparent} (ignored if malformed, as W3C demands) and {@code S2-Trace-Token}. */
    public Trace trace() {
        HttpServerRequest request = request();
        String token = request.getHeader(TRACE_TOKEN);
        if (token != null && traceToken(token) == null) {
            throw Problem.badInput(TRACE_TOKEN, Check.TRACE_TOKEN_EXPECTED);
        }
        String parent = traceparent(request.getHeader(TRACEPARENT));
        return parent == null && token == null ? Trace.NONE : new Trace(parent, token);
    }

    /**
     * The call's {@code Idempotency-Key}, for the body as read ({@code null} for none), and an operator's deed for the
     * audit log. {@code null} if there is neither; a {@link Problem} if the key is not 1 to 255 visible ASCII
     * characters.
     */
    public Idempotency.Key key(Object body) {
        HttpServerRequest request = request();
        String key = request.getHeader(IDEMPOTENCY_KEY);
        if (key == null) {
            return noted(body);
        }
        if (!Check.isVisible(key, KEY_LENGTH)) {
            throw Problem.badInput(IDEMPOTENCY_KEY, "1 to " + KEY_LENGTH + " visible ASCII characters");
        }
        String method = request.method().name();
        return Idempotency.Key.of(caller(), method, path(), key, canonical.hash(body))
                .by(deed(body));
    }

    /**
     * Like {@link #key}, for calls in which an {@code Idempotency-Key} means nothing, because PUT, PATCH and DELETE can
     * be repeated anyway. {@code null} unless an operator calls.
     */
    public Idempotency.Key noted(Object body) {
        Deed deed = deed(body);
        return deed == null ? null : Idempotency.Key.none(deed);
    }

    /** Has this call written into the audit log after its effect, unless its transaction has written it. */
    public void note(Object body) {
        var _ = deed(body);
    }

    /** The deed of this call for the audit log; {@code null} unless an operator calls. */
    Deed deed(Object body) {
        Caller caller = caller();
        if (!caller.isOperator()) {
            return null;
        }
        HttpServerRequest request = request();
        Deed deed = new Deed(caller, request.method().name(), request.path(), body);
        current.getCurrent().put(DEED, deed);
        return deed;
    }

    /** A trace token that can be shown and logged; {@code null} if it cannot. */
    public static String traceToken(String header) {
        return Check.isVisible(header, TRACE_LENGTH) ? header : null;
    }

    public static String traceparent(String header) {
        return header != null
                        && header.length() <= TRACE_LENGTH
                        && W3C.matcher(header).matches()
                ? header
                : null;
    }

    /** One path for all spellings, because all of them lead to the same resource. */
    private String path() {
        return Address.normal(current.getCurrent().normalizedPath());
    }

    private HttpServerRequest request() {
        return current.getCurrent().request();
    }
}
