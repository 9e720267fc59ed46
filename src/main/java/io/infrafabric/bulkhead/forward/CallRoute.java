package io.infrafabric.bulkhead.forward;

import io.infrafabric.bulkhead.BulkheadConfig;
import io.infrafabric.bulkhead.payment.Payments;
import io.infrafabric.bulkhead.provider.ProviderKeys;
import io.infrafabric.bulkhead.provider.Providers;
import io.infrafabric.bulkhead.slot.Slots;
import io.infrafabric.bus.DatabaseTime;
import io.infrafabric.door.DoorConfig;
import io.infrafabric.door.answer.ProblemWriter;
import io.infrafabric.door.identity.CallCredentials;
import io.infrafabric.input.CallPath;
import io.quarkus.arc.properties.IfBuildProperty;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Optional;

/**
 * Takes the calls that go to providers. A route beside REST: it stands before all that would read the body, and lets other
 * calls pass. Only processes of this function have it, because only they have keys.
 */
@ApplicationScoped
@IfBuildProperty(name = "s2.build.bulkhead.channel", stringValue = "true", enableIfMissing = true)
public class CallRoute {
    // After BodyLimit, and before the limit of Quarkus itself, which is at -2.
    private static final int ROUTE_ORDER = -3;

    final Vertx vertx;
    final BulkheadConfig config;
    final Providers providers;
    final ProviderKeys keys;
    final ProviderClients clients;
    final Slots slots;
    final Payments payments;
    final DatabaseTime time;
    final CallCredentials credentials;
    final ProblemWriter writer;
    final ByteBudget bodies;
    final long maxBody;

    CallRoute(
            Vertx vertx,
            BulkheadConfig config,
            DoorConfig door,
            Providers providers,
            ProviderKeys keys,
            ProviderClients clients,
            Slots slots,
            Payments payments,
            DatabaseTime time,
            CallCredentials credentials,
            ProblemWriter writer) {
        this.vertx = vertx;
        this.config = config;
        this.providers = providers;
        this.keys = keys;
        this.clients = clients;
        this.slots = slots;
        this.payments = payments;
        this.time = time;
        this.credentials = credentials;
        this.writer = writer;
        this.bodies = new ByteBudget(config.bodyMemory().asLongValue());
        this.maxBody = door.maxForwardedBody().asLongValue();
    }

    void atTheRouter(@Observes Router router) {
        router.route().order(ROUTE_ORDER).handler(this::take);
    }

    private void take(RoutingContext context) {
        Optional<CallPath> path = CallPath.of(context.request().path());
        if (path.isEmpty()) {
            context.next();
        } else {
            new ForwardedCall(this, context, path.get()).begin();
        }
    }
}
