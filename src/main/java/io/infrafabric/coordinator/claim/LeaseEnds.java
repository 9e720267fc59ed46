package io.infrafabric.coordinator.claim;

import io.infrafabric.budget.Leases;
import jakarta.enterprise.context.ApplicationScoped;

/** When claims end, for the budget's proof that no hold outlives its claim. */
@ApplicationScoped
public class LeaseEnds implements Leases {
    @Override
    public String end(String task, String epoch) {
        // A task that is not held, or held under another epoch, no longer has such a claim.
        // The lease of a task whose result is being checked has no end. The index of held tasks is no place to look: it
        // keeps all that were held while an old snapshot is open.
        return "coalesce((SELECT CASE WHEN t.holder IS NOT NULL THEN coalesce(t.lease_until, 'infinity') END"
                + " FROM coordinator_task t WHERE t.id = " + task + " AND t.epoch = " + epoch + "), '-infinity')";
    }
}
