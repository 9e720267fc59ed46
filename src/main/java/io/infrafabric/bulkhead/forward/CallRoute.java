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
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.arc.properties.IfBuildProperty;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Optional;
import java.util.logging.Logger;

/**
 * Takes the calls that go to providers. A route beside REST: it stands before all that would read the body, and lets other
 * calls pass. Only processes of this function have it, because only they have keys.
 */
@ApplicationScoped
@IfBuildProperty(name = "s2.build.bulkhead.channel", stringValue = "true", enableIfMissing = true)
public class CallRoute {
    // After BodyLimit, and before the limit of Quarkus itself, which is at -2.
    private static final int ROUTE_ORDER = -3;

    /** It says at TRACE which address each call has, and a key may stand in the query. */
    private static final Logger ROUTER = Logger.getLogger("io.vertx.ext.web.impl.RouterImpl");

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
            ProblemWriter writer,
            MeterRegistry meters) {
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
        this.maxBody = door.maxForwardedBody().asLongValue();
        this.bodies = ByteBudget.within(
                Runtime.getRuntime().maxMemory(), config.bodyMemory().asLongValue(), maxBody);
        Gauge.builder("s2.bulkhead.body.bytes", bodies, ByteBudget::taken)
                .description("Bytes that the bodies of calls to providers take in memory")
                .register(meters);
    }

    void atTheRouter(@Observes Router router) {
        ROUTER.setFilter(line -> line.getMessage() == null || line.getMessage().indexOf('?') < 0);
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
