package io.infrafabric.door.process;

import io.infrafabric.bus.DatabaseAway;
import io.infrafabric.bus.Doorbell;
import io.infrafabric.bus.Schema;
import io.infrafabric.door.answer.OwnDisk;
import io.infrafabric.door.identity.Revocations;
import io.infrafabric.door.process.Fitness.Look;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;

/**
 * The probes. Alive: the event loop answers, so it turns. Ready: this process can answer ({@link Fitness}). The probe
 * reports that PostgreSQL or the channel is away, but that is never a reason to restart the process or take it out of service.
 */
@ApplicationScoped
class Probes {
    private volatile Look last = new Look.There();

    @Inject
    Probes(MeterRegistry meters) {
        Gauge.builder("s2.degraded", this, probes -> probes.last instanceof Look.Away ? 1 : 0)
                .tag("part", "postgres")
                .description("1 while a part that the fabric can do without is away or refuses writes")
                .register(meters);
    }

    @Produces
    @Liveness
    AsyncHealthCheck alive() {
        return () -> Uni.createFrom().item(HealthCheckResponse.up("event loop"));
    }

    @Produces
    @Readiness
    AsyncHealthCheck ready(Schema schema, Revocations revocations, Doorbell doorbell, OwnDisk disk) {
        return () -> schema.look()
                .<Look>map(there -> there ? new Look.There() : new Look.Missing())
                .onFailure()
                .recoverWithItem(failure -> new Look.Away(
                        disk.isFull() || DatabaseAway.isDiskFull(failure) ? "has a full disk" : "does not answer"))
                .invoke(look -> last = look)
                .map(look -> {
                    Fitness fitness = Fitness.of(
                            look, schema.isThere(), revocations.areKnown(), doorbell.name(), doorbell.rings());
                    return HealthCheckResponse.named("fabric")
                            .status(fitness.isReady())
                            .withData("state", fitness.state())
                            .withData("degraded", fitness.degraded())
                            .withData("postgres", Fitness.trouble(look))
                            .withData(doorbell.name(), doorbell.trouble())
                            .build();
                });
    }
}
