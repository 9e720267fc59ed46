package io.infrafabric.door;

import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import jakarta.ws.rs.container.ContainerResponseContext;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;

/**
 * Says with each answer, once this process is to end, that the connection ends with it: else its client would ask here
 * again, and not a process that goes on. Quarkus does so for calls that come after that; this is for those under way.
 */
@Singleton
public class Farewell {
    private final CurrentVertxRequest call;
    private volatile boolean ending;

    @Inject
    Farewell(CurrentVertxRequest call) {
        this.call = call;
    }

    /** Before calls that wait are answered. */
    void begin(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) ShutdownDelayInitiatedEvent stopping) {
        ending = true;
    }

    @ServerResponseFilter
    void say(ContainerResponseContext answer) {
        RoutingContext context = ending ? call.getCurrent() : null;
        // Later versions have no such header.
        if (context != null && context.request().version() == HttpVersion.HTTP_1_1) {
            context.response().putHeader(HttpHeaders.CONNECTION, "close");
        }
    }
}
