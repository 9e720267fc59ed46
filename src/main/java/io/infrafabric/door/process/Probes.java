package io.infrafabric.door.process;

import io.infrafabric.bus.DatabaseAway;
import io.infrafabric.bus.Doorbell;
import io.infrafabric.bus.Schema;
import io.infrafabric.door.answer.OwnDisk;
import io.infrafabric.door.identity.Revocations;
import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;

/**
 * The probes. Alive: the event loop answers, so it turns. Ready: PostgreSQL answers and the schema is there. The probe
 * reports that Redis is away or refuses writes, but that is never a reason to restart the process or take it out of
 * service.
 */
@ApplicationScoped
class Probes {
    private static final String READY = "ready";

    @Produces
    @Liveness
    AsyncHealthCheck alive() {
        return () -> Uni.createFrom().item(HealthCheckResponse.up("event loop"));
    }

    @Produces
    @Readiness
    AsyncHealthCheck ready(Schema schema, Revocations revocations, Doorbell doorbell, OwnDisk disk) {
        return () -> schema.look()
                .map(there -> state(there, revocations.areKnown()))
                .onFailure()
                .recoverWithItem(failure -> disk.isFull() || DatabaseAway.isDiskFull(failure)
                        ? "the disk of the database is full"
                        : "PostgreSQL does not answer")
                .map(state -> HealthCheckResponse.named("fabric")
                        .status(state.equals(READY))
                        .withData("state", state)
                        .withData("degraded", doorbell.rings() ? "nothing" : "redis")
                        .withData("redis", doorbell.trouble())
                        .build());
    }

    private static String state(boolean schema, boolean revocations) {
        if (!schema) {
            return "the schema is not there yet";
        }
        return revocations ? READY : "revoked tokens are not known yet";
    }
}
