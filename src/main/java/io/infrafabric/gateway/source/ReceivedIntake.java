package io.infrafabric.gateway.source;

import io.infrafabric.bus.Bells;
import io.infrafabric.bus.GroupCommit;
import io.infrafabric.gateway.source.ReceivedTable.Arriving;
import io.infrafabric.gateway.source.ReceivedTable.Known;
import io.infrafabric.gateway.source.ReceivedTable.Stored;
import io.infrafabric.problem.Problem;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Stores deliveries: those that come at the same time with one statement, and so with one wait for the disk. In a burst, senders
 * would otherwise wait for each other's connections. Large ones go alone, which bounds the memory of a statement.
 */
@ApplicationScoped
class ReceivedIntake {
    private static final Duration SOON = Duration.ofMinutes(1);

    private final Pool pool;
    private final Bells bells;
    private final SourceConfig config;
    private final GroupCommit<Arriving, Stored> together;

    ReceivedIntake(Pool pool, Bells bells, SourceConfig config) {
        this.pool = pool;
        this.bells = bells;
        this.config = config;
        this.together = new GroupCommit<>(
                "store deliveries",
                new GroupCommit.Bounds(config.sourceBatch(), config.sourceQueue(), config.sourceParallel()),
                arriving -> List.of(arriving.source(), arriving.proof().key()),
                this::store);
    }

    /** Stores it, or says by what it is known; a {@link Problem} if too many wait. */
    Uni<Stored> take(Arriving arriving) {
        Uni<Stored> stored = arriving.bytes() > config.sourceLarge().asLongValue()
                ? store(List.of(arriving)).map(List::getFirst)
                : together.submit(arriving);
        return stored.invoke(now -> {
            if (now instanceof Stored.Before(List<Known> known) && known.isEmpty()) {
                int most = config.sourceMaxWaiting();
                throw Problem.overQuota(
                                "waiting", "source:" + arriving.source(), "s2.gateway.source-max-waiting", most, most)
                        .after(SOON);
            }
        });
    }

    private Uni<List<Stored>> store(List<Arriving> all) {
        return ReceivedTable.store(pool, all, config.sourceMaxWaiting()).chain(ids -> {
            List<Arriving> others = new ArrayList<>();
            Set<String> rung = new LinkedHashSet<>();
            for (int i = 0; i < all.size(); i++) {
                if (ids.get(i) == null) {
                    others.add(all.get(i));
                } else {
                    rung.add(all.get(i).source());
                }
            }
            rung.forEach(source -> bells.ring(ReceivedPump.BELL + ":" + source));
            return others.isEmpty()
                    ? Uni.createFrom().item(answers(ids, List.of()))
                    : ReceivedTable.known(pool, others).map(known -> answers(ids, known));
        });
    }

    private static List<Stored> answers(List<UUID> ids, List<List<Known>> known) {
        List<Stored> answers = new ArrayList<>(ids.size());
        int other = 0;
        for (UUID id : ids) {
            answers.add(id == null ? new Stored.Before(known.get(other++)) : new Stored.Now(id));
        }
        return answers;
    }
}
