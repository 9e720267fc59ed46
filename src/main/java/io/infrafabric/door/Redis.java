package io.infrafabric.door;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.redis.datasource.ReactiveRedisDataSource;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.util.concurrent.atomic.AtomicBoolean;

/** Whether Redis answers. Without it the fabric is slower and nothing is lost, so it only shows as degraded. */
@ApplicationScoped
class Redis {
    private final ReactiveRedisDataSource redis;
    private final DoorConfig config;
    private final AtomicBoolean away = new AtomicBoolean();

    @Inject
    Redis(ReactiveRedisDataSource redis, DoorConfig config) {
        this.redis = redis;
        this.config = config;
    }

    void watch(@Observes StartupEvent started, Regularly regularly, MeterRegistry meters) {
        Gauge.builder("s2.degraded", away, state -> state.get() ? 1 : 0)
                .tag("part", "redis")
                .description("1 while a part is away that the fabric can do without")
                .register(meters);
        regularly.every(config.redisEvery(), "Asking Redis", this::ask);
    }

    boolean isAway() {
        return away.get();
    }

    private Uni<Void> ask() {
        return redis.execute("PING")
                .ifNoItem()
                .after(config.probeTimeout())
                .fail()
                .onItemOrFailure()
                .invoke((_, failure) -> away.set(failure != null))
                .replaceWithVoid();
    }
}
