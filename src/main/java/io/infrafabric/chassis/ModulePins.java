package io.infrafabric.chassis;

import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;

/** What versions of modules are needed for. The coordinator implements it: tasks are pinned to versions. */
public interface ModulePins {

    /**
     * Whether a task that has not ended is pinned to this version. Who asks has the module under lock; who pins locks it
     * too ({@code Modules}), so nobody pins it before the transaction has ended.
     */
    Uni<Boolean> pinned(Work work, String module, String sha256);
}
