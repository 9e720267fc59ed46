package io.infrafabric.door.process;

import io.infrafabric.command.Caller;
import io.infrafabric.door.DoorConfig;
import io.infrafabric.door.answer.ProblemWriter;
import io.infrafabric.door.identity.Bearer;
import io.infrafabric.door.input.BodyLimit;
import io.infrafabric.input.CallPath;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.netty.channel.Channel;
import io.quarkus.vertx.http.runtime.security.QuarkusHttpUser;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Decides whether a call may begin when its head is there. Connections beyond the limit serve only probes and
 * operators, and each session has a limit of concurrent calls. Then the body must arrive in time.
 */
@Singleton
public class Admission {
    // After Farewell, and before Intake reads anything.
    private static final int ROUTE_ORDER = -6;

    private static final String PROBES = "/q/health";

    private final DoorConfig config;
    private final Gatekeeper gatekeeper;
    private final ProblemWriter writer;
    private final Map<String, Integer> bySession = new ConcurrentHashMap<>();

    @Inject
    Admission(DoorConfig config, Gatekeeper gatekeeper, ProblemWriter writer) {
        this.config = config;
        this.gatekeeper = gatekeeper;
        this.writer = writer;
    }

    void atTheRouter(@Observes Router router) {
        router.route().order(ROUTE_ORDER).handler(this::admit);
    }

    private void admit(RoutingContext context) {
        Caller caller = caller(context);
        boolean open = begin(context, caller != null);
        if (!open && !isAlwaysServed(context, caller)) {
            BodyLimit.refuse(
                    context, writer, Problem.of(Code.IF_ERR_OVERLOADED, "All connections have calls under way."));
            return;
        }
        if (caller != null && caller.isSession() && !beginOf(context, caller.subject())) {
            BodyLimit.refuse(
                    context,
                    writer,
                    Problem.of(
                                    Code.IF_ERR_TOO_MANY_CALLS,
                                    "This session has " + config.maxCallsPerSession() + " calls under way.")
                            .with("limit", config.maxCallsPerSession()));
            return;
        }
        BodyTime.limit(context, config.bodyTimeout(), () -> tooSlow(context));
        context.next();
    }

    private static boolean isAlwaysServed(RoutingContext context, Caller caller) {
        return caller == null ? context.normalizedPath().startsWith(PROBES) : caller.isOperator();
    }

    /** Marks the connection as busy until the call has ended. Says whether it serves everybody's calls. */
    private boolean begin(RoutingContext context, boolean known) {
        if (!(context.request().connection() instanceof ConnectionBase connection)) {
            return true;
        }
        Channel channel = connection.channel();
        Patience patience = Patience.of(channel);
        if (patience == null) {
            return true;
        }
        patience.begin(context.request().version() == HttpVersion.HTTP_2);
        boolean open = gatekeeper.connections().begin(channel, known);
        if (CallPath.isOne(context.request().path())) {
            StillCalls.watch(context, channel);
        }
        context.addEndHandler(_ -> {
            patience.end();
            gatekeeper.connections().end(channel);
        });
        return open;
    }

    private boolean beginOf(RoutingContext context, String session) {
        int most = config.maxCallsPerSession();
        int underWay = bySession.merge(session, 1, Integer::sum);
        context.addEndHandler(_ -> bySession.computeIfPresent(session, (_, calls) -> calls == 1 ? null : calls - 1));
        return underWay <= most;
    }

    private void tooSlow(RoutingContext context) {
        if (context.response().headWritten()) {
            BodyLimit.closeNow(context);
            return;
        }
        BodyLimit.refuse(
                context,
                writer,
                Problem.of(Code.IF_ERR_TOO_SLOW, "The body did not arrive within " + config.bodyTimeout() + "."));
    }

    private static Caller caller(RoutingContext context) {
        return context.user() instanceof QuarkusHttpUser user
                ? user.getSecurityIdentity().getAttribute(Bearer.CALLER)
                : null;
    }
}
