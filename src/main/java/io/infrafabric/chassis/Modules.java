package io.infrafabric.chassis;

import io.infrafabric.bus.Work;
import io.infrafabric.chassis.module.ModuleTable;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;

/** What other functions ask about modules. */
@ApplicationScoped
public class Modules {

    /**
     * The version that a task is pinned to: the given one, or the newest; empty if there is no such module or version.
     * Nobody deletes the module before the transaction has ended.
     */
    public Uni<Optional<String>> pin(Work work, String module, Optional<String> sha256) {
        return ModuleTable.pin(work, module, sha256);
    }
}
