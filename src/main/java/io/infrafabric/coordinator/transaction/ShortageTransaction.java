package io.infrafabric.coordinator.transaction;

import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Transactions;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.claim.Shortage;
import io.infrafabric.coordinator.claim.ShortageTable;
import io.infrafabric.event.EscalationEvent.CaseRequested;
import io.infrafabric.event.EscalationEvent.CauseEnded;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.event.Trace;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;

/**
 * Looks now and then what queued tasks require and nobody has. It asks a human once it has lasted, withdraws the question when
 * it is over, and shows it as a metric. Every process looks and shows; one of them writes.
 */
@ApplicationScoped
public class ShortageTransaction {
    private static final String REASON = "NOBODY_CAN";
    private static final int LONGEST_NAMES = 1500;

    private final Transactions transactions;
    private final Pool pool;
    private final MultiGauge gauge;
    private final CoordinatorConfig config;

    ShortageTransaction(Transactions transactions, Pool pool, MeterRegistry registry, CoordinatorConfig config) {
        this.transactions = transactions;
        this.pool = pool;
        this.config = config;
        this.gauge = MultiGauge.builder("s2_tasks_nobody_can")
                .description("Queued tasks that require names that no live session of their swarm has")
                .register(registry);
    }

    /** One look. */
    public Uni<Void> look() {
        return ShortageTable.isThere(pool)
                .chain(there -> there
                        ? transactions.run(this::compare).chain(() -> ShortageTable.known(pool))
                        : Uni.createFrom().item(List.<Shortage>of()))
                .invoke(this::show)
                .replaceWithVoid();
    }

    private void show(List<Shortage> known) {
        gauge.register(
                known.stream()
                        .map(each -> MultiGauge.Row.of(
                                Tags.of("swarm", each.swarm(), "missing", each.names()), each.tasks()))
                        .toList(),
                true);
    }

    private Uni<Void> compare(Work work) {
        return ShortageTable.alone(work)
                .chain(alone ->
                        alone ? compareAlone(work) : Uni.createFrom().voidItem().invoke(work::nothingWritten));
    }

    private Uni<Void> compareAlone(Work work) {
        return work.inOrder(
                        ShortageTable.known(work.connection()),
                        ShortageTable.find(work.connection()),
                        Rows.now(work.connection()))
                .asTuple()
                .chain(read -> {
                    Shortage.Look look = Shortage.compare(
                            read.getItem1(), read.getItem2(), read.getItem3(), config.nobodyCanAfter());
                    if (look.over().isEmpty() && look.now().equals(read.getItem1())) {
                        work.nothingWritten();
                        return Uni.createFrom().voidItem();
                    }
                    look.ask().forEach(each -> work.emit(question(each, read.getItem3()), Trace.NONE));
                    look.over().stream()
                            .filter(Shortage::asked)
                            .forEach(each -> work.emit(ended(each, read.getItem3()), Trace.NONE));
                    return ShortageTable.write(work, look);
                });
    }

    private CaseRequested question(Shortage shortage, Instant now) {
        String names = String.join(", ", shortage.missing());
        String some = names.length() <= LONGEST_NAMES ? names : names.substring(0, LONGEST_NAMES) + "…";
        return new CaseRequested(
                "coordinator",
                shortage.subject(),
                shortage.swarm(),
                REASON,
                Severity.MEDIUM,
                "Nobody in swarm " + shortage.swarm() + " can do task " + shortage.task()
                        + (shortage.tasks() == 1 ? "" : " and " + (shortage.tasks() - 1) + " others")
                        + ": no live session that has all else they require has " + some
                        + ". The case ends when such a session is enrolled, or when nothing that requires this is queued.",
                List.of("KEEP_WAITING"),
                List.of("task:" + shortage.task(), "missing: " + some, "waiting: " + shortage.tasks()),
                shortage.since().toString(),
                now);
    }

    private static CauseEnded ended(Shortage shortage, Instant now) {
        return new CauseEnded(
                "coordinator",
                shortage.subject(),
                shortage.swarm(),
                REASON,
                "A session can do it now, or nothing is queued that requires it.",
                now);
    }
}
