package io.infrafabric.chassis.run;

import io.infrafabric.chassis.ChassisConfig;
import io.infrafabric.chassis.run.RunTransaction.Begun;
import io.infrafabric.chassis.run.RunTransaction.Coming;
import io.infrafabric.chassis.run.Sandbox.Job;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jboss.logging.Logger;

/**
 * Executes runs, each on a thread of its own, a bounded number at once and within a bounded memory, and never inside a
 * transaction: it begins the run and commits, executes it, and records what it came to. Whatever is dropped or lost in
 * between comes due again.
 */
@ApplicationScoped
public class Runner {
    private static final Logger LOG = Logger.getLogger(Runner.class);

    private final Vertx vertx;
    private final RunTransaction runs;
    private final int most;
    private final int mostQueued;
    private final int mostMemoryMb;

    private final Set<UUID> known = new HashSet<>();
    private final ArrayDeque<Coming> queued = new ArrayDeque<>();
    private int running;
    private int memoryMb;

    public Runner(Vertx vertx, RunTransaction runs, ChassisConfig config) {
        this.vertx = vertx;
        this.runs = runs;
        this.most = config.maxConcurrent() > 0
                ? config.maxConcurrent()
                : Math.max(1, Runtime.getRuntime().availableProcessors() - 1);
        this.mostQueued = config.maxQueued();
        this.mostMemoryMb = config.maxMemoryOfAllMb();
    }

    /** Executes a run now or soon. Drops it if too many are waiting: it comes due again. */
    public void offer(Coming run) {
        synchronized (this) {
            if (queued.size() >= mostQueued || !known.add(run.id())) {
                return;
            }
            queued.add(run);
        }
        startNext();
    }

    private void startNext() {
        Coming next = next();
        while (next != null) {
            Coming run = next;
            vertx.getOrCreateContext().runOnContext(started -> execute(run));
            next = next();
        }
    }

    /** The longest waiting run, if there is room for it. One that needs more than all may have runs alone. */
    private synchronized Coming next() {
        Coming first = queued.peek();
        boolean fits = first != null && running < most && (running == 0 || memoryMb + first.memoryMb() <= mostMemoryMb);
        if (!fits) {
            return null;
        }
        running++;
        memoryMb += first.memoryMb();
        return queued.poll();
    }

    private void execute(Coming coming) {
        runs.begin(coming.id())
                .chain(begun -> begun.isEmpty()
                        ? Uni.createFrom().voidItem()
                        : run(begun.get()).chain(ran -> runs.record(begun.get(), ran)))
                .subscribe()
                .with(done -> over(coming), failure -> {
                    LOG.warnf("Run %s comes due again: %s", coming.id(), failure);
                    over(coming);
                });
    }

    private void over(Coming coming) {
        synchronized (this) {
            running--;
            memoryMb -= coming.memoryMb();
            known.remove(coming.id());
        }
        startNext();
    }

    private Uni<Optional<Ran>> run(Begun begun) {
        return begun.job().isEmpty()
                ? Uni.createFrom().item(Optional.empty())
                : onAThread(begun.run().id(), begun.job().get()).map(Optional::of);
    }

    /** Whatever goes wrong there ends as a failure, so that the room of the run is free again. */
    private Uni<Ran> onAThread(UUID id, Job job) {
        Context context = vertx.getOrCreateContext();
        return Uni.createFrom()
                .item(() -> Sandbox.run(job))
                .runSubscriptionOn(run -> Thread.ofPlatform()
                        .daemon()
                        .name("chassis-run-" + id)
                        .stackSize(Sandbox.STACK_BYTES)
                        .start(run))
                .emitOn(next -> context.runOnContext(done -> next.run()));
    }
}
