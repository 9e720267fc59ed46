package io.infrafabric.gateway.source;

import io.infrafabric.bus.Bells;
import io.infrafabric.bus.FailureKind;
import io.infrafabric.bus.Schema;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.core.Vertx;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * Has deliveries applied: when a bell says that one came in, and now and then in case the bell was lost or a process died. In each
 * process one step of a source follows the other.
 */
@IfBuildProperty(name = "s2.build.gateway.door", stringValue = "true", enableIfMissing = true)
@ApplicationScoped
public class ReceivedPump {
    static final String BELL = "source";

    private static final Logger LOG = Logger.getLogger(ReceivedPump.class);

    /** How a source stands in this process. */
    private enum Standing {
        /** A step is under way. */
        STEPS,
        /** A step is under way, and a bell has rung since it began. */
        STEPS_AND_RANG
    }

    private final ReceivedTransaction transaction;
    private final Pool pool;
    private final Vertx vertx;
    private final SourceConfig config;
    private final Map<String, Standing> sources = new ConcurrentHashMap<>();

    ReceivedPump(ReceivedTransaction transaction, Pool pool, Bells bells, Vertx vertx, SourceConfig config) {
        this.transaction = transaction;
        this.pool = pool;
        this.vertx = vertx;
        this.config = config;
        bells.listen(BELL, this::begin);
    }

    /** Looks for what waits. */
    @Scheduled(
            every = "${s2.gateway.source-look:2s}",
            concurrentExecution = ConcurrentExecution.SKIP,
            skipExecutionIf = Schema.Missing.class)
    Uni<Void> look() {
        return ReceivedTable.waiting(pool)
                .invoke(all -> all.forEach(this::begin))
                .replaceWithVoid()
                .onFailure(FailureKind::isAway)
                .recoverWithNull();
    }

    /** Removes what is too old. */
    @Scheduled(
            every = "${s2.gateway.source-tidy:10m}",
            concurrentExecution = ConcurrentExecution.SKIP,
            skipExecutionIf = Schema.Missing.class)
    Uni<Void> tidy() {
        return ReceivedTable.purge(pool, config.sourceKeep(), config.sourceKeepRefused())
                .chain(removed -> removed == 0 ? Uni.createFrom().voidItem() : tidy())
                .onFailure(FailureKind::isAway)
                .recoverWithNull();
    }

    private void begin(String source) {
        Standing before = sources.compute(source, (_, now) -> now == null ? Standing.STEPS : Standing.STEPS_AND_RANG);
        if (before == Standing.STEPS) {
            vertx.runOnContext(() -> step(source));
        }
    }

    private void step(String source) {
        sources.computeIfPresent(source, (_, _) -> Standing.STEPS);
        transaction
                .step(source)
                .subscribe()
                .with(
                        more -> {
                            if (more) {
                                step(source);
                            } else {
                                end(source);
                            }
                        },
                        failure -> failed(source, failure));
    }

    private void end(String source) {
        Standing left = sources.computeIfPresent(source, (_, now) -> now == Standing.STEPS ? null : Standing.STEPS);
        if (left != null) {
            step(source);
        }
    }

    /** A database that is away counts nothing; the next look tries again. */
    private void failed(String source, Throwable failure) {
        if (FailureKind.isAway(failure)) {
            sources.remove(source);
            return;
        }
        LOG.warnf(failure, "A delivery of source %s was not applied", source);
        ReceivedTable.failed(pool, source, "Our own failure: " + failure, config.sourceTries())
                .subscribe()
                .with(_ -> sources.remove(source), _ -> sources.remove(source));
    }
}
