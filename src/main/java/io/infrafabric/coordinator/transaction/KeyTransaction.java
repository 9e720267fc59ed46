package io.infrafabric.coordinator.transaction;

import io.infrafabric.bus.Work;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.coordinator.claim.ConcurrencyTable;
import io.infrafabric.coordinator.claim.ConcurrencyTable.ConcurrencyKey;
import io.infrafabric.coordinator.claim.FairnessTable;
import io.infrafabric.coordinator.claim.FairnessTable.FairnessKey;
import io.infrafabric.coordinator.task.TaskTable;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;

/** What operators say about keys by which a swarm gives out its tasks. All answers are {@code null} if there is no such swarm. */
@ApplicationScoped
public class KeyTransaction {
    private static final int USUAL_AT_MOST = 1;
    private static final int CLEARED_AT_ONCE = 500;

    private final Commands commands;
    private final Pool pool;

    KeyTransaction(Commands commands, Pool pool) {
        this.commands = commands;
        this.pool = pool;
    }

    /** From now on so many tasks with the key are held at most; what is held already goes on. */
    public Uni<Reply<ConcurrencyKey>> limit(String swarm, String key, int atMost, Keep<ConcurrencyKey> keep) {
        return commands.alone(keep, work -> limit(work, swarm, key, atMost));
    }

    /** The same with the number of a key of which nobody has said anything. */
    public Uni<Reply<ConcurrencyKey>> unlimit(String swarm, String key, Keep<ConcurrencyKey> keep) {
        return limit(swarm, key, USUAL_AT_MOST, keep);
    }

    private static Uni<ConcurrencyKey> limit(Work work, String swarm, String key, int atMost) {
        return ConcurrencyTable.put(work, swarm, key, atMost).chain(known -> {
            if (known) {
                TaskTable.ringForKeys(work, swarm);
            } else {
                work.nothingWritten();
            }
            return ConcurrencyTable.find(work.connection(), swarm, key);
        });
    }

    /** From now on the key has this weight. */
    public Uni<Reply<FairnessKey>> weigh(String swarm, String key, double weight, Keep<FairnessKey> keep) {
        return commands.alone(
                keep,
                work -> weight == FairnessTable.USUAL
                        ? unweigh(work, swarm, key)
                        : FairnessTable.put(work, swarm, key, weight).chain(known -> {
                            if (!known) {
                                work.nothingWritten();
                            }
                            return FairnessTable.find(work.connection(), swarm, key);
                        }));
    }

    /** The same with the usual weight. */
    public Uni<Reply<FairnessKey>> unweigh(String swarm, String key, Keep<FairnessKey> keep) {
        return commands.alone(keep, work -> unweigh(work, swarm, key));
    }

    private static Uni<FairnessKey> unweigh(Work work, String swarm, String key) {
        return FairnessTable.forget(work, swarm, key).chain(() -> FairnessTable.find(work.connection(), swarm, key));
    }

    /** Clears rows of keys and turns that say nothing any more: each statement is a transaction of its own. */
    public Uni<Void> clear() {
        return ConcurrencyTable.clear(pool, CLEARED_AT_ONCE).chain(() -> FairnessTable.clear(pool, CLEARED_AT_ONCE));
    }
}
