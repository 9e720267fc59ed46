package io.infrafabric.bulkhead.payment;

import io.infrafabric.bus.DayPartitions;
import io.infrafabric.bus.Regularly;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;

/** The day partitions of calls: made in advance, and dropped when they are older than the calls that are kept. */
@ApplicationScoped
class CallDays {
    private static final Duration LOOK = Duration.ofMinutes(1);
    private static final int AHEAD = 3;

    private final DayPartitions partitions;
    private final PaymentConfig config;

    CallDays(Pool pool, PaymentConfig config) {
        this.partitions = new DayPartitions(pool, "bulkhead");
        this.config = config;
    }

    void keep(@Observes StartupEvent started, Regularly regularly) {
        regularly.every(LOOK, "Making and dropping days of calls", this::look);
    }

    Uni<Void> look() {
        return Uni.createFrom()
                .completionStage(() -> partitions
                        .make(AHEAD)
                        .compose(made -> partitions.olderThan(config.callDays()))
                        .compose(this::drop)
                        .toCompletionStage());
    }

    private Future<Void> drop(List<LocalDate> days) {
        Future<Void> dropped = Future.succeededFuture();
        for (LocalDate day : days) {
            dropped = dropped.compose(before -> partitions.drop(day)).mapEmpty();
        }
        return dropped;
    }
}
