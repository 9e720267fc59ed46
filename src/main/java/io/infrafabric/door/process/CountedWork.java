package io.infrafabric.door.process;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jboss.resteasy.reactive.server.spi.ResteasyReactiveContainerRequestContext;

/**
 * Keeps the process from ending while there is work on a call. That may take longer than the connection of the call lasts:
 * a claim whose client is gone gives its lease back.
 */
@Singleton
public class CountedWork {
    private final LastCalls calls;

    @Inject
    CountedWork(LastCalls calls) {
        this.calls = calls;
    }

    @ServerRequestFilter
    void begin(ResteasyReactiveContainerRequestContext request) {
        calls.work();
        request.getServerRequestContext().registerCompletionCallback(_ -> calls.end());
    }
}
