package io.infrafabric.door;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.redis.datasource.ReactiveRedisDataSource;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/** Whether Redis answers. Without it the fabric is slower and nothing is lost, so it only shows as degraded. */
@ApplicationScoped
class Redis {
    private static final Logger LOG = Logger.getLogger(Redis.class);

    private final ReactiveRedisDataSource redis;
    private final DoorConfig config;
    private final AtomicBoolean away = new AtomicBoolean();
    private final AtomicBoolean asking = new AtomicBoolean();

    @Inject
    Redis(ReactiveRedisDataSource redis, DoorConfig config) {
        this.redis = redis;
        this.config = config;
    }

    void watch(@Observes StartupEvent started, Vertx vertx, MeterRegistry meters) {
        Gauge.builder("s2.degraded", away, state -> state.get() ? 1 : 0)
                .tag("part", "redis")
                .description("1 while a part is away that the fabric can do without")
                .register(meters);
        ask();
        vertx.setPeriodic(config.redisEvery().toMillis(), _ -> ask());
    }

    boolean isAway() {
        return away.get();
    }

    private void ask() {
        if (asking.compareAndSet(false, true)) {
            Uni.createFrom()
                    .deferred(() -> redis.execute("PING"))
                    .ifNoItem()
                    .after(config.probeTimeout())
                    .fail()
                    .onTermination()
                    .invoke(() -> asking.set(false))
                    .subscribe()
                    .with(_ -> set(false, "answers"), failure -> set(true, failure.toString()));
        }
    }

    private void set(boolean isAway, String why) {
        if (away.getAndSet(isAway) != isAway) {
            LOG.warnf("Redis is %s: %s", isAway ? "away" : "back", why);
        }
    }
}
