package io.infrafabric.door.answer;

import io.infrafabric.command.Caller;
import io.infrafabric.door.identity.Bearer;
import io.infrafabric.door.identity.Identity;
import io.quarkus.security.identity.SecurityIdentity;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.container.ContainerRequestContext;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.jboss.logging.MDC;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

/**
 * Puts into every log line of a call the caller ({@code caller}), the trace token of the swarm ({@code traceToken}) and
 * an id of the call ({@code requestId}; the {@code errorId} in the answer to a failed call).
 */
@Singleton
public class RequestLog {
    private static final String REQUEST_ID = "requestId";

    @Inject
    SecurityIdentity identity;

    @ServerRequestFilter(priority = 1)
    void begin(ContainerRequestContext request) {
        MDC.put(REQUEST_ID, requestId(request));
        Caller caller = identity.getAttribute(Bearer.CALLER);
        if (caller != null) {
            MDC.put("caller", caller.by());
        }
        String traceToken = Identity.traceToken(request.getHeaderString(Identity.TRACE_TOKEN));
        if (traceToken != null) {
            MDC.put("traceToken", traceToken);
        }
    }

    /** The id of the call, made on first use. */
    static String requestId(ContainerRequestContext request) {
        if (request.getProperty(REQUEST_ID) instanceof String id) {
            return id;
        }
        String id = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        request.setProperty(REQUEST_ID, id);
        return id;
    }
}
