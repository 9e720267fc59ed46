package io.infrafabric.chassis.run;

import io.infrafabric.chassis.run.Sandbox.Job;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Runs a module as the runner does: on a thread with a large stack. */
final class OwnThread {
    private OwnThread() {}

    static Ran run(Job job) {
        FutureTask<Ran> ran = new FutureTask<>(() -> Sandbox.run(job));
        Thread.ofPlatform().stackSize(Sandbox.STACK_BYTES).start(ran);
        try {
            return ran.get();
        } catch (InterruptedException | ExecutionException failed) {
            throw new AssertionError(failed);
        }
    }
}
